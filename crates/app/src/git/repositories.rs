//! Making, finding and removing bare repositories.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::process::{self, Finished, Limits};
use super::ref_name;
use super::{Git, GitError, GitSettings};

/// How long a temporary directory may be untouched before a starting server clears it.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// All repositories of one data directory.
#[derive(Debug, Clone)]
pub struct Repositories {
    git: Git,
    pub(super) root: PathBuf,
    pub(crate) spool: PathBuf,
    pub(crate) scratch: PathBuf,
}

impl Repositories {
    /// Prepares the directories and the hook below `data_dir`, and clears what an earlier run left half done.
    ///
    /// # Errors
    /// When a directory cannot be made or the hook cannot be written.
    pub fn new(data_dir: &Path, settings: GitSettings) -> Result<Self, GitError> {
        let make = |path: &Path| {
            fs::create_dir_all(path).map_err(|e| GitError::io(format!("create the directory {}", path.display()), e))
        };
        make(data_dir)?;
        // Git compares trusted directories by their resolved names, so a relative data directory is resolved once.
        let base =
            fs::canonicalize(data_dir).map_err(|e| GitError::io(format!("resolve {}", data_dir.display()), e))?;
        let (root, hooks) = (base.join("repositories"), base.join("hooks"));
        let (spool, scratch) = (base.join("spool"), base.join("scratch"));
        for path in [&root, &hooks, &spool, &scratch] {
            make(path)?;
        }
        super::spool::write_hooks(&hooks)?;
        let repositories = Self { git: Git::new(settings, hooks), root, spool, scratch };
        repositories.sweep();
        Ok(repositories)
    }

    /// The git program these repositories are served with.
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// Where the repository of `project` is, or would be.
    pub fn path(&self, project: i64) -> PathBuf {
        self.root.join(format!("{project}.git"))
    }

    /// Makes an empty repository whose first branch will be `default_branch`.
    ///
    /// # Errors
    /// When the branch name is not acceptable, or a repository is there already.
    pub fn create(&self, project: i64, default_branch: &str) -> Result<(), GitError> {
        check_branch(default_branch)?;
        let target = self.path(project);
        if target.exists() {
            return Err(GitError::Invalid(format!("project {project} already has a repository")));
        }
        let staged = self.temporary(".new-")?;
        let mut command = self.git.bare_command();
        command.args(["init", "--quiet", "--bare", "--object-format=sha1", "--template="]);
        command.arg(format!("--initial-branch={default_branch}")).arg("--").arg(staged.path());
        self.finish(command, "init", b"")?;
        fs::rename(staged.path(), &target)
            .map_err(|e| GitError::io(format!("put {} in place", target.display()), e))?;
        // Moved away, so there is nothing left to clear.
        let _ = staged.keep();
        Ok(())
    }

    /// Removes a repository. One that is not there is removed already.
    ///
    /// # Errors
    /// When it cannot be moved away. Remains are cleared at the next start.
    pub fn delete(&self, project: i64) -> Result<(), GitError> {
        let target = self.path(project);
        let doomed = self.temporary(".deleted-")?;
        match fs::rename(&target, doomed.path()) {
            Ok(()) => {
                let path = doomed.keep();
                if let Err(error) = fs::remove_dir_all(&path) {
                    tracing::warn!(path = %path.display(), %error, "a deleted repository could not be cleared yet");
                }
                Ok(())
            }
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Err(e) => Err(GitError::io(format!("move {} away", target.display()), e)),
        }
    }

    /// True when the project has a repository.
    pub fn exists(&self, project: i64) -> bool {
        self.path(project).join("HEAD").is_file()
    }

    /// True when the repository has no branch.
    ///
    /// # Errors
    /// When there is no repository, or git fails.
    pub fn is_empty(&self, project: i64) -> Result<bool, GitError> {
        if self.is_untouched(project) {
            return Ok(true);
        }
        let found = self.ask(project, "for-each-ref", &["--count=1", "--format=%(refname)", "refs/heads/"])?;
        Ok(found.is_empty())
    }

    /// True when the repository is as it was made: that is seen without a git process, which outside tools' deployments
    /// would each wait for.
    fn is_untouched(&self, project: i64) -> bool {
        let path = self.path(project);
        let no_branch = || path.join("refs/heads").read_dir().is_ok_and(|mut entries| entries.next().is_none());
        self.exists(project) && no_branch() && !path.join("packed-refs").exists()
    }

    /// Makes `branch` the one that clones check out. It need not exist yet.
    ///
    /// # Errors
    /// When the name is not acceptable, there is no repository, or git fails.
    pub fn set_default_branch(&self, project: i64, branch: &str) -> Result<(), GitError> {
        check_branch(branch)?;
        self.ask(project, "symbolic-ref", &["HEAD", &format!("refs/heads/{branch}")]).map(drop)
    }

    /// Runs one plumbing command on a repository and returns what it printed.
    pub(crate) fn ask(&self, project: i64, name: &str, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        self.ask_with(project, name, arguments, b"")
    }

    /// As [`Self::ask`], with standard input.
    pub(crate) fn ask_with(&self, project: i64, name: &str, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let mut command = self.command(project)?;
        command.arg(name).args(args);
        Ok(self.finish(command, name, input)?.stdout)
    }

    /// A git command on an existing repository.
    pub(crate) fn command(&self, project: i64) -> Result<std::process::Command, GitError> {
        if !self.exists(project) {
            return Err(GitError::NoRepository(project));
        }
        Ok(self.git.command(&self.path(project)))
    }

    /// Runs a command within the limits, whatever its exit status.
    pub(crate) fn attempt(
        &self,
        command: std::process::Command,
        name: &str,
        input: &[u8],
    ) -> Result<Finished, GitError> {
        let settings = self.git.settings();
        process::run(command, name, input, Limits { time: settings.time_limit, output: settings.output_limit })
    }

    /// Runs a command within the limits; an exit status other than zero is an error.
    pub(crate) fn finish(
        &self,
        command: std::process::Command,
        name: &str,
        input: &[u8],
    ) -> Result<Finished, GitError> {
        let done = self.attempt(command, name, input)?;
        if done.status.success() { Ok(done) } else { Err(GitError::failed(name, done.stderr)) }
    }

    /// An empty directory beside the repositories, so that renaming from or to it is atomic.
    fn temporary(&self, prefix: &str) -> Result<TempDir, GitError> {
        let made = tempfile::Builder::new().prefix(prefix).tempdir_in(&self.root);
        made.map_err(|e| GitError::io("create a temporary directory", e))
    }

    /// Clears deleted repositories and scratch files of earlier runs; what cannot be cleared does no harm.
    fn sweep(&self) {
        let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let half_done = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(".new-") || name.starts_with(".deleted-")
        };
        for path in entries(&self.root).filter(half_done).chain(entries(&self.scratch)).filter(abandoned) {
            if let Err(error) = fs::remove_dir_all(&path) {
                tracing::warn!(path = %path.display(), %error, "left-over files could not be removed");
            }
        }
    }
}

/// Old enough that no server sharing this directory can still be at work on it.
pub(super) fn abandoned(path: &PathBuf) -> bool {
    let changed = fs::metadata(path).and_then(|meta| meta.modified());
    changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED_AFTER))
}

fn check_branch(branch: &str) -> Result<(), GitError> {
    match ref_name::refusal(&format!("refs/heads/{branch}")) {
        None => Ok(()),
        Some(reason) => Err(GitError::Invalid(format!("'{branch}' cannot be a branch: {reason}"))),
    }
}
