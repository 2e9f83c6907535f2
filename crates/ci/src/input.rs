//! What a configuration is read from: its text, and what the caller knows of the commit it is in.

use crate::plan::Variable;

/// What is found at a path of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A file with that content.
    File(Vec<u8>),
    /// Nothing.
    Missing,
    /// A symbolic link, which is not followed.
    Link,
    /// A directory or submodule.
    Directory,
    /// A file of more than [`crate::MAX_FILE_BYTES`].
    TooLarge,
    /// Nobody knows: there is no commit, or it could not be read.
    Unknown,
}

/// The commit a configuration is in, as far as the caller knows it. This crate reads nothing itself: it only asks, and
/// only for what the configuration needs.
pub trait Repository {
    /// What is at a path, which begins at the root without a `/`.
    fn file(&self, path: &str) -> Lookup;

    /// What stands for the content of the file at a path, another when it changes; `None` if there is no file, or nobody
    /// knows.
    fn content_id(&self, path: &str) -> Option<String>;

    /// The paths of all files, sorted; `None` if they are not known.
    fn paths(&self) -> Option<&[String]>;

    /// What changed: since the branch was at its former commit, or since it went apart from a branch, tag or commit.
    fn changed(&self, since: Option<&str>) -> Changed;
}

/// The files that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// There is nothing to compare with, as for tags and new branches: every file counts as changed.
    Everything,
    /// The files at these paths.
    Paths(Vec<String>),
    /// There is no such branch, tag or commit to compare with.
    NoSuchRef,
    /// Nobody knows: there is no commit, or it could not be read.
    Unknown,
}

/// A commit of which nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRepository;

impl Repository for NoRepository {
    fn file(&self, _path: &str) -> Lookup {
        Lookup::Unknown
    }

    fn content_id(&self, _path: &str) -> Option<String> {
        None
    }

    fn paths(&self) -> Option<&[String]> {
        None
    }

    fn changed(&self, _since: Option<&str>) -> Changed {
        Changed::Unknown
    }
}

/// The pipeline that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// What creates it, such as `push` or `api`.
    pub source: &'a str,
    /// The branch or tag.
    pub ref_name: &'a str,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The full path of the project.
    pub project: &'a str,
}

/// A configuration to be read.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What the main file is called in diagnostics; its path in the repository, if it is in one.
    pub path: &'a str,
    /// The bytes of the main file.
    pub text: &'a [u8],
    /// The commit it is in.
    pub repository: &'a dyn Repository,
    /// The variables that are there by themselves. Their values are final.
    pub predefined: &'a [Variable],
    /// The variables given from outside of the configuration, which win over those in it; of two with one name the later
    /// counts. Their values are final.
    pub given: &'a [Variable],
    /// The names of those given whose values are secrets: conditions are decided by them, but in texts they are empty,
    /// since texts are shown.
    pub secret: &'a [String],
    /// The pipeline to be made. Without one, no condition (`rules`, `only`, `except`) is decided: every job is planned.
    pub run: Option<Run<'a>>,
}

impl<'a> Input<'a> {
    /// A single file, without anything known of its surroundings.
    pub fn of(text: &'a [u8]) -> Self {
        Self {
            path: ".gitlab-ci.yml",
            text,
            repository: &NoRepository,
            predefined: &[],
            given: &[],
            secret: &[],
            run: None,
        }
    }

    /// The value that a variable which is not the configuration's own has in texts.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        if self.secret.iter().any(|secret| secret == name) {
            return Some("");
        }
        let all = self.predefined.iter().chain(self.given);
        all.rev().find(|variable| variable.key == name).map(|variable| variable.value.as_str())
    }
}
