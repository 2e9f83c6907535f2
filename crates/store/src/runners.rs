//! Runners, and the machines that share a runner's token.

use crate::many::{ids, params};
use crate::{Result, Row, Tx};
use countersign_domain::ids::{GroupId, ProjectId, RunnerId, UserId};
use countersign_domain::time::Timestamp;

/// A runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// Its id.
    pub id: RunnerId,
    /// `instance_type`, `group_type` or `project_type`.
    pub runner_type: String,
    /// The group it serves, with its subgroups.
    pub group_id: Option<GroupId>,
    /// The project it serves.
    pub project_id: Option<ProjectId>,
    /// What it is called.
    pub description: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it takes jobs without tags.
    pub run_untagged: bool,
    /// Whether it gets no jobs for now.
    pub paused: bool,
    /// The longest it may take for a job, in seconds.
    pub maximum_timeout: Option<i64>,
}

/// A new runner.
#[derive(Debug, Clone)]
pub struct NewRunner<'a> {
    /// `instance_type`, `group_type` or `project_type`.
    pub runner_type: &'a str,
    /// The group it serves.
    pub group_id: Option<GroupId>,
    /// The project it serves.
    pub project_id: Option<ProjectId>,
    /// The hash of its token.
    pub token_hash: Vec<u8>,
    /// What it is called.
    pub description: &'a str,
    /// Its tags.
    pub tags: &'a [String],
    /// Whether it takes jobs without tags.
    pub run_untagged: bool,
    /// Whether it gets no jobs for now.
    pub paused: bool,
    /// Whether it is bound to the project it was created for.
    pub locked: bool,
    /// The longest it may take for a job, in seconds.
    pub maximum_timeout: Option<i64>,
    /// Who creates it.
    pub created_by: Option<UserId>,
}

/// The runner with that token.
pub fn by_token(tx: &mut Tx<'_>, hash: Vec<u8>) -> Result<Option<Runner>> {
    tx.query_opt(
        "SELECT id, runner_type, group_id, project_id, description, tags, run_untagged, paused, maximum_timeout
         FROM runners WHERE token_hash = $1",
        &[hash.into()],
        runner,
    )
}

/// The runner with that id.
pub fn get(tx: &mut Tx<'_>, id: RunnerId) -> Result<Option<Runner>> {
    tx.query_opt(
        "SELECT id, runner_type, group_id, project_id, description, tags, run_untagged, paused, maximum_timeout
         FROM runners WHERE id = $1",
        &[id.into()],
        runner,
    )
}

/// The runners with those ids (at most [`crate::many::MOST`]).
pub fn many(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<Runner>> {
    tx.query(
        concat!(
            "SELECT id, runner_type, group_id, project_id, description, tags, run_untagged, paused, maximum_timeout
             FROM runners WHERE id IN (",
            ids!(),
            ") ORDER BY id"
        ),
        &params(ids),
        runner,
    )
}

/// Creates a runner.
pub fn insert(tx: &mut Tx<'_>, new: &NewRunner<'_>, now: Timestamp) -> Result<RunnerId> {
    let tags = serde_json::to_string(new.tags).unwrap_or_else(|_| "[]".into());
    let id = tx.insert(
        "INSERT INTO runners (runner_type, group_id, project_id, token_hash, description, tags, run_untagged, paused,
           locked, maximum_timeout, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        &[
            new.runner_type.into(),
            new.group_id.into(),
            new.project_id.into(),
            new.token_hash.clone().into(),
            new.description.into(),
            tags.into(),
            new.run_untagged.into(),
            new.paused.into(),
            new.locked.into(),
            new.maximum_timeout.into(),
            new.created_by.into(),
            now.into(),
        ],
    )?;
    Ok(RunnerId(id))
}

/// How many machines of a runner are remembered: those heard of last.
pub const MOST_MACHINES: i64 = 1000;

/// Notes that a runner was heard of, on one of its machines. Beyond [`MOST_MACHINES`] the longest silent are forgotten.
pub fn touch(
    tx: &mut Tx<'_>,
    id: RunnerId,
    system_id: &str,
    version: &str,
    features: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute("UPDATE runners SET contacted_at = $2 WHERE id = $1", &[id.into(), now.into()])?;
    tx.execute(
        "INSERT INTO runner_managers (runner_id, system_id, version, features, contacted_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (runner_id, system_id)
         DO UPDATE SET version = excluded.version, features = excluded.features, contacted_at = excluded.contacted_at",
        &[id.into(), system_id.into(), version.into(), features.into(), now.into()],
    )?;
    tx.execute(
        "DELETE FROM runner_managers WHERE runner_id = $1 AND (contacted_at, id) <
           (SELECT contacted_at, id FROM runner_managers WHERE runner_id = $1
            ORDER BY contacted_at DESC, id DESC LIMIT 1 OFFSET $2)",
        &[id.into(), (MOST_MACHINES - 1).into()],
    )
    .map(drop)
}

/// What a runner's machines said they can do, as JSON, the last heard of first.
pub fn features(tx: &mut Tx<'_>, id: RunnerId) -> Result<Option<String>> {
    let sql = "SELECT features FROM runner_managers WHERE runner_id = $1 ORDER BY contacted_at DESC, id LIMIT 1";
    tx.query_opt(sql, &[id.into()], |row| row.get(0))
}

fn runner(row: &Row<'_>) -> Result<Runner> {
    Ok(Runner {
        id: row.get(0)?,
        runner_type: row.get(1)?,
        group_id: row.get(2)?,
        project_id: row.get(3)?,
        description: row.get(4)?,
        tags: serde_json::from_str(&row.get::<String>(5)?).unwrap_or_default(),
        run_untagged: row.get(6)?,
        paused: row.get(7)?,
        maximum_timeout: row.get(8)?,
    })
}
