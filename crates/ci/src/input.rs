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

    /// The paths of all files, sorted; `None` if they are not known.
    fn paths(&self) -> Option<&[String]>;
}

/// A commit of which nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRepository;

impl Repository for NoRepository {
    fn file(&self, _path: &str) -> Lookup {
        Lookup::Unknown
    }

    fn paths(&self) -> Option<&[String]> {
        None
    }
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
    /// The variables known before a pipeline is there, of two with one name the later counts. Their values are final.
    pub variables: &'a [Variable],
}

impl<'a> Input<'a> {
    /// A single file, without anything known of its surroundings.
    pub fn of(text: &'a [u8]) -> Self {
        Self { path: ".gitlab-ci.yml", text, repository: &NoRepository, variables: &[] }
    }

    /// The value of a variable.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.variables.iter().rev().find(|variable| variable.key == name).map(|variable| variable.value.clone())
    }
}
