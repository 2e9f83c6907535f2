//! Reading commits and how they relate.

use super::{Commit, GitError, Repositories, is_sha};

impl Repositories {
    /// One commit by its full name. A tag object is followed to its commit.
    ///
    /// # Errors
    /// When there is no repository, or git fails. Anything that is no commit is `None`.
    pub fn commit(&self, project: i64, sha: &str) -> Result<Option<Commit>, GitError> {
        let Some(sha) = self.peel(project, sha)? else { return Ok(None) };
        let raw = self.ask(project, "cat-file", &["commit", &sha])?;
        Ok(Commit::parse(&sha, &raw))
    }

    /// The last commit up to `sha` that changed the file at `path`; `None` if none did.
    ///
    /// # Errors
    /// When it is not a full object name or not there, there is no repository, or git fails.
    pub fn last_change(&self, project: i64, sha: &str, path: &str) -> Result<Option<String>, GitError> {
        both_shas(sha, sha)?;
        let output = self.ask(project, "rev-list", &["-1", sha, "--", path])?;
        Ok(Some(String::from_utf8_lossy(&output).trim().to_owned()).filter(|sha| is_sha(sha)))
    }

    /// True when `ancestor` is `descendant` itself or one of the commits it builds on.
    ///
    /// # Errors
    /// When one of them is not a full object name or not there, there is no repository, or git fails.
    pub fn is_ancestor(&self, project: i64, ancestor: &str, descendant: &str) -> Result<bool, GitError> {
        both_shas(ancestor, descendant)?;
        let mut command = self.command(project)?;
        command.args(["merge-base", "--is-ancestor", ancestor, descendant]);
        let done = self.attempt(command, "merge-base", b"")?;
        match done.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(GitError::failed("merge-base", done.stderr)),
        }
    }

    /// The commit at which two commits went apart; `None` if they never were together.
    ///
    /// # Errors
    /// When one of them is not a full object name or not there, there is no repository, or git fails.
    pub fn merge_base(&self, project: i64, one: &str, other: &str) -> Result<Option<String>, GitError> {
        both_shas(one, other)?;
        let mut command = self.command(project)?;
        command.args(["merge-base", one, other]);
        let done = self.attempt(command, "merge-base", b"")?;
        match done.status.code() {
            Some(0) => Ok(Some(String::from_utf8_lossy(&done.stdout).trim().to_owned()).filter(|sha| is_sha(sha))),
            Some(1) => Ok(None),
            _ => Err(GitError::failed("merge-base", done.stderr)),
        }
    }

    /// The paths that differ between two commits; every path of `new` when there is no `old`.
    ///
    /// # Errors
    /// When one of them is not a full object name or not there, there is no repository, or git fails.
    pub fn changed_paths(&self, project: i64, old: Option<&str>, new: &str) -> Result<Vec<String>, GitError> {
        let Some(old) = old else { return self.paths(project, new) };
        both_shas(old, new)?;
        let output = self.ask(project, "diff-tree", &["-r", "-z", "--no-renames", "--name-only", old, new, "--"])?;
        Ok(split_paths(&output))
    }

    /// Every path of one commit: files, symbolic links and submodules.
    ///
    /// # Errors
    /// When it is not a full object name or not there, there is no repository, or git fails.
    pub fn paths(&self, project: i64, sha: &str) -> Result<Vec<String>, GitError> {
        both_shas(sha, sha)?;
        Ok(split_paths(&self.ask(project, "ls-tree", &["-r", "-z", "--name-only", "--full-tree", sha])?))
    }
}

fn both_shas(one: &str, other: &str) -> Result<(), GitError> {
    match [one, other].into_iter().find(|text| !is_sha(text)) {
        None => Ok(()),
        Some(bad) => Err(GitError::Invalid(format!("'{bad}' is not a full commit name (40 lower-case hex digits)"))),
    }
}

fn split_paths(output: &[u8]) -> Vec<String> {
    let paths = output.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect()
}
