//! The one thread that writes, with group commit: whatever waits shares one commit, and no answer leaves before it.

use super::commits::Commits;
use super::connection::command;
use crate::audit::Head;
use crate::engine::job::Job;
use crate::engine::remembered::Remembered;
use crate::engine::threads::Queue;
use crate::engine::tx::{Engine, Tx};
use crate::error::{Error, Result};
use rusqlite::Connection;

/// How many changes may share a commit. More would gain little and make the first of them wait.
const GROUP: usize = 256;

/// Takes changes from the queue until it is closed.
pub(super) fn run(conn: &Connection, commits: &Commits, remembered: &Remembered, queue: &Queue) {
    loop {
        let (group, last) = queue.next_group(GROUP);
        if !group.is_empty() {
            settle((conn, commits), remembered, group);
        }
        if last {
            return;
        }
    }
}

/// The connection that writes, and the count of its commits.
type Counted<'a> = (&'a Connection, &'a Commits);

fn settle(conn: Counted<'_>, remembered: &Remembered, mut group: Vec<Box<dyn Job>>) {
    match commit(conn, remembered, &mut group) {
        Ok(()) => group.into_iter().for_each(|job| job.answer()),
        Err(error) => {
            tracing::error!(%error, jobs = group.len(), "a group of changes was not committed");
            group.into_iter().for_each(|job| job.fail(error.clone()));
        }
    }
}

/// Commits a group. Nearly always every job that changed anything keeps it; so the group is run without savepoints first,
/// which saves copies of all pages it changes, and once more with them if a job has something to take back.
fn commit(conn: Counted<'_>, remembered: &Remembered, group: &mut [Box<dyn Job>]) -> Result<()> {
    if !conn.0.is_autocommit() {
        command(conn.0, "ROLLBACK")?;
    }
    match attempt(conn, remembered, group, bare)? {
        Kept::Cleanly => Ok(()),
        Kept::WithRemains => attempt(conn, remembered, group, in_savepoint).map(drop),
    }
}

/// How a job left the transaction that it shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Only what is to be kept is in it.
    Cleanly,
    /// Something is in it that is to be taken back.
    WithRemains,
}

/// A way to run a job. It is given the end of the audit chain as those before it in the group have left it.
type Run = fn(&Connection, &Remembered, &mut dyn Job, &mut Option<Head>) -> Result<Kept>;

/// Runs a group, and commits it if all is to be kept.
fn attempt(conn: Counted<'_>, remembered: &Remembered, group: &mut [Box<dyn Job>], run: Run) -> Result<Kept> {
    command(conn.0, "BEGIN IMMEDIATE")?;
    let done = run_all(conn, remembered, group, run);
    if done != Ok(Kept::Cleanly) && !conn.0.is_autocommit() {
        command(conn.0, "ROLLBACK")?;
    }
    done
}

fn run_all(
    (conn, commits): Counted<'_>,
    remembered: &Remembered,
    group: &mut [Box<dyn Job>],
    run: Run,
) -> Result<Kept> {
    let mut head = None;
    for job in group {
        if run(conn, remembered, job.as_mut(), &mut head)? == Kept::WithRemains {
            return Ok(Kept::WithRemains);
        }
    }
    if let Some(head) = head {
        head.save(&mut Tx::new(Engine::Sqlite(conn), remembered))?;
    }
    commits.during(|| command(conn, "COMMIT")).map(|()| Kept::Cleanly)
}

/// Runs a job with nothing around it.
fn bare(conn: &Connection, remembered: &Remembered, job: &mut dyn Job, head: &mut Option<Head>) -> Result<Kept> {
    let mut tx = Tx::new(Engine::Sqlite(conn), remembered);
    tx.head.clone_from(head);
    let keep = job.run(&mut tx);
    still_there(conn, &tx)?;
    let untouched = tx.dirty() == 0 && tx.fault().is_none();
    if keep {
        *head = tx.head;
    }
    Ok(if keep || untouched { Kept::Cleanly } else { Kept::WithRemains })
}

/// Runs a job in a savepoint, and takes back what is not to be kept.
fn in_savepoint(
    conn: &Connection,
    remembered: &Remembered,
    job: &mut dyn Job,
    head: &mut Option<Head>,
) -> Result<Kept> {
    command(conn, "SAVEPOINT job")?;
    let mut tx = Tx::new(Engine::Sqlite(conn), remembered);
    tx.head.clone_from(head);
    let keep = job.run(&mut tx);
    still_there(conn, &tx)?;
    if keep {
        *head = tx.head;
    } else {
        command(conn, "ROLLBACK TO job")?;
    }
    command(conn, "RELEASE job").map(|()| Kept::Cleanly)
}

/// A full disk rolls back everything, not only one job: then the group fails as one.
fn still_there(conn: &Connection, tx: &Tx<'_>) -> Result<()> {
    if !conn.is_autocommit() {
        return Ok(());
    }
    let why = tx.fault().map_or_else(|| "the database gave up the transaction".into(), |f| f.error.to_string());
    Err(Error::Unavailable(why))
}
