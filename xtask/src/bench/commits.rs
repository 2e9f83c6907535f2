//! The baseline of durable changes: one row a commit, on one thread, each on disk before the next begins.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use rusqlite::Connection;

use super::clock::now;

/// A database with one table, set up as durably as the server's own: write-ahead log, `synchronous=FULL`.
pub(crate) struct Commits {
    connection: Connection,
}

impl Commits {
    /// Makes the file.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn new(path: &Path) -> Result<Commits> {
        let connection = Connection::open(path)?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.execute_batch(
            "PRAGMA synchronous = FULL; CREATE TABLE votes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT) STRICT",
        )?;
        Ok(Commits { connection })
    }

    /// Inserts row after row for that long; how many there were each second.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn rate(&self, time: Duration) -> Result<f64> {
        let mut insert = self.connection.prepare("INSERT INTO votes (text) VALUES (?1)")?;
        let started = now();
        let mut rows = 0_u64;
        while started.elapsed() < time {
            insert
                .execute(["approved, as one of a hundred bytes or so that a vote and its record take on the disk"])?;
            rows += 1;
        }
        Ok(rows as f64 / started.elapsed().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Commits;

    #[test]
    fn counts_rows_that_are_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let commits = Commits::new(&dir.path().join("x.db")).expect("a database");
        assert!(commits.rate(Duration::from_millis(20)).expect("rows") > 0.0);
        let rows: i64 = commits.connection.query_row("SELECT count(*) FROM votes", [], |row| row.get(0)).expect("rows");
        assert!(rows > 0);
    }
}
