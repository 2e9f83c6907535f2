//! PostgreSQL: named threads, each with one connection, behind one bounded queue.
//!
//! A client of the `postgres` crate drives a runtime of its own: it must never be used or dropped on a thread of tokio's.

mod error;
mod session;
mod worker;

use super::job::{Mode, Settled, task};
use super::remembered::Remembered;
use super::threads::{Queue, Threads};
use super::tx::Tx;
use crate::error::{Error, Result};
use ::postgres::config::SslMode;
use ::postgres::{Client, Config, NoTls};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

pub(crate) use error::error;
pub(crate) use session::{Session, cell, execute, query};

/// Requests that may wait for a connection.
const QUEUE: usize = 1024;
/// How long to wait for a server that does not answer, unless the URL says otherwise.
const CONNECT: Duration = Duration::from_secs(5);

/// The lock all decisions share and edits of the rules hold alone ("counters" in ASCII).
pub(crate) const POLICY_LOCK: i64 = 0x636f_756e_7465_7273;
/// The lock of whoever seals audit records.
pub(crate) const SEAL_LOCK: i64 = POLICY_LOCK + 1;
/// The lock of whoever brings the tables up to date.
pub(crate) const MIGRATE_LOCK: i64 = POLICY_LOCK + 2;
/// The lock of whoever makes the template of test databases.
#[cfg(any(test, feature = "testing"))]
pub(crate) const TEMPLATE_LOCK: i64 = POLICY_LOCK + 3;

/// A PostgreSQL database in use.
pub(crate) struct Postgres {
    threads: Threads,
}

impl Postgres {
    /// Connects, brings the tables up to date, and starts the threads.
    pub(crate) fn open(url: &str, threads: usize) -> Result<Postgres> {
        Postgres::with_queue(url, threads, QUEUE)
    }

    /// As [`Postgres::open`], with room for that many waiting requests.
    pub(crate) fn with_queue(url: &str, threads: usize, capacity: usize) -> Result<Postgres> {
        let config = config(url)?;
        on_own_thread(|| crate::migrate::postgres(&mut connect(&config)?))?;
        let remembered = Arc::<Remembered>::default();
        let worker = |_| {
            let (config, remembered) = (config.clone(), Arc::clone(&remembered));
            move |queue: &Queue| worker::run(&config, &remembered, queue)
        };
        let workers = (0..threads.max(1)).map(worker).collect();
        Ok(Postgres { threads: Threads::start("postgres", capacity, workers)? })
    }

    /// Queues a use case.
    pub(crate) fn submit<T, E, F>(&self, mode: Mode, work: F) -> Result<oneshot::Receiver<Result<T, E>>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Settled<T, E> + Send + 'static,
    {
        let (job, answer) = task(mode, work);
        self.threads.send(job)?;
        Ok(answer)
    }

    /// Finishes what is queued, and closes the connections.
    pub(crate) fn close(&self) {
        self.threads.close();
    }
}

/// Reads a connection string, and refuses those that ask for what we cannot do.
pub(crate) fn config(url: &str) -> Result<Config> {
    let no_tls = || {
        Error::Unavailable(
            "this version connects to PostgreSQL without TLS: use sslmode=disable on a trusted network, or a local proxy \
             that adds TLS"
                .into(),
        )
    };
    if url.contains("sslmode=verify-") {
        return Err(no_tls());
    }
    let mut config: Config =
        url.parse().map_err(|e| Error::Unavailable(format!("the PostgreSQL connection string is not valid: {e}")))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(no_tls());
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_application_name().is_none() {
        config.application_name("countersign");
    }
    Ok(config)
}

/// Opens one connection. Never call it on a thread of tokio's.
pub(crate) fn connect(config: &Config) -> Result<Client> {
    let mut client = config
        .connect(NoTls)
        .map_err(|e| Error::Unavailable(format!("cannot connect to PostgreSQL: {}", error::text(&e))))?;
    // The planner overrates recursive queries; compiling one took seconds where running it took a millisecond.
    client.batch_execute("SET statement_timeout = '30s'; SET jit = off").map_err(error)?;
    Ok(client)
}

/// Runs `work` on a thread that may use a client, and waits for it.
pub(crate) fn on_own_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_| Err(Error::Database("a thread that used PostgreSQL panicked".into())))
}
