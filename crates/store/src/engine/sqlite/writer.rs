//! The one thread that writes, with group commit: whatever waits shares one commit, and no answer leaves before it.

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
pub(crate) fn run(conn: &Connection, remembered: &Remembered, queue: &Queue) {
    loop {
        let (group, last) = queue.next_group(GROUP);
        if !group.is_empty() {
            settle(conn, remembered, group);
        }
        if last {
            return;
        }
    }
}

fn settle(conn: &Connection, remembered: &Remembered, mut group: Vec<Box<dyn Job>>) {
    match commit(conn, remembered, &mut group) {
        Ok(()) => group.into_iter().for_each(|job| job.answer()),
        Err(error) => {
            tracing::error!(%error, jobs = group.len(), "a group of changes was not committed");
            group.into_iter().for_each(|job| job.fail(error.clone()));
        }
    }
}

fn commit(conn: &Connection, remembered: &Remembered, group: &mut [Box<dyn Job>]) -> Result<()> {
    if !conn.is_autocommit() {
        command(conn, "ROLLBACK")?;
    }
    command(conn, "BEGIN IMMEDIATE")?;
    let mut head = None;
    let done = group
        .iter_mut()
        .try_for_each(|job| in_savepoint(conn, remembered, job.as_mut(), &mut head))
        .and_then(|()| head.map_or(Ok(()), |head| head.save(&mut Tx::new(Engine::Sqlite(conn), remembered))))
        .and_then(|()| command(conn, "COMMIT"));
    if done.is_err() && !conn.is_autocommit() {
        command(conn, "ROLLBACK")?;
    }
    done
}

/// Runs a job. `head` is the end of the audit chain as those before it in the group have left it.
fn in_savepoint(conn: &Connection, remembered: &Remembered, job: &mut dyn Job, head: &mut Option<Head>) -> Result<()> {
    command(conn, "SAVEPOINT job")?;
    let mut tx = Tx::new(Engine::Sqlite(conn), remembered);
    tx.head.clone_from(head);
    let keep = job.run(&mut tx);
    if conn.is_autocommit() {
        // A full disk rolls back everything, not only this job: then the group fails as one.
        let why = tx.fault().map_or_else(|| "the database gave up the transaction".into(), |f| f.error.to_string());
        return Err(Error::Unavailable(why));
    }
    if keep {
        *head = tx.head;
    } else {
        command(conn, "ROLLBACK TO job")?;
    }
    command(conn, "RELEASE job")
}
