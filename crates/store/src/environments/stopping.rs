//! What stops environments: jobs, and their time.

use super::{Environment, get};
use crate::jobs::{self, Job};
use crate::{Dialect, LockTable, Result, Tx};
use countersign_domain::environment::StaysUp;
use countersign_domain::ids::{EnvironmentId, PipelineId, ProjectId};
use countersign_domain::job::EnvironmentAction;
use countersign_domain::time::Timestamp;
use std::collections::BTreeSet;

/// Lets an environment stop by itself at that time, or never.
pub fn set_auto_stop(tx: &mut Tx<'_>, id: EnvironmentId, at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    let sql = "UPDATE environments SET auto_stop_at = $2, stays_up = NULL, updated_at = $3 WHERE id = $1";
    tx.execute(sql, &[id.into(), at.into(), now.into()]).map(drop)
}

/// Notes why an environment did not stop when its time had come.
pub fn stay_up(tx: &mut Tx<'_>, id: EnvironmentId, why: StaysUp) -> Result<()> {
    let sql = "UPDATE environments SET stays_up = $2 WHERE id = $1";
    tx.execute(sql, &[id.into(), why.as_str().into()]).map(drop)
}

/// The available environments whose time to stop has come; with `again`, also those that did not stop then.
pub fn due(tx: &mut Tx<'_>, now: Timestamp, again: bool) -> Result<Vec<(ProjectId, EnvironmentId)>> {
    tx.query(
        "SELECT project_id, id FROM environments WHERE auto_stop_at <= $1 AND state = 'available'
         AND (stays_up IS NULL OR CAST($2 AS BOOLEAN)) ORDER BY auto_stop_at, id",
        &[now.into(), again.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Locks an environment, and before it the pipelines of its stop jobs and of what waits to deploy there, and loads it as
/// it is then: from here on nobody else begins or ends its stop. (Locks are taken in the order policy, pipelines,
/// environment, deployments.)
pub fn to_stop(tx: &mut Tx<'_>, project: ProjectId, id: EnvironmentId) -> Result<Option<Environment>> {
    // SQLite has one writer: nobody changes it meanwhile.
    if tx.dialect() == Dialect::Postgres {
        for pipeline in concerned(tx, id)? {
            tx.lock_row(LockTable::Pipelines, pipeline.0)?;
        }
        tx.lock_row(LockTable::Environments, id.0)?;
    }
    get(tx, project, id)
}

/// The pipelines that a stop of the environment touches, as they are before anything is locked.
fn concerned(tx: &mut Tx<'_>, id: EnvironmentId) -> Result<BTreeSet<PipelineId>> {
    let waiting: Vec<PipelineId> = tx.query(
        "SELECT j.pipeline_id FROM deployments d JOIN jobs j ON j.id = d.job_id
         WHERE d.environment_id = $1 AND d.status IN ('created', 'blocked')",
        &[id.into()],
        |row| row.get(0),
    )?;
    Ok(waiting.into_iter().chain(latest(tx, id)?).collect())
}

/// Whether a job is at it that stops the environment, or waits for a runner, for its time or for a resource to do so.
pub fn has_stop_job(tx: &mut Tx<'_>, id: EnvironmentId) -> Result<bool> {
    let found: Option<i64> = tx.query_opt(
        "SELECT id FROM jobs WHERE environment_id = $1 AND environment_action = 'stop'
         AND status IN ('pending', 'running', 'canceling', 'scheduled', 'waiting_for_resource') LIMIT 1",
        &[id.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// The pipeline that last made something run in an environment.
fn latest(tx: &mut Tx<'_>, id: EnvironmentId) -> Result<Option<PipelineId>> {
    tx.query_opt(
        "SELECT j.pipeline_id FROM deployments d JOIN jobs j ON j.id = d.job_id WHERE d.environment_id = $1
         AND d.status IN ('success', 'failed', 'canceled') AND d.claimed_at IS NOT NULL
         ORDER BY d.finished_at DESC, d.id DESC LIMIT 1",
        &[id.into()],
        |row| row.get(0),
    )
}

/// The jobs that stop an environment, of the pipeline that last made something run there, with the options of the jobs
/// that deployed: these say which of them are meant.
pub fn stop_jobs(tx: &mut Tx<'_>, id: EnvironmentId) -> Result<(Vec<Job>, Vec<String>)> {
    let Some(pipeline) = latest(tx, id)? else { return Ok((Vec::new(), Vec::new())) };
    let options = tx.query(
        "SELECT j.options FROM deployments d JOIN jobs j ON j.id = d.job_id WHERE d.environment_id = $1
         AND j.pipeline_id = $2 AND d.claimed_at IS NOT NULL ORDER BY d.id",
        &[id.into(), pipeline.into()],
        |row| row.get(0),
    )?;
    let mut all = jobs::of_pipeline(tx, pipeline, false)?;
    all.retain(|job| job.environment_id == Some(id) && job.environment_action == Some(EnvironmentAction::Stop));
    Ok((all, options))
}
