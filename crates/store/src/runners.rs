//! Runners, and the machines that share a runner's token.

mod list;

pub use list::{Among, Filter, MOST_TAGS, list};

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
    /// The project it was made for.
    pub project_id: Option<ProjectId>,
    /// What it is called.
    pub description: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it takes jobs without tags.
    pub run_untagged: bool,
    /// Whether it gets no jobs for now.
    pub paused: bool,
    /// Whether it is bound to the project it was created for.
    pub locked: bool,
    /// Whether it gets only what runs on protected branches and tags.
    pub ref_protected: bool,
    /// The longest it may take for a job, in seconds.
    pub maximum_timeout: Option<i64>,
    /// What those who look after it note about it.
    pub maintenance_note: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last heard of.
    pub contacted_at: Option<Timestamp>,
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
    /// Whether it gets only what runs on protected branches and tags.
    pub ref_protected: bool,
    /// The longest it may take for a job, in seconds.
    pub maximum_timeout: Option<i64>,
    /// What those who look after it note about it.
    pub maintenance_note: Option<&'a str>,
    /// Who creates it.
    pub created_by: Option<UserId>,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT r.id, r.runner_type, r.group_id, r.project_id, r.description, r.tags, r.run_untagged, r.paused, \
             r.maximum_timeout, r.locked, r.ref_protected, r.maintenance_note, r.created_at, r.contacted_at \
             FROM runners r ",
            $tail
        )
    };
}
use select;

/// The runner with that token.
pub fn by_token(tx: &mut Tx<'_>, hash: Vec<u8>) -> Result<Option<Runner>> {
    tx.query_opt(select!("WHERE r.token_hash = $1"), &[hash.into()], runner)
}

/// The runner with that id.
pub fn get(tx: &mut Tx<'_>, id: RunnerId) -> Result<Option<Runner>> {
    tx.query_opt(select!("WHERE r.id = $1"), &[id.into()], runner)
}

/// The runners with those ids (at most [`crate::many::MOST`]).
pub fn many(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<Runner>> {
    tx.query(select!(concat!("WHERE r.id IN (", ids!(), ") ORDER BY r.id")), &params(ids), runner)
}

/// The runners that serve a project because they were made for it, or given to it.
pub fn serving(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<RunnerId>> {
    let sql = "SELECT runner_id FROM runner_projects WHERE project_id = $1 ORDER BY runner_id";
    tx.query(sql, &[project.into()], |row| row.get(0))
}

/// The projects that a runner serves because it was made for them, or given to them: the oldest first.
pub fn projects_of(tx: &mut Tx<'_>, id: RunnerId) -> Result<Vec<ProjectId>> {
    let sql = "SELECT project_id FROM runner_projects WHERE runner_id = $1 ORDER BY project_id";
    tx.query(sql, &[id.into()], |row| row.get(0))
}

/// Lets a runner serve one more project; it may do so already.
pub fn join(tx: &mut Tx<'_>, id: RunnerId, project: ProjectId) -> Result<()> {
    let sql = "INSERT INTO runner_projects (runner_id, project_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.execute(sql, &[id.into(), project.into()]).map(drop)
}

/// Lets a runner serve a project no more.
pub fn part(tx: &mut Tx<'_>, id: RunnerId, project: ProjectId) -> Result<()> {
    let sql = "DELETE FROM runner_projects WHERE runner_id = $1 AND project_id = $2";
    tx.execute(sql, &[id.into(), project.into()]).map(drop)
}

/// Saves what may change of a runner.
pub fn save(tx: &mut Tx<'_>, of: &Runner) -> Result<()> {
    let tags = serde_json::to_string(&of.tags).unwrap_or_else(|_| "[]".into());
    tx.execute(
        "UPDATE runners SET description = $2, tags = $3, run_untagged = $4, paused = $5, locked = $6,
           ref_protected = $7, maximum_timeout = $8, maintenance_note = $9 WHERE id = $1",
        &[
            of.id.into(),
            of.description.as_str().into(),
            tags.into(),
            of.run_untagged.into(),
            of.paused.into(),
            of.locked.into(),
            of.ref_protected.into(),
            of.maximum_timeout.into(),
            of.maintenance_note.as_deref().into(),
        ],
    )
    .map(drop)
}

/// Gives a runner another token: the old one opens nothing any more.
pub fn set_token(tx: &mut Tx<'_>, id: RunnerId, hash: Vec<u8>) -> Result<()> {
    tx.execute("UPDATE runners SET token_hash = $2 WHERE id = $1", &[id.into(), hash.into()]).map(drop)
}

/// Deletes a runner with its machines; its jobs stay.
pub fn delete(tx: &mut Tx<'_>, id: RunnerId) -> Result<()> {
    tx.execute("DELETE FROM runners WHERE id = $1", &[id.into()]).map(drop)
}

/// A machine that uses a runner's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its number.
    pub id: i64,
    /// When it was last heard of.
    pub contacted_at: Timestamp,
    /// What it said.
    pub said: Said,
}

/// What a machine says of itself, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// What it calls itself.
    pub system_id: String,
    /// The version of its program.
    pub version: String,
    /// The revision its program was built from.
    pub revision: Option<String>,
    /// Its operating system.
    pub platform: Option<String>,
    /// Its processor.
    pub architecture: Option<String>,
    /// How it runs jobs.
    pub executor: Option<String>,
    /// The address it was last heard from.
    pub ip_address: Option<String>,
    /// What its program can do, as JSON.
    pub features: String,
}

