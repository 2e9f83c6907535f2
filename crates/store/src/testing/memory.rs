//! A database in memory, without threads: for tests that run very many short histories.

use crate::audit;
use crate::engine::job::guarded;
use crate::engine::remembered::Remembered;
use crate::engine::sqlite::{command, in_memory};
use crate::engine::tx::{Engine, Tx};
use crate::error::Failure;
use countersign_domain::event::By;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use rusqlite::Connection;

/// A migrated SQLite database in memory.
pub struct Memory {
    conn: Connection,
    remembered: Remembered,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::new()
    }
}

impl Memory {
    /// A new database with all tables and no rows.
    ///
    /// # Panics
    /// If SQLite fails.
    pub fn new() -> Memory {
        let conn = in_memory().expect("a database in memory");
        crate::migrate::sqlite(&conn).expect("the tables");
        Memory { conn, remembered: Remembered::default() }
    }

    /// Runs `f` in a transaction, and undoes all it did.
    ///
    /// # Panics
    /// If `f` does, or SQLite fails.
    pub fn transaction<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> T) -> T {
        self.run("ROLLBACK", f)
    }

    /// Runs `f` in a transaction, and keeps what it did: for rows that many transactions start from.
    ///
    /// # Panics
    /// If `f` does, or SQLite fails.
    pub fn keep<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> T) -> T {
        self.run("COMMIT", f)
    }

    fn run<T>(&mut self, end: &'static str, f: impl FnOnce(&mut Tx<'_>) -> T) -> T {
        if !self.conn.is_autocommit() {
            command(&self.conn, "ROLLBACK").expect("the end of a transaction that panicked");
        }
        command(&self.conn, "BEGIN").expect("a transaction");
        let result = f(&mut Tx::new(Engine::Sqlite(&self.conn), &self.remembered));
        command(&self.conn, end).expect("the end of a transaction");
        result
    }
}

/// Does inside a transaction of [`Memory`] what `Store::write` does: runs a use case, records its ending, and undoes
/// what it must not keep. The transaction goes on.
///
/// # Errors
/// As `Store::write`.
///
/// # Panics
/// On a transaction of PostgreSQL.
pub fn write<T>(
    tx: &mut Tx<'_>,
    by: &By,
    now: Timestamp,
    job: impl Fn(&mut Tx<'_>) -> Result<Ending<T>, Failure>,
) -> Result<T, Failure> {
    let remembered = tx.shelves();
    let Engine::Sqlite(conn) = *tx.engine() else { panic!("only for databases in memory") };
    command(conn, "SAVEPOINT step")?;
    let mut inner = Tx::new(Engine::Sqlite(conn), remembered);
    let settled = guarded(&mut inner, &|tx: &mut Tx<'_>| audit::settle(tx, by, now, None, &job));
    if !settled.keep {
        command(conn, "ROLLBACK TO step")?;
    } else if let Some(head) = inner.head.take() {
        head.save(&mut inner)?;
    }
    command(conn, "RELEASE step")?;
    tx.reread_stamp();
    settled.answer
}
