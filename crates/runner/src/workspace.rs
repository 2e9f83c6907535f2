//! The directories of one job: its work tree, and beside it a private place for scripts and file variables.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Directories that only the runner's user may enter, removed when the job has ended.
pub(crate) struct Workspace {
    dir: TempDir,
    /// The work tree, in which scripts start.
    pub(crate) project: PathBuf,
    /// Where scripts and file variables lie.
    pub(crate) private: PathBuf,
}

impl Workspace {
    /// Makes the directories for the job `id` under `builds_dir`, which must exist.
    ///
    /// # Errors
    /// A directory cannot be made.
    pub(crate) fn create(builds_dir: &Path, id: i64) -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix(&format!("job-{id}-"))
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(builds_dir)?;
        let (project, private) = (dir.path().join("project"), dir.path().join("private"));
        fs::create_dir(&project)?;
        fs::create_dir(&private)?;
        Ok(Self { dir, project, private })
    }

    /// Writes a file that only the runner's user may read, and returns its path.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_private(&self, name: &str, content: &str) -> io::Result<PathBuf> {
        let path = self.private.join(name);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(content.as_bytes())?;
        Ok(path)
    }

    /// Removes everything; what cannot be removed is left and logged.
    pub(crate) fn remove(self) {
        let path = self.dir.path().to_owned();
        if let Err(error) = self.dir.close() {
            tracing::warn!(path = %path.display(), %error, "the directory of a job could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt;

    use super::Workspace;

    #[test]
    fn a_workspace_is_private_and_removed() {
        let builds = tempfile::tempdir().unwrap();
        let place = Workspace::create(builds.path(), 7).unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let file = place.write_private("KEY", "secret").unwrap();
        assert_eq!((mode(place.dir.path()), mode(&file)), (0o700, 0o600));
        assert!(!file.starts_with(&place.project));
        place.remove();
        assert_eq!(builds.path().read_dir().unwrap().count(), 0);
    }
}
