//! Projects whose repository is fetched from elsewhere. What is secret comes and goes sealed.

use crate::many::{ids, params};
use crate::{Result, Row, Tx};
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::import::Status;
use countersign_domain::time::Timestamp;

/// Where a project's repository comes from, and how it stands with that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The project.
    pub project: ProjectId,
    /// From where, without credentials.
    pub url: String,
    /// Who set that: as them it is fetched.
    pub owner: UserId,
    /// Whether it is fetched again and again, and is only read here.
    pub mirror: bool,
    /// The credentials, sealed.
    pub credentials: Option<Vec<u8>>,
    /// The public part of the deploy key, as `authorized_keys` has it.
    pub public_key: Option<String>,
    /// The private part, sealed.
    pub private_key: Option<Vec<u8>>,
    /// The keys of the other side's host, as `known_hosts` has them; empty for those it shows first.
    pub known_hosts: String,
    /// How it stands.
    pub status: Status,
    /// Why the last fetch failed.
    pub error: Option<String>,
    /// How many fetches failed in a row.
    pub failures: i64,
    /// From when on it is to be fetched; `None` for not by itself.
    pub due_at: Option<Timestamp>,
    /// Which fetch is the last that began, counted from 1.
    pub attempt: i64,
    /// When the last fetch began.
    pub started_at: Option<Timestamp>,
    /// When the last fetch ended.
    pub ended_at: Option<Timestamp>,
    /// When a fetch from there last came to a good end.
    pub succeeded_at: Option<Timestamp>,
}

/// A fetch that one server has taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Of which project.
    pub project: ProjectId,
    /// Which fetch of it.
    pub attempt: i64,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT i.project_id, i.url, i.owner_id, i.mirror, i.credentials, i.public_key, i.private_key,
               i.known_hosts, i.status, i.error, i.failures, i.due_at, i.attempt, i.started_at, i.ended_at,
               i.succeeded_at
             FROM project_imports i ",
            $tail
        )
    };
}

/// The import of a project.
pub fn get(tx: &mut Tx<'_>, project: ProjectId) -> Result<Option<Import>> {
    tx.query_opt(select!("WHERE i.project_id = $1"), &[project.into()], import)
}

/// The imports of these projects, at most as many as a page has rows.
pub fn many(tx: &mut Tx<'_>, projects: &[i64]) -> Result<Vec<Import>> {
    tx.query(select!(concat!("WHERE i.project_id IN (", ids!(), ")")), &params(projects), import)
}

/// Keeps an import as it is now; how its fetches went, too. A fetch under way counts for nothing any more.
pub fn save(tx: &mut Tx<'_>, of: &Import, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO project_imports (project_id, url, owner_id, mirror, credentials, public_key, private_key,
           known_hosts, status, error, failures, due_at, attempt, started_at, ended_at, succeeded_at, created_at,
           updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
         ON CONFLICT (project_id) DO UPDATE SET url = excluded.url, owner_id = excluded.owner_id,
           mirror = excluded.mirror, credentials = excluded.credentials, public_key = excluded.public_key,
           private_key = excluded.private_key, known_hosts = excluded.known_hosts, status = excluded.status,
           error = excluded.error, failures = excluded.failures, due_at = excluded.due_at,
           attempt = project_imports.attempt + 1, started_at = excluded.started_at, ended_at = excluded.ended_at,
           succeeded_at = excluded.succeeded_at, lease_until = NULL, updated_at = excluded.updated_at",
        &[
            of.project.into(),
            of.url.as_str().into(),
            of.owner.into(),
            of.mirror.into(),
            of.credentials.clone().into(),
            of.public_key.as_deref().into(),
            of.private_key.clone().into(),
            of.known_hosts.as_str().into(),
            of.status.as_str().into(),
            of.error.as_deref().into(),
            of.failures.into(),
            of.due_at.into(),
            of.attempt.into(),
            of.started_at.into(),
            of.ended_at.into(),
            of.succeeded_at.into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Forgets the import of a project; its branches and tags stay.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId) -> Result<()> {
    tx.execute("DELETE FROM project_imports WHERE project_id = $1", &[project.into()]).map(drop)
}

/// Whether there is a fetch whose time has come and that no server is at.
pub fn claimable(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    let sql = "SELECT project_id FROM project_imports
               WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) LIMIT 1";
    Ok(tx.query_opt(sql, &[now.into()], |_| Ok(()))?.is_some())
}

