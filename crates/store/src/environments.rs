//! Environments of projects.

mod stopping;

pub use stopping::{due, has_stop_job, set_auto_stop, stay_up, stop_jobs, to_stop};

use crate::{Result, Row, Tx};
use countersign_domain::environment::{AutoStop, State, StaysUp, Tier, slug};
use countersign_domain::ids::{DeploymentId, EnvironmentId, ProjectId};
use countersign_domain::time::Timestamp;
use std::collections::BTreeSet;

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Its name, unique in the project.
    pub name: String,
    /// Its slug, unique in the project.
    pub slug: String,
    /// Its tier.
    pub tier: Tier,
    /// Its state.
    pub state: State,
    /// Where it can be seen.
    pub external_url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When it stops by itself.
    pub auto_stop: AutoStop,
    /// Its time to stop by itself, if it has one.
    pub auto_stop_at: Option<Timestamp>,
    /// Why it did not stop when its time had come.
    pub stays_up: Option<StaysUp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A new environment.
#[derive(Debug, Clone)]
pub struct NewEnvironment<'a> {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Its name.
    pub name: &'a str,
    /// Its tier.
    pub tier: Tier,
    /// Where it can be seen.
    pub external_url: Option<&'a str>,
    /// What it is for.
    pub description: Option<&'a str>,
    /// When it stops by itself.
    pub auto_stop: AutoStop,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT id, project_id, name, slug, tier, state, external_url, description, auto_stop_setting, \
             created_at, updated_at, auto_stop_at, stays_up FROM environments ",
            $tail
        )
    };
}

/// The environment with that id, in that project.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: EnvironmentId) -> Result<Option<Environment>> {
    tx.query_opt(select!("WHERE project_id = $1 AND id = $2"), &[project.into(), id.into()], environment)
}

/// The environment with exactly that name.
pub fn by_name(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<Environment>> {
    tx.query_opt(select!("WHERE project_id = $1 AND name = $2"), &[project.into(), name.into()], environment)
}

/// Whether another environment of the project has that slug.
pub fn slug_taken(tx: &mut Tx<'_>, project: ProjectId, slug: &str) -> Result<bool> {
    let found =
        tx.query(select!("WHERE project_id = $1 AND slug = $2"), &[project.into(), slug.into()], environment)?;
    Ok(!found.is_empty())
}

/// All environments of a project, by name.
pub fn list(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Environment>> {
    tx.query(select!("WHERE project_id = $1 ORDER BY name, id"), &[project.into()], environment)
}

/// Creates an environment, available.
pub fn insert(tx: &mut Tx<'_>, new: &NewEnvironment<'_>, now: Timestamp) -> Result<EnvironmentId> {
    let id = tx.insert(
        "INSERT INTO environments (project_id, name, slug, tier, state, external_url, description, auto_stop_setting,
           created_at, updated_at) VALUES ($1, $2, $3, $4, 'available', $5, $6, $7, $8, $8) RETURNING id",
        &[
            new.project_id.into(),
            new.name.into(),
            slug(new.name).into(),
            new.tier.as_str().into(),
            new.external_url.into(),
            new.description.into(),
            new.auto_stop.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(EnvironmentId(id))
}

/// Saves another state; what is stopped, or is being stopped, has no time to stop any more.
pub fn set_state(tx: &mut Tx<'_>, id: EnvironmentId, state: State, now: Timestamp) -> Result<()> {
    let sql = "UPDATE environments SET state = $2, updated_at = $3, auto_stop_at = NULL, stays_up = NULL WHERE id = $1";
    tx.execute(sql, &[id.into(), state.as_str().into(), now.into()]).map(drop)
}

/// Saves another address.
pub fn set_external_url(tx: &mut Tx<'_>, id: EnvironmentId, url: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE environments SET external_url = $2, updated_at = $3 WHERE id = $1";
    tx.execute(sql, &[id.into(), url.into(), now.into()]).map(drop)
}

/// Saves all that can be changed of an environment but its state. One that stayed up is given another chance to stop.
pub fn save(tx: &mut Tx<'_>, of: &Environment) -> Result<()> {
    tx.execute(
        "UPDATE environments SET tier = $2, external_url = $3, description = $4, auto_stop_setting = $5, updated_at = $6,
           stays_up = NULL WHERE id = $1",
        &[
            of.id.into(),
            of.tier.as_str().into(),
            of.external_url.clone().into(),
            of.description.clone().into(),
            of.auto_stop.as_str().into(),
            of.updated_at.into(),
        ],
    )
    .map(drop)
}

/// Deletes an environment with the records of its deployments; jobs that name it stay, without an environment.
pub fn delete(tx: &mut Tx<'_>, id: EnvironmentId) -> Result<()> {
    tx.execute("DELETE FROM environments WHERE id = $1", &[id.into()]).map(drop)
}

/// The environments of a project to which a deployment runs.
pub fn running(tx: &mut Tx<'_>, project: ProjectId) -> Result<BTreeSet<EnvironmentId>> {
    let sql = "SELECT DISTINCT environment_id FROM deployments WHERE project_id = $1 AND status = 'running'";
    Ok(tx.query(sql, &[project.into()], |row| row.get(0))?.into_iter().collect())
}

/// The stopped environments of a project in the folder `review` that were created before that time, oldest first.
pub fn stopped_reviews(tx: &mut Tx<'_>, project: ProjectId, before: Timestamp, limit: i64) -> Result<Vec<Environment>> {
    tx.query(
        select!(
            "WHERE project_id = $1 AND state = 'stopped' AND substr(name, 1, 7) = 'review/' AND created_at < $2
             ORDER BY created_at, id LIMIT $3"
        ),
        &[project.into(), before.into(), limit.into()],
        environment,
    )
}

/// The available environments of a project that neither they themselves nor any deployment to them changed since that
/// time, and to which nothing runs or waits.
pub fn stale(tx: &mut Tx<'_>, project: ProjectId, before: Timestamp) -> Result<Vec<Environment>> {
    tx.query(
        select!(
            "WHERE project_id = $1 AND state = 'available' AND updated_at < $2 AND NOT EXISTS (
               SELECT 1 FROM deployments d WHERE d.environment_id = environments.id
               AND (d.updated_at >= $2 OR d.status IN ('created', 'blocked', 'running')))
             ORDER BY id"
        ),
        &[project.into(), before.into()],
        environment,
    )
}

/// The latest successful deployment to an environment, by the time it finished.
pub fn last_success(tx: &mut Tx<'_>, id: EnvironmentId) -> Result<Option<DeploymentId>> {
    tx.query_opt(
        "SELECT id FROM deployments WHERE environment_id = $1 AND status = 'success'
         ORDER BY finished_at DESC, id DESC LIMIT 1",
        &[id.into()],
        |row| row.get(0),
    )
}

fn environment(row: &Row<'_>) -> Result<Environment> {
    Ok(Environment {
        id: row.get(0)?,
        project_id: row.get(1)?,
        name: row.get(2)?,
        slug: row.get(3)?,
        tier: row.word(4, Tier::parse)?,
        state: row.word(5, State::parse)?,
        external_url: row.get(6)?,
        description: row.get(7)?,
        auto_stop: row.word(8, AutoStop::parse)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
        auto_stop_at: row.get(11)?,
        stays_up: row.word_opt(12, StaysUp::parse)?,
    })
}
