//! SQLite: one writer thread, reads on the thread that asks, and a few threads for long reads.

mod answers;
mod commits;
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

pub(crate) use answers::{AnsweredRow, Answers};
use commits::{Commits, Count};
#[cfg(any(test, feature = "testing"))]
pub(crate) use connection::in_memory;
pub(crate) use connection::{cell, command, execute, query, query_or_recall};
pub(crate) use error::error;

/// Changes that may wait. More than this, and the disk is far behind: better to say so.
const WRITE_QUEUE: usize = 1024;
/// Long reads that may wait.
const SCAN_QUEUE: usize = 256;

/// A connection for short reads.
struct Reader {
    conn: Connection,
    answers: Answers,
}

/// An open SQLite database.
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Threads,
    scanners: Threads,
    /// Connections for short reads that are not in use just now; `None` when closed. A stack, so that a warm one is
    /// taken first: there are never more of them than reads at one time.
    idle: Mutex<Option<Vec<Reader>>>,
    commits: Arc<Commits>,
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
        let commits = Arc::<Commits>::default();
        let (shared, counted) = (Arc::clone(&remembered), Arc::clone(&commits));
        let writer = move |queue: &Queue| writer::run(&writing, &counted, &shared, queue);
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
            commits,
            remembered,
        })
    }

    /// Runs a short read right here, in one snapshot.
    pub(crate) fn read<T, E: From<Error>>(&self, work: &impl Fn(&mut Tx<'_>) -> Settled<T, E>) -> Result<T, E> {
        let mut reader = self.take()?;
        let settled = reader.read(self.commits.count(), &self.remembered, work)?;
        if let Some(idle) = lock(&self.idle).as_mut() {
            idle.push(reader);
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

    fn take(&self) -> Result<Reader> {
        let pooled = lock(&self.idle).as_mut().ok_or_else(closed)?.pop();
        pooled
            .map_or_else(|| Ok(Reader { conn: connection::open_reader(&self.path)?, answers: Answers::default() }), Ok)
    }
}

impl Reader {
    /// Reads what the answers give, or else in a snapshot. The count of commits was taken before.
    fn read<T, E: From<Error>>(
        &mut self,
        count: Option<Count>,
        remembered: &Remembered,
        work: &impl Fn(&mut Tx<'_>) -> Settled<T, E>,
    ) -> Result<Settled<T, E>> {
        let Reader { conn, answers } = self;
        if answers.hold(count) {
            let mut tx = Tx::new(Engine::SqliteReader(conn, answers), remembered);
            let settled = guarded(&mut tx, work);
            if tx.fault().is_none_or(|fault| !fault.again) {
                return Ok(settled);
            }
        }
        in_snapshot(conn, || {
            answers.begin(count, || connection::version(conn))?;
            Ok(guarded(&mut Tx::new(Engine::SqliteReader(conn, answers), remembered), work))
        })
    }
}

fn scan(conn: &Connection, remembered: &Remembered, queue: &Queue) {
    while let Some(mut job) = queue.next() {
        match in_snapshot(conn, || Ok(job.run(&mut Tx::new(Engine::Sqlite(conn), remembered)))) {
            Ok(_) => job.answer(),
            Err(error) => job.fail(error),
        }
    }
}

fn in_snapshot<T>(conn: &Connection, read: impl FnOnce() -> Result<T>) -> Result<T> {
    if !conn.is_autocommit() {
        command(conn, "ROLLBACK")?;
    }
    command(conn, "BEGIN")?;
    let result = read()?;
    command(conn, "COMMIT")?;
    Ok(result)
}
