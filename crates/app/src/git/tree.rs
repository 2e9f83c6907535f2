//! What a tree holds at a path, as `ls-tree` and `ls-files` print it.

/// One path of a tree or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The mode in octal digits, such as `100644`.
    pub(crate) mode: String,
    /// The object.
    pub(crate) sha: String,
}

impl Entry {
    /// True for a plain or executable file; false for symbolic links, submodules and directories.
    pub(crate) fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

/// Reads `mode type sha size?<TAB>path` records separated by NUL; what is malformed is left out.
pub(crate) fn parse(output: &[u8]) -> impl Iterator<Item = (Vec<u8>, Entry, Option<u64>)> {
    output.split(|byte| *byte == 0).filter_map(|record| {
        let tab = record.iter().position(|byte| *byte == b'\t')?;
        let (head, path) = (std::str::from_utf8(record.get(..tab)?).ok()?, record.get(tab + 1..)?);
        let mut words = head.split_ascii_whitespace();
        let (mode, _kind, sha) = (words.next()?, words.next()?, words.next()?);
        let size = words.next().and_then(|word| word.parse().ok());
        Some((path.to_vec(), Entry { mode: mode.to_owned(), sha: sha.to_owned() }, size))
    })
}
