//! Resource groups of projects, and whose turn it is in them.

use crate::{Result, Row, Tx};
use countersign_domain::ids::{JobId, PipelineId, ProjectId, ResourceGroupId};
use countersign_domain::job::Status;
use countersign_domain::resource_group::Upcoming;
use countersign_domain::settings::ProcessMode;
use countersign_domain::time::Timestamp;

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceGroup {
    /// Its id.
    pub id: ResourceGroupId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// What it is called, unique in the project.
    pub key: String,
    /// In which order its jobs run.
    pub process_mode: ProcessMode,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

macro_rules! select {
    ($tail:expr) => {
        concat!("SELECT id, project_id, key, process_mode, created_at, updated_at FROM resource_groups ", $tail)
    };
}

/// The group of that name.
pub fn named(tx: &mut Tx<'_>, project: ProjectId, key: &str) -> Result<Option<ResourceGroup>> {
    tx.query_opt(select!("WHERE project_id = $1 AND key = $2"), &[project.into(), key.into()], group)
}

/// The group with that id.
pub fn get(tx: &mut Tx<'_>, id: ResourceGroupId) -> Result<Option<ResourceGroup>> {
    tx.query_opt(select!("WHERE id = $1"), &[id.into()], group)
}

/// The groups of a project in order of their ids, and how many there are.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, limit: i64, offset: i64) -> Result<(Vec<ResourceGroup>, i64)> {
    let sql = "SELECT count(*) FROM resource_groups WHERE project_id = $1";
    let total = tx.query_one(sql, &[project.into()], |row| row.get(0))?;
    let params = [project.into(), limit.into(), offset.into()];
    Ok((tx.query(select!("WHERE project_id = $1 ORDER BY id LIMIT $2 OFFSET $3"), &params, group)?, total))
}

/// Creates a group, unless there is one of that name.
pub fn create(tx: &mut Tx<'_>, project: ProjectId, key: &str, mode: ProcessMode, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO resource_groups (project_id, key, process_mode, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $4) ON CONFLICT (project_id, key) DO NOTHING",
        &[project.into(), key.into(), mode.as_str().into(), now.into()],
    )
    .map(drop)
}

/// Saves another order.
pub fn set_mode(tx: &mut Tx<'_>, id: ResourceGroupId, mode: ProcessMode, now: Timestamp) -> Result<()> {
    let sql = "UPDATE resource_groups SET process_mode = $2, updated_at = $3 WHERE id = $1";
    tx.execute(sql, &[id.into(), mode.as_str().into(), now.into()]).map(drop)
}

/// The job that has the resource of a group: the index `jobs_resource` lets there be one.
pub fn holder(tx: &mut Tx<'_>, id: ResourceGroupId) -> Result<Option<JobId>> {
    let sql = "SELECT id FROM jobs WHERE resource_group_id = $1 AND status IN ('pending', 'running', 'canceling')";
    tx.query_opt(sql, &[id.into()], |row| row.get(0))
}

/// The jobs of a group that are still to get its resource.
pub fn upcoming(tx: &mut Tx<'_>, id: ResourceGroupId) -> Result<Vec<Upcoming>> {
    let found = tx.query(
        "SELECT id, pipeline_id, status FROM jobs WHERE resource_group_id = $1
         AND status IN ('created', 'scheduled', 'waiting_for_resource')",
        &[id.into()],
        |row| {
            let (job, pipeline): (JobId, PipelineId) = (row.get(0)?, row.get(1)?);
            Ok(Upcoming::of(job, pipeline, row.word(2, Status::parse)?))
        },
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// The groups whose resource is free while jobs wait for it.
pub fn free(tx: &mut Tx<'_>) -> Result<Vec<ResourceGroupId>> {
    let found = tx.query(
        "SELECT DISTINCT w.resource_group_id FROM jobs w WHERE w.status = 'waiting_for_resource'
         AND NOT EXISTS (SELECT 1 FROM jobs h
           WHERE h.resource_group_id = w.resource_group_id AND h.status IN ('pending', 'running', 'canceling'))
         ORDER BY w.resource_group_id",
        &[],
        |row| row.get::<Option<ResourceGroupId>>(0),
    )?;
    // A job that waits for a group that is gone frees none.
    Ok(found.into_iter().flatten().collect())
}

fn group(row: &Row<'_>) -> Result<ResourceGroup> {
    let mode = |word: &str| ProcessMode::ALL.iter().copied().find(|mode| mode.as_str() == word);
    Ok(ResourceGroup {
        id: row.get(0)?,
        project_id: row.get(1)?,
        key: row.get(2)?,
        process_mode: row.word(3, mode)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
    })
}
