//! Brings the tables of a database up to date: each migration once, in order, each as a whole.

use crate::engine::postgres::{MIGRATE_LOCK, error as postgres_error};
use crate::engine::sqlite::{command, error as sqlite_error};
use crate::error::{Error, Result};
use rusqlite::Connection;

/// A step from one shape of the tables to the next: its name and its text for each engine.
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// All migrations in order. One that was released is never changed: add another.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_initial",
        sqlite: include_str!("../migrations/sqlite/0001_initial.sql"),
        postgres: include_str!("../migrations/postgres/0001_initial.sql"),
    },
    Migration {
        name: "0002_scheduling",
        sqlite: include_str!("../migrations/sqlite/0002_scheduling.sql"),
        postgres: include_str!("../migrations/postgres/0002_scheduling.sql"),
    },
    Migration {
        name: "0003_outdated",
        sqlite: include_str!("../migrations/sqlite/0003_outdated.sql"),
        postgres: include_str!("../migrations/postgres/0003_outdated.sql"),
    },
    Migration {
        name: "0004_tokens",
        sqlite: include_str!("../migrations/sqlite/0004_tokens.sql"),
        postgres: include_str!("../migrations/postgres/0004_tokens.sql"),
    },
    Migration {
        name: "0005_resource_groups",
        sqlite: include_str!("../migrations/sqlite/0005_resource_groups.sql"),
        postgres: include_str!("../migrations/postgres/0005_resource_groups.sql"),
    },
    Migration {
        name: "0006_variables",
        sqlite: include_str!("../migrations/sqlite/0006_variables.sql"),
        postgres: include_str!("../migrations/postgres/0006_variables.sql"),
    },
    Migration {
        name: "0007_artifacts",
        sqlite: include_str!("../migrations/sqlite/0007_artifacts.sql"),
        postgres: include_str!("../migrations/postgres/0007_artifacts.sql"),
    },
    Migration {
        name: "0008_auto_stop",
        sqlite: include_str!("../migrations/sqlite/0008_auto_stop.sql"),
        postgres: include_str!("../migrations/postgres/0008_auto_stop.sql"),
    },
    Migration {
        name: "0009_auto_cancel",
        sqlite: include_str!("../migrations/sqlite/0009_auto_cancel.sql"),
        postgres: include_str!("../migrations/postgres/0009_auto_cancel.sql"),
    },
    Migration {
        name: "0010_runners",
        sqlite: include_str!("../migrations/sqlite/0010_runners.sql"),
        postgres: include_str!("../migrations/postgres/0010_runners.sql"),
    },
    Migration {
        name: "0011_ended_jobs",
        sqlite: include_str!("../migrations/sqlite/0011_ended_jobs.sql"),
        postgres: include_str!("../migrations/postgres/0011_ended_jobs.sql"),
    },
    Migration {
        name: "0012_runner_projects",
        sqlite: include_str!("../migrations/sqlite/0012_runner_projects.sql"),
        postgres: include_str!("../migrations/postgres/0012_runner_projects.sql"),
    },
    Migration {
        name: "0013_imports",
        sqlite: include_str!("../migrations/sqlite/0013_imports.sql"),
        postgres: include_str!("../migrations/postgres/0013_imports.sql"),
    },
    Migration {
        name: "0014_artifact_formats",
        sqlite: include_str!("../migrations/sqlite/0014_artifact_formats.sql"),
        postgres: include_str!("../migrations/postgres/0014_artifact_formats.sql"),
    },
    Migration {
        name: "0015_references",
        sqlite: include_str!("../migrations/sqlite/0015_references.sql"),
        postgres: include_str!("../migrations/postgres/0015_references.sql"),
    },
    Migration {
        name: "0016_web_source",
        sqlite: include_str!("../migrations/sqlite/0016_web_source.sql"),
        postgres: include_str!("../migrations/postgres/0016_web_source.sql"),
    },
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)";

/// Brings an SQLite database up to date. A table that is made anew is dropped meanwhile, which must not reach the rows
/// that refer to its own: references are not followed, and all of them are checked at the end.
pub(crate) fn sqlite(conn: &Connection) -> Result<()> {
    command(conn, "PRAGMA foreign_keys = OFF")?;
    command(conn, "BEGIN IMMEDIATE")?;
    let done = migrate_sqlite(conn);
    command(conn, if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    command(conn, "PRAGMA foreign_keys = ON")?;
    done
}

fn check_references(conn: &Connection) -> Result<()> {
    let mut check = conn.prepare("PRAGMA foreign_key_check").map_err(sqlite_error)?;
    match check.exists([]).map_err(sqlite_error)? {
        false => Ok(()),
        true => Err(Error::Database("migrations left rows that refer to nothing".into())),
    }
}

fn migrate_sqlite(conn: &Connection) -> Result<()> {
    conn.execute_batch(LEDGER).map_err(sqlite_error)?;
    let applied = conn
        .prepare("SELECT name FROM schema_migrations ORDER BY name")
        .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>())
        .map_err(sqlite_error)?;
    let missing = missing(&applied)?;
    for migration in missing {
        conn.execute_batch(migration.sqlite).map_err(|e| failed(migration, &sqlite_error(e)))?;
        conn.execute("INSERT INTO schema_migrations (name) VALUES (?1)", [migration.name]).map_err(sqlite_error)?;
    }
    if missing.is_empty() { Ok(()) } else { check_references(conn) }
}

/// Brings a PostgreSQL database up to date; other servers that start now wait.
pub(crate) fn postgres(client: &mut ::postgres::Client) -> Result<()> {
    let mut tx = client.transaction().map_err(postgres_error)?;
    tx.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATE_LOCK}); {LEDGER}")).map_err(postgres_error)?;
    let applied: Vec<String> = tx
        .query("SELECT name FROM schema_migrations ORDER BY name", &[])
        .and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
        .map_err(postgres_error)?;
    for migration in missing(&applied)? {
        tx.batch_execute(migration.postgres).map_err(|e| failed(migration, &postgres_error(e)))?;
        tx.execute("INSERT INTO schema_migrations (name) VALUES ($1)", &[&migration.name]).map_err(postgres_error)?;
    }
    tx.commit().map_err(postgres_error)
}

/// The migrations that were not applied yet.
fn missing(applied: &[String]) -> Result<&'static [Migration]> {
    for (position, name) in applied.iter().enumerate() {
        if MIGRATIONS.get(position).is_none_or(|known| known.name != name) {
            return Err(Error::Unavailable(format!(
                "the database was made by a newer version of Countersign (it has the migration '{name}'); use that version"
            )));
        }
    }
    Ok(MIGRATIONS.get(applied.len()..).unwrap_or_default())
}

fn failed(migration: &Migration, error: &Error) -> Error {
    Error::Database(format!("migration {}: {error}", migration.name))
}
