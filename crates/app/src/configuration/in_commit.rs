//! The commit a configuration is in, as far as the configuration asks for it.

use super::Target;
use crate::git::{AtPath, GitError, NO_OBJECT, Repositories, ResolvedRef};
use countersign_ci::{Changed, Lookup, MAX_FILE_BYTES, Repository};
use std::cell::{Cell, OnceCell};

/// Asks git, and remembers that git failed: the configuration is then not to be judged.
pub(crate) struct InCommit<'r> {
    repositories: &'r Repositories,
    project: i64,
    target: &'r Target,
    /// Whether a push leads to the pipeline.
    pushed: bool,
    paths: OnceCell<Option<Vec<String>>>,
    failure: Cell<Option<GitError>>,
}

impl<'r> InCommit<'r> {
    /// The commit of a project that a pipeline is to run for.
    pub(crate) fn new(repositories: &'r Repositories, project: i64, target: &'r Target, source: &str) -> InCommit<'r> {
        let (paths, failure) = (OnceCell::new(), Cell::new(None));
        InCommit { repositories, project, target, pushed: source == "push", paths, failure }
    }

    /// Whether every answer was git's.
    ///
    /// # Errors
    /// Git failed.
    pub(crate) fn check(self) -> Result<(), GitError> {
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
        match self.answer(self.repositories.at_path(self.project, &self.target.sha, path, limit)) {
            None => Lookup::Unknown,
            Some(AtPath::File(file)) => Lookup::File(file.content),
            Some(AtPath::TooLarge { .. }) => Lookup::TooLarge,
            Some(AtPath::Link) => Lookup::Link,
            Some(AtPath::Directory) => Lookup::Directory,
            Some(AtPath::Nothing) => Lookup::Missing,
        }
    }

    fn content_id(&self, path: &str) -> Option<String> {
        // Nothing of it is read: what is too large has a name too.
        match self.answer(self.repositories.at_path(self.project, &self.target.sha, path, 0))? {
            AtPath::File(file) => Some(file.blob_id),
            AtPath::TooLarge { blob_id } => Some(blob_id),
            AtPath::Link | AtPath::Directory | AtPath::Nothing => None,
        }
    }

    fn paths(&self) -> Option<&[String]> {
        self.paths.get_or_init(|| self.answer(self.repositories.paths(self.project, &self.target.sha))).as_deref()
    }

    fn changed(&self, since: Option<&str>) -> Changed {
        let Target { tag, sha, before_sha, .. } = self.target;
        let from = match since {
            Some(name) => match self.parted_from(name) {
                None => return Changed::Unknown,
                Some(None) => return Changed::NoSuchRef,
                Some(Some(from)) => from,
            },
            // Only a push that moves a branch has something before it.
            None if !self.pushed || *tag || before_sha == NO_OBJECT => return Changed::Everything,
            None => before_sha.clone(),
        };
        let known = self.answer(self.repositories.commit(self.project, &from));
        match known {
            // The commit before is gone, as after a push that rewrote history and was cleared away.
            Some(None) => Changed::Everything,
            None => Changed::Unknown,
            Some(Some(_)) => match self.answer(self.repositories.changed_paths(self.project, Some(&from), sha)) {
                Some(paths) => Changed::Paths(paths),
                None => Changed::Unknown,
            },
        }
    }
}

impl InCommit<'_> {
    /// The commit at which the pipeline's went apart from a branch, tag or commit; the inner `None` if there is no such.
    fn parted_from(&self, name: &str) -> Option<Option<String>> {
        let found = self.answer(self.repositories.resolve(self.project, name))?;
        let other = match found {
            Some(ResolvedRef::Branch(tip) | ResolvedRef::Tag(tip)) => tip.sha,
            Some(ResolvedRef::Commit(sha)) => sha,
            Some(ResolvedRef::Ambiguous { .. }) | None => return Some(None),
        };
        let Some(other) = self.answer(self.repositories.commit(self.project, &other))? else { return Some(None) };
        let base = self.answer(self.repositories.merge_base(self.project, &other.sha, &self.target.sha))?;
        // Two histories that never were one differ in all in which they differ.
        Some(Some(base.unwrap_or(other.sha)))
    }
}
