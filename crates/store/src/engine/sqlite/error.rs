//! What SQLite's errors mean to us.

use crate::engine::tx::Fault;
use crate::error::Error;
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

/// A failed statement. None is worth another run: the one writer loses no races.
pub(crate) fn fault(error: rusqlite::Error) -> Fault {
    Fault::last(self::error(error))
}

/// Our error for one of SQLite's.
pub(crate) fn error(error: rusqlite::Error) -> Error {
    let text = error.to_string();
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return Error::Database(text);
    };
    match code.extended_code {
        SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY => {
            let message = message.unwrap_or_default();
            let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(&message);
            return Error::UniqueViolation(columns.to_owned());
        }
        _ => {}
    }
    match code.code {
        ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::OutOfMemory
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase
        | ErrorCode::PermissionDenied => Error::Unavailable(text),
        _ => Error::Database(text),
    }
}
