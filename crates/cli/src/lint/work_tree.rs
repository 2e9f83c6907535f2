//! The files around a configuration, as they lie in a work tree.

use countersign_ci::{Changed, Lookup, MAX_FILE_BYTES, Repository};
use std::cell::OnceCell;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Most files that are listed; with more, wildcards cannot be followed.
const MOST_FILES: usize = 200_000;

/// A directory with all below it.
pub(super) struct WorkTree {
    root: PathBuf,
    paths: OnceCell<Option<Vec<String>>>,
}

impl WorkTree {
    /// The work tree of git that a directory is in, or else that directory.
    pub(super) fn around(dir: &Path) -> WorkTree {
        let root = dir.ancestors().find(|above| above.join(".git").exists()).unwrap_or(dir);
        WorkTree { root: root.to_owned(), paths: OnceCell::new() }
    }

    /// The directory.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The paths of all files, links among them; nothing that is git's own.
    fn listed(&self) -> Option<Vec<String>> {
        let (mut found, mut left) = (Vec::new(), vec![self.root.clone()]);
        while let Some(dir) = left.pop() {
            for entry in fs::read_dir(&dir).ok()? {
                let entry = entry.ok()?;
                match entry.file_type().ok()? {
                    _ if entry.file_name() == ".git" => {}
                    kind if kind.is_dir() => left.push(entry.path()),
                    _ => found.push(entry.path().strip_prefix(&self.root).ok()?.to_string_lossy().into_owned()),
                }
            }
            if found.len() > MOST_FILES {
                return None;
            }
        }
        found.sort();
        Some(found)
    }
}

impl Repository for WorkTree {
    fn file(&self, path: &str) -> Lookup {
        let mut at = self.root.clone();
        for part in path.split('/') {
            at.push(part);
            match at.symlink_metadata() {
                Ok(found) if found.is_symlink() => return Lookup::Link,
                Ok(_) => {}
                Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Lookup::Missing;
                }
                Err(_) => return Lookup::Unknown,
            }
        }
        match at.metadata() {
            Ok(found) if found.is_dir() => Lookup::Directory,
            Ok(found) if !found.is_file() => Lookup::Missing,
            Ok(found) if usize::try_from(found.len()).is_ok_and(|size| size <= MAX_FILE_BYTES) => {
                fs::read(&at).map_or(Lookup::Unknown, Lookup::File)
            }
            Ok(_) => Lookup::TooLarge,
            Err(_) => Lookup::Unknown,
        }
    }

    // Only the keys of caches go by it, which are nothing to what is judged.
    fn content_id(&self, _path: &str) -> Option<String> {
        None
    }

    fn paths(&self) -> Option<&[String]> {
        self.paths.get_or_init(|| self.listed()).as_deref()
    }

    fn changed(&self, _since: Option<&str>) -> Changed {
        Changed::Unknown
    }
}
