//! Files kept on this machine for the next job: one archive for each project and key.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Selection, pack, unpack};

/// How long the name of a file becomes, in bytes, without its ending.
const LONGEST_NAME: usize = 200;

/// The caches of a project.
#[derive(Debug)]
pub(crate) struct Caches {
    dir: PathBuf,
}

impl Caches {
    /// Those of a project, below the directory in which work trees are made.
    pub(crate) fn of(builds_dir: &Path, project_id: i64) -> Self {
        Self { dir: builds_dir.join("cache").join(project_id.to_string()) }
    }

    /// Puts the files of the first of `keys` that there is into a work tree; that key, if there is any.
    ///
    /// # Errors
    /// An archive cannot be read.
    pub(crate) fn restore<'k>(&self, keys: &'k [String], project: &Path) -> io::Result<Option<&'k str>> {
        for key in keys {
            match File::open(self.path(key)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(file) => return unpack(project, file).map(|_| Some(key.as_str())),
            }
        }
        Ok(None)
    }

    /// Keeps files under a key, in place of what was kept under it before.
    ///
    /// # Errors
    /// They cannot be read or written.
    pub(crate) fn save(&self, key: &str, project: &Path, selection: &Selection) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let mut file = NamedTempFile::new_in(&self.dir)?;
        pack(project, &selection.paths, file.as_file_mut())?;
        file.persist(self.path(key)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Where the archive of a key is: whatever the key, it stays in the directory.
    fn path(&self, key: &str) -> PathBuf {
        let plain = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02x}"),
        };
        let name: String = key.bytes().map(plain).collect();
        // Of longer names than a file can have the end counts, which tells whose refs they are for. Some then share a file:
        // a cache is never relied on.
        let name = name.split_at(name.len().saturating_sub(LONGEST_NAME)).1;
        self.dir.join(format!("{name}.zip"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::select;
    use super::*;

    #[test]
    fn what_is_kept_comes_back_by_its_key_or_the_next() {
        let builds = tempfile::tempdir().unwrap();
        let (project, other) = (builds.path().join("p"), builds.path().join("q"));
        fs::create_dir_all(project.join("vendor")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(project.join("vendor/x"), "1").unwrap();
        let caches = Caches::of(builds.path(), 7);
        let keys = ["../../escape".to_owned(), "older".to_owned()];
        assert_eq!(caches.restore(&keys, &other).unwrap(), None);
        let selection = select(&project, &["vendor/".to_owned()], &[], false).unwrap();
        caches.save("older", &project, &selection).unwrap();
        assert_eq!(caches.restore(&keys, &other).unwrap(), Some("older"));
        assert_eq!(fs::read_to_string(other.join("vendor/x")).unwrap(), "1");
        caches.save("../../escape", &project, &selection).unwrap();
        assert_eq!(caches.restore(&keys, &other).unwrap(), Some("../../escape"));
        assert_eq!(fs::read_dir(builds.path().join("cache/7")).unwrap().count(), 2);
        // However long a key is, those of protected refs and those of others are not the same.
        let long = |end: &str| format!("{}-{end}", "long".repeat(100));
        caches.save(&long("non_protected"), &project, &selection).unwrap();
        assert_eq!(caches.restore(&[long("protected")], &other).unwrap(), None);
        assert!(caches.restore(&[long("non_protected")], &other).unwrap().is_some());
    }
}
