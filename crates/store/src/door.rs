//! The doors to the database: reads, recorded changes, and housekeeping.

use crate::audit;
use crate::engine::block_on::block_on;
use crate::engine::config::Config;
use crate::engine::dialect::Dialect;
use crate::engine::job::{Intent, Mode, Settled};
use crate::engine::postgres::Postgres;
use crate::engine::sqlite::Sqlite;
use crate::engine::threads::closed;
use crate::engine::tx::Tx;
use crate::error::{Error, Failure, Result};
use countersign_domain::event::By;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use std::sync::Arc;
use tokio::sync::watch;

/// How often a use case is run again that met a unique value: it looked, found none, and somebody else was faster. The
/// next run finds what is there, and answers as the rules say.
const AFTER_COLLISION: u8 = 2;

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Store {
    backend: Arc<Backend>,
    /// Rung after every recorded change.
    changed: watch::Sender<u64>,
    /// How many statements all transactions ran together.
    #[cfg(any(test, feature = "testing"))]
    statements: Arc<std::sync::atomic::AtomicU64>,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.close();
    }
}

impl Backend {
    fn close(&self) {
        match self {
            Backend::Sqlite(sqlite) => sqlite.close(),
            Backend::Postgres(postgres) => postgres.close(),
        }
    }
}

impl Store {
    /// Opens a database and brings its tables up to date.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it cannot be reached, or was made by a newer version.
    pub fn open(config: &Config) -> Result<Store> {
        let backend = match config {
            Config::Sqlite { path, readers } => Backend::Sqlite(Sqlite::open(path, *readers)?),
            Config::Postgres { url, threads } => Backend::Postgres(Postgres::open(url, *threads)?),
        };
        Ok(Store::on(backend))
    }

    /// As [`Store::open`], with room for only that many waiting changes.
    #[cfg(test)]
    pub(crate) fn open_narrow(config: &Config, capacity: usize) -> Result<Store> {
        let backend = match config {
            Config::Sqlite { path, readers } => Backend::Sqlite(Sqlite::with_queue(path, *readers, capacity)?),
            Config::Postgres { url, threads } => Backend::Postgres(Postgres::with_queue(url, *threads, capacity)?),
        };
        Ok(Store::on(backend))
    }

    fn on(backend: Backend) -> Store {
        Store {
            backend: Arc::new(backend),
            changed: watch::channel(0).0,
            #[cfg(any(test, feature = "testing"))]
            statements: Arc::default(),
        }
    }

