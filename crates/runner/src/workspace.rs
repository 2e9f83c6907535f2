//! The directories of one job: its work tree, and beside it a private place for scripts and file variables.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How the directory of every job begins.
const PREFIX: &str = "job-";

/// Where scripts and file variables lie, in the directory of a job.
const PRIVATE: &str = "private";

/// How often a directory is removed that something still writes to, such as a process that is being killed.
const TRIES: u32 = 3;

/// Directories that only the runner's user may enter, removed when the job has ended or is dropped.
pub(crate) struct Workspace {
    dir: PathBuf,
    /// The work tree, in which scripts start.
    pub(crate) project: PathBuf,
    /// Where scripts and file variables lie.
    pub(crate) private: PathBuf,
    /// The lock on the directory, by which other runners see that the job is under way.
    _held: File,
}

impl Workspace {
    /// Makes the directories for the job `id` under `builds_dir`, which must exist.
    ///
    /// # Errors
    /// A directory cannot be made.
    pub(crate) fn create(builds_dir: &Path, id: i64) -> io::Result<Self> {
        let (dir, held) = loop {
            let dir = tempfile::Builder::new()
                .prefix(&format!("{PREFIX}{id}-"))
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(builds_dir)?
                .keep();
            // Another runner that starts just now may have taken it for a leftover.
            if let Some(held) = hold(&dir)? {
                break (dir, held);
            }
        };
        let place = Self { project: dir.join("project"), private: dir.join(PRIVATE), dir, _held: held };
        fs::create_dir(&place.project)?;
        fs::create_dir(&place.private)?;
        Ok(place)
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
}

impl Drop for Workspace {
    /// Removes everything; what cannot be removed is left and logged.
    fn drop(&mut self) {
        remove(&self.dir);
    }
}

/// Removes the directories of jobs that no runner runs any more: one that was killed removes nothing.
pub(crate) fn sweep(builds_dir: &Path) {
    let entries = match builds_dir.read_dir() {
        Ok(entries) => entries,
        Err(error) => return tracing::warn!(%error, "what earlier jobs left behind cannot be looked for"),
    };
    for entry in entries.filter_map(Result::ok) {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if !named || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let dir = entry.path();
        open_up(&dir);
        match hold(&dir) {
            Ok(Some(_held)) => {
                tracing::info!(path = %dir.display(), "removing what an earlier job left behind");
                remove(&dir);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(path = %dir.display(), %error, "the directory of a job cannot be looked at"),
        }
    }
}

/// Takes the lock on the directory of a job; `None` if somebody else has it, or has removed the directory.
fn hold(dir: &Path) -> io::Result<Option<File>> {
    let file = match File::open(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    match file.try_lock() {
        Ok(()) => Ok(dir.exists().then_some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes the directory of a job, its secrets first: whatever the scripts have made of the rest, those go.
fn remove(dir: &Path) {
    open_up(dir);
    let private = remove_tree(&dir.join(PRIVATE));
    if let Err(error) = private.and(remove_tree(dir)) {
        tracing::warn!(path = %dir.display(), %error, "the directory of a job could not be removed");
    }
}

/// Removes a directory with all that is in it, also where scripts took permissions from directories, as Go does from
/// those of its module cache. That there is none is fine.
///
/// # Errors
/// Something in it cannot be removed.
pub(crate) fn remove_tree(dir: &Path) -> io::Result<()> {
    let mut removed = Ok(());
    for _ in 0..TRIES {
        removed = fs::remove_dir_all(dir);
        match &removed {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound && dir.symlink_metadata().is_err() => return Ok(()),
            Err(_) => open_up_all(dir),
        }
    }
    removed
}

/// Lets the owner into a directory and all directories in it. Links are not followed.
fn open_up_all(dir: &Path) {
    let mut directories = vec![dir.to_owned()];
    while let Some(dir) = directories.pop() {
        open_up(&dir);
        let entries = dir.read_dir().into_iter().flatten().filter_map(Result::ok);
        directories.extend(entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path()));
    }
}

/// Lets the owner into a directory. What cannot be done shows when the directory is used.
fn open_up(dir: &Path) {
    let Ok(found) = dir.symlink_metadata() else { return };
    let mode = found.permissions().mode();
    if found.is_dir() && mode & 0o700 != 0o700 {
        let _ = fs::set_permissions(dir, Permissions::from_mode(mode | 0o700));
    }
}

/// Does something as a user for whom permissions count, which they do not for root.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn as_ordinary_user<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            #[cfg(target_os = "linux")]
            if nix::unistd::Uid::effective().is_root() {
                nix::unistd::setfsuid(nix::unistd::Uid::from_raw(65534));
            }
            work()
        });
        thread.join().unwrap()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use nix::unistd::Uid;

    use super::{Workspace, as_ordinary_user, sweep};

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            dir.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_workspace_is_private_and_removed() {
        let builds = tempfile::tempdir().unwrap();
        let place = Workspace::create(builds.path(), 7).unwrap();
        let file = place.write_private("KEY", "secret").unwrap();
        assert_eq!((mode(&place.dir), mode(&file)), (0o700, 0o600));
        assert!(!file.starts_with(&place.project));
        drop(place);
        assert_eq!(builds.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn directories_that_nobody_may_write_to_or_read_are_removed_too() {
        as_ordinary_user(|| {
            let builds = tempfile::tempdir().unwrap();
            let outside = tempfile::tempdir().unwrap();
            set_mode(outside.path(), 0o500);
            let place = Workspace::create(builds.path(), 7).unwrap();
            let module = place.project.join("go/pkg/mod/x");
            fs::create_dir_all(module.join("closed")).unwrap();
            fs::write(module.join("go.mod"), "module x").unwrap();
            symlink(outside.path(), module.join("link")).unwrap();
            place.write_private("KEY", "secret").unwrap();
            for (path, mode) in [(module.join("closed"), 0), (module.clone(), 0o555), (place.dir.clone(), 0)] {
                set_mode(&path, mode);
            }
            assert!(fs::read_dir(&place.dir).is_err(), "permissions must count in this test");
            drop(place);
            assert_eq!(names(builds.path()), [""; 0]);
            assert_eq!(mode(outside.path()), 0o500, "a link was followed");
        });
    }

    #[test]
    fn secrets_go_even_where_the_rest_cannot() {
        if !Uid::effective().is_root() {
            return; // Only root can make files that another user cannot remove.
        }
        let (builds, place) = as_ordinary_user(|| {
            let builds = tempfile::tempdir().unwrap();
            let place = Workspace::create(builds.path(), 7).unwrap();
            place.write_private("KEY", "secret").unwrap();
            (builds, place)
        });
        fs::create_dir(place.project.join("of-root")).unwrap();
        fs::write(place.project.join("of-root/file"), "x").unwrap();
        let dir = place.dir.clone();
        as_ordinary_user(move || drop(place));
        assert_eq!(names(&dir), ["project"]);
        drop(builds);
    }

    #[test]
    fn what_a_killed_runner_left_is_swept_but_nothing_else() {
        let builds = tempfile::tempdir().unwrap();
        let killed = builds.path().join("job-6-abcdef");
        fs::create_dir_all(killed.join("private")).unwrap();
        fs::write(killed.join("private/KEY"), "secret").unwrap();
        set_mode(&killed, 0);
        fs::create_dir(builds.path().join("cache")).unwrap();
        fs::write(builds.path().join("job-file"), "").unwrap();
        let running = Workspace::create(builds.path(), 7).unwrap();
        sweep(builds.path());
        let dir = running.dir.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(names(builds.path()), ["cache".to_owned(), dir, "job-file".to_owned()]);
        assert!(running.project.exists());
    }
}
