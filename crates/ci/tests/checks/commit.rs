//! A commit made of the input.

use countersign_ci::{Changed, Lookup, Repository};

/// What stands between the files of one input; the name of the next follows in the same line.
const BETWEEN: &str = "\n#### ";

/// Files by their paths, sorted.
#[derive(Default)]
pub(crate) struct Commit {
    paths: Vec<String>,
    texts: Vec<Vec<u8>>,
}

impl Commit {
    /// The text of the main file, and the commit with the others.
    pub(crate) fn split(bytes: &[u8]) -> (Vec<u8>, Self) {
        let Ok(text) = std::str::from_utf8(bytes) else { return (bytes.to_vec(), Self::default()) };
        let mut parts = text.split(BETWEEN);
        let main = parts.next().unwrap_or_default().as_bytes().to_vec();
        let mut files: Vec<(&str, &str)> = parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).collect();
        files.sort_unstable();
        files.dedup_by_key(|file| file.0);
        let (paths, texts) = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).unzip();
        (main, Self { paths, texts })
    }

    /// Files of which only the paths are known.
    pub(crate) fn of_paths<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
        paths.sort();
        paths.dedup();
        Self { texts: vec![Vec::new(); paths.len()], paths }
    }
}

impl Repository for Commit {
    fn file(&self, path: &str) -> Lookup {
        let found = self.paths.iter().position(|known| known == path).and_then(|at| self.texts.get(at));
        found.map_or(Lookup::Missing, |text| Lookup::File(text.clone()))
    }

    fn content_id(&self, path: &str) -> Option<String> {
        self.paths.iter().any(|known| known == path).then(|| path.to_owned())
    }

    fn paths(&self) -> Option<&[String]> {
        Some(&self.paths)
    }

    fn changed(&self, _since: Option<&str>) -> Changed {
        Changed::Paths(self.paths.clone())
    }
}