    /// How many statements ran on this store so far, in whatever transactions.
    #[cfg(any(test, feature = "testing"))]
    pub fn statements(&self) -> u64 {
        self.statements.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// The work as given, but its statements are counted.
    #[cfg(any(test, feature = "testing"))]
    fn counted<T, E>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Settled<T, E> + Send + 'static,
    ) -> impl Fn(&mut Tx<'_>) -> Settled<T, E> + Send + 'static {
        let total = Arc::clone(&self.statements);
        move |tx| {
            let settled = work(tx);
            if tx.fault().is_none_or(|fault| !fault.again) {
                total.fetch_add(tx.statements(), std::sync::atomic::Ordering::Relaxed);
            }
            settled
        }
    }

    /// The work as given: only tests count.
    #[cfg(not(any(test, feature = "testing")))]
    fn counted<F>(&self, work: F) -> F {
        work
    }

    /// What rings whenever a recorded change was made through this store, from now on. Those of other processes do not.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Which engine it is.
    pub fn dialect(&self) -> Dialect {
        match *self.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Reads a little, in one snapshot: a few rows by key. On SQLite it runs on the calling thread. It may be run more than
    /// once; the answer is that of the last run.
    ///
    /// # Errors
    /// Those of `job`, and [`Error::Busy`] or [`Error::Unavailable`] as `E`.
    pub async fn read<T, E>(&self, job: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let work = self.counted(move |tx: &mut Tx<'_>| Settled::drop_with(job(tx)));
        let answer = match &*self.backend {
            Backend::Sqlite(sqlite) => return sqlite.read(&work),
            Backend::Postgres(postgres) => postgres.submit(Mode::Read, work)?,
        };
        answer.await.unwrap_or_else(|_| Err(closed().into()))
    }

    /// Reads much, in one snapshot: lists, counts, exports. Never on the calling thread.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn scan<T, E>(&self, job: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.submit(Mode::Read, move |tx| Settled::drop_with(job(tx))).await
    }

    /// Runs a use case that decides, and records what it did, in one transaction. It may be run more than once, but only
    /// one run is kept. When this returns, the change and its records are durable.
    ///
    /// # Errors
    /// [`Failure::Refused`] if the use case refuses; nothing but the refusal's own record is kept then.
    /// [`Error::Audit`] if it changed rows without recording why. [`Error::Busy`] if too many changes wait.
    pub async fn write<T>(
        &self,
        by: By,
        now: Timestamp,
        intent: Intent,
        job: impl Fn(&mut Tx<'_>) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
    {
        let ended = self.decide(by, now, intent, job).await;
        if ended.is_ok() {
            self.changed.send_modify(|count| *count = count.wrapping_add(1));
        }
        ended
    }

    async fn decide<T>(
        &self,
        by: By,
        now: Timestamp,
        intent: Intent,
        job: impl Fn(&mut Tx<'_>) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
    {
        if self.dialect() == Dialect::Sqlite {
            let mode = Mode::Write { intent, key: None };
            return self.submit(mode, move |tx| audit::settle(tx, &by, now, None, &job)).await;
        }
        let shared = Arc::new((by, job));
        let mut left = AFTER_COLLISION;
        loop {
            let (key, shared) = (audit::new_key()?, Arc::clone(&shared));
            let mode = Mode::Write { intent, key: Some(key.clone()) };
            let work = move |tx: &mut Tx<'_>| audit::settle(tx, &shared.0, now, Some(&key), &shared.1);
            match self.submit(mode, work).await {
                Err(Failure::Store(Error::UniqueViolation(_))) if left > 0 => left -= 1,
                ended => return ended,
            }
        }
    }

    /// Runs a change that nobody decides, without a record: log chunks, keep-alives, leases, last-used stamps.
    ///
    /// # Errors
    /// Those of `job`; nothing is kept then. [`Error::Busy`] if too many changes wait.
    pub async fn housekeeping<T>(
        &self,
        job: impl Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
    {
        let work = move |tx: &mut Tx<'_>| {
            let answer = job(tx);
            Settled { keep: answer.is_ok(), answer }
        };
        self.submit(Mode::Housekeeping, work).await
    }

    /// [`Store::read`] for callers that are not asynchronous.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, E>(&self, job: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        block_on(self.read(job))
    }

    /// [`Store::write`] for callers that are not asynchronous.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T>(
        &self,
        by: By,
        now: Timestamp,
        intent: Intent,
        job: impl Fn(&mut Tx<'_>) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
    {
        block_on(self.write(by, now, intent, job))
    }

    /// [`Store::housekeeping`] for callers that are not asynchronous.
    ///
    /// # Errors
    /// As [`Store::housekeeping`].
    pub fn housekeeping_blocking<T>(
        &self,
        job: impl Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
    {
        block_on(self.housekeeping(job))
    }

    /// Seals up to `batch` audit records into the chain of hashes; how many there were. On SQLite every record is sealed
    /// where it is made, so there are none.
    ///
    /// # Errors
    /// [`Error::Audit`] if the chain does not end as remembered.
    pub async fn seal_audit(&self, batch: u32) -> Result<usize> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(0);
        }
        let work = move |tx: &mut Tx<'_>| {
            let answer = audit::seal(tx, batch);
            Settled { keep: answer.is_ok(), answer }
        };
        self.submit(Mode::Housekeeping, work).await
    }

    /// Finishes what is queued and stops the threads. Later calls get [`Error::Unavailable`].
    pub fn close(&self) {
        self.backend.close();
    }

    async fn submit<T, E, F>(&self, mode: Mode, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Settled<T, E> + Send + 'static,
    {
        let work = self.counted(work);
        let answer = match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.submit(mode, work)?,
            Backend::Postgres(postgres) => postgres.submit(mode, work)?,
        };
        answer.await.unwrap_or_else(|_| Err(closed().into()))
    }
}
