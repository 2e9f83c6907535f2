//! SQLite: one writer thread, reads on the thread that asks, and a few threads for long reads.

mod connection;
mod error;
mod writer;

use super::job::{Mode, Settled, guarded, task};
use super::remembered::Remembered;
use super::threads::{Queue, Threads, closed, lock};
use super::tx::{Engine, Tx};
use crate::error::{Error, Result};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

#[cfg(any(test, feature = "testing"))]
pub(crate) use connection::in_memory;
pub(crate) use connection::{cell, command, execute, query};
pub(crate) use error::error;

/// Changes that may wait. More than this, and the disk is far behind: better to say so.
const WRITE_QUEUE: usize = 1024;
/// Long reads that may wait.
const SCAN_QUEUE: usize = 256;

/// An open SQLite database.
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Threads,
    scanners: Threads,
    /// Connections for short reads that are not in use just now; `None` when closed. A stack, so that a warm one is
    /// taken first: there are never more of them than reads at one time.
    idle: Mutex<Option<Vec<Connection>>>,
    remembered: Arc<Remembered>,
}

impl Sqlite {
    /// Opens the file, makes it if it is missing, and brings its tables up to date.
    pub(crate) fn open(path: &Path, readers: usize) -> Result<Sqlite> {
        Sqlite::with_queue(path, readers, WRITE_QUEUE)
    }

    /// As [`Sqlite::open`], with room for that many waiting changes.
    pub(crate) fn with_queue(path: &Path, readers: usize, capacity: usize) -> Result<Sqlite> {
        let writing = connection::open_writer(path)?;
        crate::migrate::sqlite(&writing)?;
        let scanning = (0..readers.max(1)).map(|_| connection::open_reader(path)).collect::<Result<Vec<_>>>()?;
        let remembered = Arc::<Remembered>::default();
        let shared = Arc::clone(&remembered);
        let writer = move |queue: &Queue| writer::run(&writing, &shared, queue);
        let scanner = |conn| {
            let shared = Arc::clone(&remembered);
            move |queue: &Queue| scan(&conn, &shared, queue)
        };
        let scanners = scanning.into_iter().map(scanner).collect();
        Ok(Sqlite {
            path: path.to_owned(),
            writer: Threads::start("sqlite-writer", capacity, vec![writer])?,
            scanners: Threads::start("sqlite-reader", SCAN_QUEUE, scanners)?,
            idle: Mutex::new(Some(Vec::new())),
            remembered,
        })
    }

    /// Runs a short read right here, in one snapshot.
    pub(crate) fn read<T, E: From<Error>>(&self, work: &impl Fn(&mut Tx<'_>) -> Settled<T, E>) -> Result<T, E> {
        let conn = self.take()?;
        let settled = in_snapshot(&conn, &self.remembered, |tx| guarded(tx, work))?;
        if let Some(idle) = lock(&self.idle).as_mut() {
            idle.push(conn);
        }
        settled.answer
    }

    /// Queues a read for the reader threads, or a change for the writer thread.
    pub(crate) fn submit<T, E, F>(&self, mode: Mode, work: F) -> Result<oneshot::Receiver<Result<T, E>>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Settled<T, E> + Send + 'static,
    {
        let threads = if mode == Mode::Read { &self.scanners } else { &self.writer };
        let (job, answer) = task(mode, work);
        threads.send(job)?;
        Ok(answer)
    }

    /// Finishes what is queued, and closes the file.
    pub(crate) fn close(&self) {
        self.scanners.close();
        drop(lock(&self.idle).take());
        // Last, so that it is the writer who folds the log back into the database file.
        self.writer.close();
    }

    fn take(&self) -> Result<Connection> {
        let pooled = lock(&self.idle).as_mut().ok_or_else(closed)?.pop();
        pooled.map_or_else(|| connection::open_reader(&self.path), Ok)
    }
}

fn scan(conn: &Connection, remembered: &Remembered, queue: &Queue) {
    while let Some(mut job) = queue.next() {
        match in_snapshot(conn, remembered, |tx| job.run(tx)) {
            Ok(_) => job.answer(),
            Err(error) => job.fail(error),
        }
    }
}

fn in_snapshot<T>(conn: &Connection, remembered: &Remembered, read: impl FnOnce(&mut Tx<'_>) -> T) -> Result<T> {
    if !conn.is_autocommit() {
        command(conn, "ROLLBACK")?;
    }
    command(conn, "BEGIN")?;
    let result = read(&mut Tx::new(Engine::Sqlite(conn), remembered));
    command(conn, "COMMIT")?;
    Ok(result)
}