/// Takes on at most `limit` fetches whose time has come and that no server is at, until `lease`. Those that are due
/// longest come first.
pub fn claim(tx: &mut Tx<'_>, limit: i64, now: Timestamp, lease: Timestamp) -> Result<Vec<Claim>> {
    let due = tx.query(
        "SELECT project_id, attempt FROM project_imports
         WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) ORDER BY due_at, project_id LIMIT $2",
        &[now.into(), limit.into()],
        |row| Ok((row.get::<ProjectId>(0)?, row.get::<i64>(1)?)),
    )?;
    let mut claimed = Vec::new();
    for (project, attempt) in due {
        let taken = tx.execute(
            "UPDATE project_imports SET status = 'started', attempt = attempt + 1, lease_until = $3, started_at = $4
             WHERE project_id = $1 AND attempt = $2 AND (lease_until IS NULL OR lease_until <= $4)",
            &[project.into(), attempt.into(), lease.into(), now.into()],
        )?;
        if taken > 0 {
            claimed.push(Claim { project, attempt: attempt + 1 });
        }
    }
    Ok(claimed)
}

/// Keeps a fetch taken on until `lease`. Returns whether it is still this server's.
pub fn renew(tx: &mut Tx<'_>, claim: Claim, lease: Timestamp) -> Result<bool> {
    let sql = "UPDATE project_imports SET lease_until = $3 WHERE project_id = $1 AND attempt = $2
               AND lease_until IS NOT NULL";
    Ok(tx.execute(sql, &[claim.project.into(), claim.attempt.into(), lease.into()])? > 0)
}

/// How a fetch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Why it failed; `None` if it did not.
    pub error: Option<String>,
    /// How many failed in a row, with this one.
    pub failures: i64,
    /// The keys that the other side's host showed.
    pub known_hosts: String,
    /// From when on it is to be fetched again.
    pub due_at: Option<Timestamp>,
}

/// Notes how a fetch ended, unless it was taken from this server meanwhile, or the import changed.
pub fn end(tx: &mut Tx<'_>, claim: Claim, end: &End, now: Timestamp) -> Result<()> {
    let status = if end.error.is_none() { Status::Finished } else { Status::Failed };
    tx.execute(
        "UPDATE project_imports SET status = $3, error = $4, failures = $5, known_hosts = $6, due_at = $7,
           lease_until = NULL, ended_at = $8, succeeded_at = CASE WHEN $9 THEN $8 ELSE succeeded_at END
         WHERE project_id = $1 AND attempt = $2 AND lease_until IS NOT NULL",
        &[
            claim.project.into(),
            claim.attempt.into(),
            status.as_str().into(),
            end.error.as_deref().into(),
            end.failures.into(),
            end.known_hosts.as_str().into(),
            end.due_at.into(),
            now.into(),
            end.error.is_none().into(),
        ],
    )
    .map(drop)
}

fn import(row: &Row<'_>) -> Result<Import> {
    Ok(Import {
        project: row.get(0)?,
        url: row.get(1)?,
        owner: row.get(2)?,
        mirror: row.get(3)?,
        credentials: row.get(4)?,
        public_key: row.get(5)?,
        private_key: row.get(6)?,
        known_hosts: row.get(7)?,
        status: row.word(8, Status::parse)?,
        error: row.get(9)?,
        failures: row.get(10)?,
        due_at: row.get(11)?,
        attempt: row.get(12)?,
        started_at: row.get(13)?,
        ended_at: row.get(14)?,
        succeeded_at: row.get(15)?,
    })
}
