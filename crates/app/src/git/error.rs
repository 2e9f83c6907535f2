//! What can go wrong when git is asked for something.

use std::io;

/// A git request that could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The project has no repository.
    #[error("the repository of project {0} does not exist")]
    NoRepository(i64),
    /// An argument cannot be what it should be; the text says which and why.
    #[error("{0}")]
    Invalid(String),
    /// Git took too long and was stopped.
    #[error("git {command} took longer than {seconds} seconds and was stopped")]
    Timeout {
        /// The git command that was stopped.
        command: String,
        /// The limit in seconds.
        seconds: u64,
    },
    /// The server ends, and waits for nothing that takes long.
    #[error("git {0} was stopped because the server ends")]
    GivenUp(String),
    /// The answer is larger than the caller accepts.
    #[error("git {what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What is too large: a git command's answer, or a file.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Git ran and failed, or answered what cannot be understood.
    #[error("git {command} failed: {reason}")]
    Failed {
        /// The git command.
        command: String,
        /// Git's own words, or what could not be understood.
        reason: String,
    },
    /// The machine refused: a directory could not be made, a program not started.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was attempted.
        action: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl GitError {
    /// Wraps an operating system error with what was attempted.
    pub(crate) fn io(action: impl Into<String>, source: io::Error) -> Self {
        Self::Io { action: action.into(), source }
    }

    /// A failure of one git command, in words.
    pub(crate) fn failed(command: &str, reason: impl Into<String>) -> Self {
        Self::Failed { command: command.to_owned(), reason: reason.into() }
    }
}
