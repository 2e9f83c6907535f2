//! The audit trail as it lies in the database: for what no route shows.

use crate::{Server, database};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

const RECORDS: &str = "SELECT id, code, user_id, token_id FROM audit_events WHERE id > $1 ORDER BY id";
const LAST: &str = "SELECT COALESCE(MAX(id), 0) FROM audit_events WHERE id > $1";

/// What a record says, as far as tests ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number; later records have higher ones, if they were made one after the other.
    pub id: i64,
    /// What happened.
    pub code: String,
    /// Who did it; `None` for the server itself.
    pub user: Option<i64>,
    /// With which personal access token.
    pub token: Option<i64>,
}

impl Server {
    /// The number of the last record; 0 if there is none.
    ///
    /// # Panics
    /// The database cannot be read.
    pub fn last_record(&self) -> i64 {
        match &self.database_url {
            None => last_of(&self.data_dir().join("countersign.db")).expect("the audit trail can be read"),
            Some(url) => database::rows(url, LAST, 0)[0].get(0),
        }
    }

    /// The records with higher numbers than this one, in order.
    ///
    /// # Panics
    /// The database cannot be read.
    pub fn records_after(&self, id: i64) -> Vec<Record> {
        match &self.database_url {
            None => of_file(&self.data_dir().join("countersign.db"), id).expect("the audit trail can be read"),
            Some(url) => database::rows(url, RECORDS, id).iter().map(of_server).collect(),
        }
    }
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn last_of(file: &Path) -> rusqlite::Result<i64> {
    open(file)?.query_row(LAST, [0], |row| row.get(0))
}

fn of_file(file: &Path, id: i64) -> rusqlite::Result<Vec<Record>> {
    let database = open(file)?;
    let mut query = database.prepare(RECORDS)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Record { id: row.get(0)?, code: row.get(1)?, user: row.get(2)?, token: row.get(3)? })
    };
    query.query_map([id], read)?.collect()
}

fn of_server(row: &postgres::Row) -> Record {
    Record { id: row.get(0), code: row.get(1), user: row.get(2), token: row.get(3) }
}
