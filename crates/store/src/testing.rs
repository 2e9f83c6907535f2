//! Databases for tests: of this crate, and with the feature `testing` of those above it.
//!
//! Tests on PostgreSQL need a server that they may make databases on, named by `COUNTERSIGN_TEST_POSTGRES`;
//! `scripts/with-postgres` runs a command beside such a server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests end where they fail")]

mod at_once;
mod memory;
mod postgres;

pub use at_once::at_once;
pub use memory::{Memory, write};
pub use postgres::Database;

use crate::{Config, Store};
use countersign_domain::event::Code;
use std::path::PathBuf;

/// Runs `test` on a fresh store of each engine.
///
/// # Panics
/// If `test` does, or without a PostgreSQL server for tests.
pub fn on_both(name: &str, test: impl Fn(&Store)) {
    on_sqlite(&test);
    on_postgres(name, &test);
}

/// Runs `test` on a fresh SQLite database in a directory of its own.
///
/// # Panics
/// If `test` does.
pub fn on_sqlite(test: impl Fn(&Store)) {
    let dir = tempfile::tempdir().expect("a directory for a test database");
    let store = Store::open(&sqlite_config(dir.path().join("test.db"))).expect("a new SQLite database");
    eprintln_engine("SQLite");
    test(&store);
    store.close();
}

/// Runs `test` on a fresh PostgreSQL database, whose name contains `name`.
///
/// # Panics
/// If `test` does, or without a PostgreSQL server for tests.
pub fn on_postgres(name: &str, test: impl Fn(&Store)) {
    let database = Database::new(name);
    let store = Store::open(&postgres_config(database.url())).expect("a new PostgreSQL database");
    eprintln_engine("PostgreSQL");
    test(&store);
    store.close();
}

/// How many audit records there are with that code.
///
/// # Panics
/// If they cannot be read.
pub fn recorded(store: &Store, code: Code) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_events WHERE code = $1";
    store.read_blocking(move |tx| tx.query_one(sql, &[code.as_str().into()], |row| row.get(0))).expect("a count")
}

/// Few threads: tests open many stores at a time.
fn sqlite_config(path: PathBuf) -> Config {
    Config::Sqlite { path, readers: 2 }
}

fn postgres_config(url: &str) -> Config {
    Config::Postgres { url: url.to_owned(), threads: 4 }
}

/// Says which engine a failing test ran on; `cargo test` shows it only then.
#[allow(clippy::print_stderr, reason = "this is what test output is for")]
fn eprintln_engine(engine: &str) {
    eprintln!("on {engine}:");
}
