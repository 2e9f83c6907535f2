//! What PostgreSQL's errors mean to us.

use crate::engine::tx::Fault;
use crate::error::Error;
use ::postgres::error::{DbError, SqlState};
use std::error::Error as _;

/// A failed statement; `closed` if the connection is gone since.
pub(crate) fn fault(error: ::postgres::Error, closed: bool) -> Fault {
    let lost = closed || lost(&error);
    let race = matches!(error.code(), Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE));
    let again = lost || race;
    Fault { error: if lost { unavailable(&error) } else { self::error(error) }, again }
}

/// Our error for one of PostgreSQL's.
pub(crate) fn error(error: ::postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return if lost(&error) { unavailable(&error) } else { Error::Database(text(&error)) };
    };
    if *db.code() == SqlState::UNIQUE_VIOLATION {
        return Error::UniqueViolation(columns(db));
    }
    match class(db) {
        // Out of resources, a lock not had in time, a statement that took too long or a shutdown, a system error.
        "53" | "55" | "57" | "58" | "08" => unavailable(&error),
        _ => Error::Database(text(&error)),
    }
}

/// Whether the connection is lost.
pub(crate) fn lost(error: &::postgres::Error) -> bool {
    let io = error.source().is_some_and(|cause| cause.is::<std::io::Error>());
    let told = error.as_db_error().is_some_and(|db| class(db) == "08" || db.code().code().starts_with("57P"));
    error.is_closed() || io || told
}

/// The message with its cause: the outer error alone says only "db error".
pub(crate) fn text(error: &::postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} (SQLSTATE {})", db.message(), db.code().code()),
        None => error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

fn unavailable(error: &::postgres::Error) -> Error {
    Error::Unavailable(text(error))
}

fn class(db: &DbError) -> &str {
    db.code().code().get(..2).unwrap_or_default()
}

/// The violated columns as `table.column, table.column`, as SQLite names them; else the constraint.
fn columns(db: &DbError) -> String {
    let constraint = || db.constraint().unwrap_or("unknown constraint").to_owned();
    // "Key (group_id, user_id)=(1, 2) already exists.", in whatever language: only the brackets are sure.
    let listed = db.detail().and_then(|detail| Some(detail.split_once('(')?.1.split_once(")=")?.0));
    match (db.table(), listed) {
        (Some(table), Some(listed)) => {
            listed.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        }
        _ => constraint(),
    }
}
