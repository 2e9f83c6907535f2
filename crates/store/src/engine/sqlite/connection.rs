//! One connection: how it is set up, and how statements run on it.

use super::answers::Answers;
use super::error::{error, fault};
use crate::engine::column::{Cell, Row};
use crate::engine::tx::Fault;
use crate::engine::value::Value;
use crate::error::{Error, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::Duration;

/// More than the statements there are.
const STATEMENTS: usize = 512;
/// How long to wait for another process that writes, such as an administrator's command.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the connection that writes.
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    let conn = open(path)?;
    let journal: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(error)?;
    if journal != "wal" {
        return Err(Error::Unavailable(format!(
            "{} cannot use a write-ahead log (its journal mode is '{journal}'); put it on a local file system",
            path.display()
        )));
    }
    conn.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000").map_err(error)?;
    Ok(conn)
}

/// Opens a connection that only reads a database that [`open_writer`] has set up.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let conn = open(path)?;
    conn.execute_batch("PRAGMA query_only = ON").map_err(error)?;
    Ok(conn)
}

fn open(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)
        .map_err(|e| Error::Unavailable(format!("cannot open the database {}: {e}", path.display())))?;
    set_up(&conn)?;
    Ok(conn)
}

/// A database that lives as long as its only connection.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn in_memory() -> Result<Connection> {
    let conn = Connection::open_in_memory().map_err(error)?;
    set_up(&conn)?;
    Ok(conn)
}

fn set_up(conn: &Connection) -> Result<()> {
    conn.busy_timeout(BUSY).map_err(error)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans must not depend on the values bound: SQLite would prepare such statements anew whenever one is bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(error)?;
    conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY")
        .map_err(error)
}

/// Runs one of our own statements without parameters, such as `COMMIT`.
pub(crate) fn command(conn: &Connection, sql: &'static str) -> Result<()> {
    conn.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map(drop).map_err(error)
}

/// Runs a statement that writes; how many rows it changed.
pub(crate) fn execute(conn: &Connection, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
    in_transaction(conn)?;
    let mut statement = conn.prepare_cached(numbered(sql)).map_err(fault)?;
    bind(&mut statement, sql, params)?;
    statement.raw_execute().map(|changed| changed as u64).map_err(fault)
}

/// Runs a statement that gives rows.
pub(crate) fn query<T>(
    conn: &Connection,
    sql: &'static str,
    params: &[Value],
    map: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Result<Vec<T>>, Fault> {
    run(conn, sql, params, |row| map(&Row::Sqlite(row)))
}

/// As [`query`], or gives the rows that it gave before, if they are among the answers. Outside of a transaction it only
/// gives those, and the use case has to be run again in one if they are not all it needs.
pub(crate) fn query_or_recall<T>(
    conn: &Connection,
    answers: &mut Answers,
    sql: &'static str,
    params: &[Value],
    map: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Result<Vec<T>>, Fault> {
    if let Some(known) = answers.get(sql, params) {
        return Ok(known.rows().map(|row| map(&Row::Answered(row))).collect());
    }
    if conn.is_autocommit() {
        return Err(Fault { error: Error::Unavailable("this was not asked before".into()), again: true });
    }
    let Some(mut answer) = answers.begin_answer() else { return query(conn, sql, params, map) };
    let read = run(conn, sql, params, |row| {
        answer.push(row).map_err(Error::Corrupt)?;
        map(&Row::Sqlite(row))
    })?;
    if read.is_ok() {
        answers.put(sql, params, answer);
    }
    Ok(read)
}

fn run<T>(
    conn: &Connection,
    sql: &'static str,
    params: &[Value],
    mut map: impl FnMut(&rusqlite::Row<'_>) -> Result<T>,
) -> Result<Result<Vec<T>>, Fault> {
    in_transaction(conn)?;
    let mut statement = conn.prepare_cached(numbered(sql)).map_err(fault)?;
    bind(&mut statement, sql, params)?;
    let mut rows = statement.raw_query();
    let mut read = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        match map(row) {
            Ok(value) => read.push(value),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(read))
}

/// The version of the database that the transaction sees: see [`Answers`].
pub(super) fn version(conn: &Connection) -> Result<i64> {
    let mut statement = conn.prepare_cached("PRAGMA data_version").map_err(error)?;
    statement.query_row([], |row| row.get(0)).map_err(error)
}

/// A statement after the transaction was lost would be durable by itself.
fn in_transaction(conn: &Connection) -> Result<(), Fault> {
    match conn.is_autocommit() {
        false => Ok(()),
        true => Err(Fault::last(Error::Unavailable("the database gave up the transaction".into()))),
    }
}

/// The statement with `?1` for `$1`, made once: SQLite takes the latter for a name, which has to be looked up whenever a
/// value is bound.
fn numbered(sql: &'static str) -> &'static str {
    static NUMBERED: LazyLock<RwLock<HashMap<(usize, usize), &'static str>>> = LazyLock::new(RwLock::default);
    // Where it lies and how long it is tells one statement of the program from another, and is quicker to hash.
    let key = (sql.as_ptr().addr(), sql.len());
    if let Some(found) = NUMBERED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return found;
    }
    // What stands between quotes is text: every other part.
    let parts = sql.split('\'').enumerate();
    let parts: Vec<_> = parts.map(|(i, part)| if i % 2 == 0 { part.replace('$', "?") } else { part.into() }).collect();
    let text: &'static str = parts.join("'").leak();
    NUMBERED.write().unwrap_or_else(PoisonError::into_inner).insert(key, text);
    text
}

/// Binds the parameters to `?1`, `?2` …
fn bind(statement: &mut Statement<'_>, sql: &str, params: &[Value]) -> Result<(), Fault> {
    if statement.parameter_count() != params.len() {
        return Err(misfit(&format!("it takes {} parameters", statement.parameter_count()), sql, params));
    }
    for (index, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value).map_err(fault)?;
    }
    Ok(())
}

fn misfit(what: &str, sql: &str, params: &[Value]) -> Fault {
    Fault::last(Error::Database(format!("{what} ({} were given): {sql}", params.len())))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Int(None) | Value::Text(None) | Value::Blob(None) => ValueRef::Null,
            Value::Int(Some(number)) => ValueRef::Integer(*number),
            Value::Bool(truth) => ValueRef::Integer(i64::from(*truth)),
            Value::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Value::Blob(Some(bytes)) => ValueRef::Blob(bytes),
        }))
    }
}

/// The cell at `index` of a row.
pub(crate) fn cell<'r>(row: &'r rusqlite::Row<'_>, index: usize) -> Result<Cell<'r>, String> {
    Ok(match row.get_ref(index).map_err(|e| e.to_string())? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => return Err(format!("fractions are not stored, but this is {number}")),
        ValueRef::Text(bytes) => Cell::Text(std::str::from_utf8(bytes).map_err(|e| e.to_string())?),
        ValueRef::Blob(bytes) => Cell::Blob(bytes),
    })
}
