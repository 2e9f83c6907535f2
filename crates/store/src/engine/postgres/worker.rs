//! One thread with one connection: runs use cases, again after a lost race or connection, and settles doubtful commits.

use super::session::Session;
use super::{POLICY_LOCK, connect, error};
use crate::audit;
use crate::engine::job::{Intent, Job, Mode};
use crate::engine::remembered::Remembered;
use crate::engine::threads::Queue;
use crate::engine::tx::{Engine, Fault, Tx};
use crate::error::{Error, Result};
use ::postgres::Config;
use std::thread;
use std::time::Duration;

/// How often a use case is run before its caller is told that it lost.
const RUNS: usize = 5;
/// How long to wait before connecting again, try by try.
const RECONNECT: [Duration; 3] = [Duration::ZERO, Duration::from_millis(100), Duration::from_millis(400)];

/// How a run of a job ended, if not well.
enum Trouble {
    /// Nothing was kept, and another run may succeed.
    Again(Error),
    /// Nothing was kept, and another run would end the same way.
    Last(Error),
    /// The connection was lost while committing: nobody knows whether anything was kept.
    Doubtful(Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        if fault.again { Trouble::Again(fault.error) } else { Trouble::Last(fault.error) }
    }
}

/// Takes use cases from the queue until it is closed.
pub(crate) fn run(config: &Config, remembered: &Remembered, queue: &Queue) {
    let mut worker = Worker { config, remembered, session: None };
    while let Some(job) = queue.next() {
        worker.serve(job);
    }
}

struct Worker<'c> {
    config: &'c Config,
    remembered: &'c Remembered,
    session: Option<Session>,
}

impl Worker<'_> {
    fn serve(&mut self, mut job: Box<dyn Job>) {
        let mut met = Error::Busy;
        for _ in 0..RUNS {
            let trouble = match self.attempt(job.as_mut()) {
                Ok(()) => return job.answer(),
                Err(trouble) => trouble,
            };
            match trouble {
                Trouble::Again(error) => met = error,
                Trouble::Last(error) => return job.fail(error),
                Trouble::Doubtful(error) => match self.was_kept(job.mode()) {
                    Ok(Some(true)) => return job.answer(),
                    Ok(Some(false)) => met = error,
                    Ok(None) => return job.fail(unknown(&error)),
                    Err(error) => return job.fail(unknown(&error)),
                },
            }
            tracing::warn!(error = %met, "running a use case again");
        }
        job.fail(met);
    }

    /// Runs the job once, in a transaction of its own.
    fn attempt(&mut self, job: &mut dyn Job) -> Result<(), Trouble> {
        let remembered = self.remembered;
        let session = self.session().map_err(Trouble::Last)?;
        let ended = transact(session, remembered, job);
        if session.client.is_closed() {
            self.session = None;
        }
        ended
    }

    /// Whether the records of a write whose commit is doubtful are there; `None` if it cannot be known.
    fn was_kept(&mut self, mode: &Mode) -> Result<Option<bool>> {
        let Mode::Write { key: Some(key), .. } = mode else { return Ok(None) };
        self.session = None;
        let remembered = self.remembered;
        let session = self.session()?;
        // The lock that every write holds to its end, taken alone: the lost connection's write has ended too.
        begin(session, &Mode::Write { intent: Intent::Edit, key: None }).map_err(|fault| fault.error)?;
        let found = audit::has_key(&mut Tx::new(Engine::Postgres(session), remembered), key);
        rollback(session);
        found.map(Some)
    }

    fn session(&mut self) -> Result<&mut Session> {
        if self.session.as_ref().is_none_or(|session| session.client.is_closed()) {
            self.session = Some(self.connected()?);
        }
        self.session.as_mut().ok_or_else(|| Error::Unavailable("no connection to PostgreSQL".into()))
    }

    fn connected(&self) -> Result<Session> {
        let mut met = Error::Busy;
        for pause in RECONNECT {
            thread::sleep(pause);
            match connect(self.config) {
                Ok(client) => return Ok(Session::new(client)),
                Err(error) => met = error,
            }
        }
        tracing::error!(error = %met, "no connection to PostgreSQL");
        Err(met)
    }
}

fn unknown(error: &Error) -> Error {
    Error::Unavailable(format!(
        "the connection was lost while the change was made durable; it may have happened: {error}"
    ))
}

fn command(session: &mut Session, sql: &str) -> Result<(), Fault> {
    session.client.batch_execute(sql).map_err(|e| error::fault(e, session.client.is_closed()))
}

fn commit(session: &mut Session) -> Result<(), Trouble> {
    session.client.batch_execute("COMMIT").map_err(|e| {
        if session.client.is_closed() || error::lost(&e) {
            Trouble::Doubtful(error::error(e))
        } else {
            error::fault(e, false).into()
        }
    })
}

/// Runs a job in a transaction of its own.
fn transact(session: &mut Session, remembered: &Remembered, job: &mut dyn Job) -> Result<(), Trouble> {
    begin(session, job.mode())?;
    let mut tx = Tx::new(Engine::Postgres(session), remembered);
    let keep = job.run(&mut tx);
    let fault = tx.fault().cloned();
    if keep {
        return commit(session);
    }
    rollback(session);
    match fault {
        Some(fault) if fault.again => Err(fault.into()),
        _ => Ok(()),
    }
}

/// Begins a transaction. One that cannot get its lock is ended at once: the next job must not find it.
fn begin(session: &mut Session, mode: &Mode) -> Result<(), Fault> {
    let begun = command(session, &opening(mode));
    if begun.is_err() {
        rollback(session);
    }
    begun
}

/// Ends a transaction of which nothing is kept. If that fails the connection is lost, which keeps nothing either.
fn rollback(session: &mut Session) {
    if let Err(fault) = command(session, "ROLLBACK") {
        tracing::warn!(error = %fault.error, "a transaction was not rolled back");
    }
}

/// The statements that begin a transaction, in one round trip. The policy lock comes first, so that every later statement
/// sees what its last holder committed.
fn opening(mode: &Mode) -> String {
    let write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    match mode {
        Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".into(),
        Mode::Housekeeping => write.into(),
        Mode::Write { intent: Intent::Decide, .. } => {
            format!("{write}; SELECT pg_advisory_xact_lock_shared({POLICY_LOCK})")
        }
        Mode::Write { intent: Intent::Edit, .. } => format!("{write}; SELECT pg_advisory_xact_lock({POLICY_LOCK})"),
    }
}
