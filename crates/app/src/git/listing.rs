//! What a directory of a commit holds.

use super::{GitError, Repositories, tree_path};

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The object.
    pub sha: String,
    /// `tree` for a directory, `blob` for a file or link, `commit` for a submodule.
    pub kind: String,
    /// Its path from the root. Broken bytes are replaced.
    pub path: String,
    /// The mode in octal digits, such as `100644`.
    pub mode: String,
}

/// Why a directory cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is no such directory.
    #[error("there is no such directory")]
    NoDirectory,
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Repositories {
    /// The entries of the directory at `path` in a commit, directories first; the root's for an empty path. With
    /// `recursive`, those of all directories below it too, each before its entries.
    ///
    /// # Errors
    /// As [`TreeError`] tells.
    pub fn directory(&self, project: i64, sha: &str, path: &str, recursive: bool) -> Result<Vec<TreeEntry>, TreeError> {
        let path = path.trim_matches('/');
        if !path.is_empty() && (path.len() > 4096 || !tree_path::is_plain(path)) {
            return Err(TreeError::NoDirectory);
        }
        let mut arguments = vec!["-z", "--full-tree"];
        if recursive {
            arguments.extend(["-r", "-t"]);
        }
        let below = format!("{path}/");
        arguments.extend([sha, "--"]);
        if !path.is_empty() {
            arguments.push(&below);
        }
        let output = self.ask(project, "ls-tree", &arguments)?;
        // The directories on the way to the path are listed too.
        let inside = |entry: &TreeEntry| path.is_empty() || entry.path.starts_with(&below);
        let mut entries: Vec<_> = output.split(|byte| *byte == 0).filter_map(entry).filter(inside).collect();
        if entries.is_empty() && !path.is_empty() {
            return Err(TreeError::NoDirectory);
        }
        if !recursive {
            let rank = |kind: &str| ["tree", "blob", "commit"].iter().position(|known| *known == kind);
            entries.sort_by_key(|entry| rank(&entry.kind));
        }
        Ok(entries)
    }
}

/// Reads `mode kind sha<TAB>path`.
fn entry(record: &[u8]) -> Option<TreeEntry> {
    let record = String::from_utf8_lossy(record);
    let (head, path) = record.split_once('\t')?;
    let mut words = head.split_ascii_whitespace().map(str::to_owned);
    let (mode, kind, sha) = (words.next()?, words.next()?, words.next()?);
    Some(TreeEntry { sha, kind, path: path.to_owned(), mode })
}