/// The machines of a runner, the last heard of first.
pub fn machines(tx: &mut Tx<'_>, id: RunnerId) -> Result<Vec<Machine>> {
    let sql =
        "SELECT id, contacted_at, system_id, version, revision, platform, architecture, executor, ip_address, features
         FROM runner_managers WHERE runner_id = $1 ORDER BY contacted_at DESC, id DESC";
    tx.query(sql, &[id.into()], machine)
}

fn machine(row: &Row<'_>) -> Result<Machine> {
    Ok(Machine {
        id: row.get(0)?,
        contacted_at: row.get(1)?,
        said: Said {
            system_id: row.get(2)?,
            version: row.get(3)?,
            revision: row.get(4)?,
            platform: row.get(5)?,
            architecture: row.get(6)?,
            executor: row.get(7)?,
            ip_address: row.get(8)?,
            features: row.get(9)?,
        },
    })
}

/// Forgets a machine of a runner; whether there was one of that name.
pub fn forget(tx: &mut Tx<'_>, id: RunnerId, system_id: &str) -> Result<bool> {
    let sql = "DELETE FROM runner_managers WHERE runner_id = $1 AND system_id = $2";
    Ok(tx.execute(sql, &[id.into(), system_id.into()])? > 0)
}

/// Creates a runner.
pub fn insert(tx: &mut Tx<'_>, new: &NewRunner<'_>, now: Timestamp) -> Result<RunnerId> {
    let tags = serde_json::to_string(new.tags).unwrap_or_else(|_| "[]".into());
    let id = tx.insert(
        "INSERT INTO runners (runner_type, group_id, project_id, token_hash, description, tags, run_untagged, paused,
           locked, maximum_timeout, created_by, created_at, ref_protected, maintenance_note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
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
            new.ref_protected.into(),
            new.maintenance_note.into(),
        ],
    )?;
    if let Some(project) = new.project_id {
        join(tx, RunnerId(id), project)?;
    }
    Ok(RunnerId(id))
}

/// How many machines of a runner are remembered: those heard of last.
pub const MOST_MACHINES: i64 = 1000;

/// Notes that a runner was heard of, on one of its machines. Beyond [`MOST_MACHINES`] the longest silent are forgotten.
pub fn touch(tx: &mut Tx<'_>, id: RunnerId, said: &Said, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE runners SET contacted_at = $2 WHERE id = $1", &[id.into(), now.into()])?;
    tx.execute(
        "INSERT INTO runner_managers (runner_id, system_id, version, features, contacted_at, revision, platform,
           architecture, executor, ip_address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (runner_id, system_id)
         DO UPDATE SET version = excluded.version, features = excluded.features, contacted_at = excluded.contacted_at,
           revision = excluded.revision, platform = excluded.platform, architecture = excluded.architecture,
           executor = excluded.executor, ip_address = excluded.ip_address",
        &[
            id.into(),
            said.system_id.as_str().into(),
            said.version.as_str().into(),
            said.features.as_str().into(),
            now.into(),
            said.revision.as_deref().into(),
            said.platform.as_deref().into(),
            said.architecture.as_deref().into(),
            said.executor.as_deref().into(),
            said.ip_address.as_deref().into(),
        ],
    )?;
    tx.execute(
        "DELETE FROM runner_managers WHERE runner_id = $1 AND (contacted_at, id) <
           (SELECT contacted_at, id FROM runner_managers WHERE runner_id = $1
            ORDER BY contacted_at DESC, id DESC LIMIT 1 OFFSET $2)",
        &[id.into(), (MOST_MACHINES - 1).into()],
    )
    .map(drop)
}

/// What each of a runner's machines that were heard of since then said it can do, as JSON.
pub fn features(tx: &mut Tx<'_>, id: RunnerId, since: Timestamp) -> Result<Vec<String>> {
    let sql = "SELECT features FROM runner_managers WHERE runner_id = $1 AND contacted_at >= $2";
    tx.query(sql, &[id.into(), since.into()], |row| row.get(0))
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
        locked: row.get(9)?,
        ref_protected: row.get(10)?,
        maintenance_note: row.get(11)?,
        created_at: row.get(12)?,
        contacted_at: row.get(13)?,
    })
}
