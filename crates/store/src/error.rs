//! What can go wrong below a use case, and what a use case returns with `?`.

use countersign_domain::refusal::Refusal;

/// A fault of the storage, never of the person asking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The queue in front of the database is full; the same request may succeed a moment later.
    #[error("too many requests are waiting for the database; try again in a moment")]
    Busy,
    /// The database cannot be used now: closed, out of space, or the connection was lost.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row with that unique value is there already; names `table.column, table.column`.
    #[error("a row with the same {0} exists already")]
    UniqueViolation(String),
    /// The database refused a statement, or a use case panicked.
    #[error("the database reported: {0}")]
    Database(String),
    /// A row that cannot be read as its type, or one row too few or too many.
    #[error("stored data is not as expected: {0}")]
    Corrupt(String),
    /// A change without a record, or a refusal that changed rows.
    #[error("the audit trail would be incomplete: {0}")]
    Audit(String),
}

/// A result whose error is a fault of the storage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The rules say no.
    #[error("{}", .0.reason())]
    Refused(Refusal),
    /// The storage failed.
    #[error(transparent)]
    Store(Error),
}

impl From<Refusal> for Failure {
    fn from(why: Refusal) -> Failure {
        Failure::Refused(why)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Store(error)
    }
}
