//! The commit a configuration is in, as far as the configuration asks for it.

use crate::git::{AtPath, GitError, Repositories};
use countersign_ci::{Lookup, MAX_FILE_BYTES, Repository};
use std::cell::{Cell, OnceCell};

/// Asks git, and remembers that git failed: the configuration is then not to be judged.
pub(super) struct InCommit<'r> {
    repositories: &'r Repositories,
    project: i64,
    sha: &'r str,
    paths: OnceCell<Option<Vec<String>>>,
    failure: Cell<Option<GitError>>,
}

impl<'r> InCommit<'r> {
    /// The commit `sha` of a project.
    pub(super) fn new(repositories: &'r Repositories, project: i64, sha: &'r str) -> InCommit<'r> {
        InCommit { repositories, project, sha, paths: OnceCell::new(), failure: Cell::new(None) }
    }

    /// Whether every answer was git's.
    ///
    /// # Errors
    /// Git failed.
    pub(super) fn check(self) -> Result<(), GitError> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    /// What git answered; `None` if it failed, or if there is more of it than can be read.
    fn answer<T>(&self, found: Result<T, GitError>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(GitError::TooLarge { .. }) => None,
            Err(why) => {
                self.failure.set(Some(why));
                None
            }
        }
    }
}

impl Repository for InCommit<'_> {
    fn file(&self, path: &str) -> Lookup {
        let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
        match self.answer(self.repositories.at_path(self.project, self.sha, path, limit)) {
            None => Lookup::Unknown,
            Some(AtPath::File(file)) => Lookup::File(file.content),
            Some(AtPath::TooLarge) => Lookup::TooLarge,
            Some(AtPath::Link) => Lookup::Link,
            Some(AtPath::Directory) => Lookup::Directory,
            Some(AtPath::Nothing) => Lookup::Missing,
        }
    }

    fn paths(&self) -> Option<&[String]> {
        self.paths.get_or_init(|| self.answer(self.repositories.paths(self.project, self.sha))).as_deref()
    }
}
