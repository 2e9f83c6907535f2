//! What a statement gives: rows of cells, read as Rust types.

use super::{postgres, sqlite};
use crate::error::{Error, Result};
use countersign_domain::ids::{
    AuditId, DeploymentId, EntryId, EnvironmentId, GroupId, JobId, NamespaceId, PipelineId, ProjectId, ProtectedRefId,
    ProtectionId, ResourceGroupId, RunnerId, SessionId, TokenId, TriggerId, UserId, VariableId, VoteId,
};
use countersign_domain::time::{Date, Timestamp};
use serde::de::DeserializeOwned;

/// One value of a row, as the engine holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'r> {
    /// SQL's NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// True or false, where the engine has such a type.
    Bool(bool),
    /// A text.
    Text(&'r str),
    /// Bytes.
    Blob(&'r [u8]),
}

impl Cell<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Cell::Null => "NULL",
            Cell::Int(_) => "a number",
            Cell::Bool(_) => "a boolean",
            Cell::Text(_) => "a text",
            Cell::Blob(_) => "bytes",
        }
    }
}

/// A Rust type that a cell can be read as.
pub trait Column: Sized {
    /// What the cell must hold, for messages: "a number".
    const EXPECTED: &'static str;

    /// Reads the cell; `None` if it holds something else.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

/// One row of a result.
#[derive(Clone, Copy)]
pub enum Row<'r> {
    /// A row of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// A row that SQLite gave before, when the database was the same.
    Answered(sqlite::AnsweredRow<'r>),
    /// A row of PostgreSQL.
    Postgres(&'r ::postgres::Row),
}

impl Row<'_> {
    /// Reads column `index` (from 0); [`Error::Corrupt`] if it is missing or holds another type.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        let cell = self.cell(index)?;
        T::from_cell(cell).ok_or_else(|| self.corrupt(index, T::EXPECTED, cell.kind()))
    }

    /// Reads a text of column `index` that holds JSON.
    pub fn json<T: DeserializeOwned>(&self, index: usize) -> Result<T> {
        match self.cell(index)? {
            Cell::Text(text) => {
                serde_json::from_str(text).map_err(|e| self.corrupt(index, "fitting JSON", &format!("'{text}' ({e})")))
            }
            other => Err(self.corrupt(index, "JSON text", other.kind())),
        }
    }

    fn cell(&self, index: usize) -> Result<Cell<'_>> {
        match self {
            Row::Sqlite(row) => sqlite::cell(row, index),
            Row::Answered(row) => row.cell(index),
            Row::Postgres(row) => postgres::cell(row, index),
        }
        .map_err(|why| Error::Corrupt(format!("column {index}: {why}")))
    }

    fn corrupt(&self, index: usize, expected: &str, found: &str) -> Error {
        let name = match self {
            Row::Sqlite(row) => row.as_ref().column_name(index).unwrap_or("?").to_owned(),
            Row::Answered(_) => "?".to_owned(),
            Row::Postgres(row) => row.columns().get(index).map_or("?", |c| c.name()).to_owned(),
        };
        Error::Corrupt(format!("column {index} ({name}) should hold {expected}, but holds {found}"))
    }
}

macro_rules! columns {
    ($($type:ty, $expected:literal, $($cell:pat => $value:expr),+ ;)*) => {$(
        impl Column for $type {
            const EXPECTED: &'static str = $expected;

            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    $($cell => $value,)+
                    _ => None,
                }
            }
        }
    )*};
}

columns! {
    i64, "a number", Cell::Int(n) => Some(n);
    u32, "a number from 0 to 4294967295", Cell::Int(n) => n.try_into().ok();
    bool, "a boolean", Cell::Bool(b) => Some(b), Cell::Int(0) => Some(false), Cell::Int(1) => Some(true);
    String, "a text", Cell::Text(text) => Some(text.to_owned());
    Vec<u8>, "bytes", Cell::Blob(bytes) => Some(bytes.to_vec());
    Timestamp, "a time in milliseconds", Cell::Int(n) => Some(Timestamp(n));
    Date, "a date", Cell::Text(text) => Date::parse(text);
}

macro_rules! ids {
    ($($id:ident)*) => {
        columns! { $($id, "an id", Cell::Int(n) => Some($id(n));)* }
    };
}

ids! {
    UserId GroupId NamespaceId ProjectId EnvironmentId ProtectionId ProtectedRefId EntryId DeploymentId VoteId PipelineId JobId VariableId
    TokenId TriggerId SessionId ResourceGroupId RunnerId AuditId
}

impl<T: Column> Column for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            held => T::from_cell(held).map(Some),
        }
    }
}
