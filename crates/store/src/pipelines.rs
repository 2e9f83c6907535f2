//! Pipelines of projects.

mod list;

pub use list::{Filter, Order, Scope, list};

use crate::many::{ids, params};
use crate::{Result, Row, Tx};
use countersign_domain::ids::{PipelineId, ProjectId, UserId};
use countersign_domain::pipeline::{OnNewCommit, Status};
use countersign_domain::time::Timestamp;

/// A pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its id, unique over all projects.
    pub id: PipelineId,
    /// Its number within the project.
    pub iid: i64,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Who created it.
    pub user_id: Option<UserId>,
    /// Its status.
    pub status: Status,
    /// What created it: `push`, `api` or `trigger`.
    pub source: String,
    /// The branch or tag.
    pub ref_name: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: String,
    /// The commit the ref was at before.
    pub before_sha: String,
    /// What is wrong with its configuration.
    pub yaml_errors: Option<String>,
    /// The variables it was created with, sealed, as JSON.
    pub variables: String,
    /// What people call it.
    pub name: Option<String>,
    /// What a newer commit on its branch means for it.
    pub on_new_commit: OnNewCommit,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When its first job started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A new pipeline.
#[derive(Debug, Clone)]
pub struct NewPipeline<'a> {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Who creates it.
    pub user_id: Option<UserId>,
    /// Its status to begin with.
    pub status: Status,
    /// What creates it: `push`, `api` or `trigger`.
    pub source: &'a str,
    /// The branch or tag.
    pub ref_name: &'a str,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: &'a str,
    /// The commit the ref was at before.
    pub before_sha: &'a str,
    /// What is wrong with its configuration.
    pub yaml_errors: Option<&'a str>,
    /// What it is called.
    pub name: Option<&'a str>,
    /// What a newer commit on its branch means for it.
    pub on_new_commit: OnNewCommit,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT id, iid, project_id, user_id, status, source, ref, tag, sha, before_sha, yaml_errors, variables, \
             name, created_at, updated_at, started_at, finished_at, on_new_commit FROM pipelines ",
            $tail
        )
    };
}
use select;

/// The pipeline with that id, in that project.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: PipelineId) -> Result<Option<Pipeline>> {
    tx.query_opt(select!("WHERE id = $1 AND project_id = $2"), &[id.into(), project.into()], pipeline)
}

/// The pipeline with that id.
pub fn find(tx: &mut Tx<'_>, id: PipelineId) -> Result<Option<Pipeline>> {
    tx.query_opt(select!("WHERE id = $1"), &[id.into()], pipeline)
}

/// The pipelines with those ids (at most [`crate::many::MOST`]).
pub fn many(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<Pipeline>> {
    tx.query(select!(concat!("WHERE id IN (", ids!(), ") ORDER BY id")), &params(ids), pipeline)
}

/// The newest pipeline for that commit of that branch or tag.
pub fn latest(tx: &mut Tx<'_>, project: ProjectId, at: (&str, bool), sha: &str) -> Result<Option<Pipeline>> {
    let (ref_name, tag) = at;
    tx.query_opt(
        select!("WHERE project_id = $1 AND sha = $2 AND ref = $3 AND tag = $4 ORDER BY id DESC LIMIT 1"),
        &[project.into(), sha.into(), ref_name.into(), tag.into()],
        pipeline,
    )
}

/// The pipelines of a branch before that one, for other commits, that go on by themselves.
pub fn older(tx: &mut Tx<'_>, than: &Pipeline) -> Result<Vec<Pipeline>> {
    tx.query(
        select!(
            "WHERE project_id = $1 AND ref = $2 AND tag = $3 AND id < $4 AND sha <> $5
             AND status IN ('created', 'pending', 'running', 'scheduled', 'waiting_for_resource') ORDER BY id"
        ),
        &[
            than.project_id.into(),
            than.ref_name.as_str().into(),
            than.tag.into(),
            than.id.into(),
            than.sha.as_str().into(),
        ],
        pipeline,
    )
}

/// Creates a pipeline without variables under the project's next number.
pub fn insert(tx: &mut Tx<'_>, new: &NewPipeline<'_>, now: Timestamp) -> Result<PipelineId> {
    let iid = tx.returning(
        "UPDATE projects SET pipelines_created = pipelines_created + 1, last_activity_at = $2 WHERE id = $1
         RETURNING pipelines_created",
        &[new.project_id.into(), now.into()],
        |row| row.get::<i64>(0),
    )?;
    let id = tx.insert(
        "INSERT INTO pipelines (iid, project_id, user_id, status, source, ref, tag, sha, before_sha, yaml_errors,
           variables, created_at, updated_at, finished_at, name, on_new_commit)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '[]', $11, $11, $12, $13, $14) RETURNING id",
        &[
            iid.first().copied().unwrap_or_default().into(),
            new.project_id.into(),
            new.user_id.into(),
            new.status.as_str().into(),
            new.source.into(),
            new.ref_name.into(),
            new.tag.into(),
            new.sha.into(),
            new.before_sha.into(),
            new.yaml_errors.into(),
            now.into(),
            new.status.is_finished().then_some(now).into(),
            new.name.into(),
            new.on_new_commit.as_str().into(),
        ],
    )?;
    Ok(PipelineId(id))
}

/// Saves the variables a pipeline is created with, sealed, as JSON.
pub fn set_variables(tx: &mut Tx<'_>, id: PipelineId, variables: &str) -> Result<()> {
    tx.execute("UPDATE pipelines SET variables = $2 WHERE id = $1", &[id.into(), variables.into()]).map(drop)
}

/// Saves another status with its times.
pub fn save(tx: &mut Tx<'_>, of: &Pipeline) -> Result<()> {
    tx.execute(
        "UPDATE pipelines SET status = $2, updated_at = $3, started_at = $4, finished_at = $5 WHERE id = $1",
        &[of.id.into(), of.status.as_str().into(), of.updated_at.into(), of.started_at.into(), of.finished_at.into()],
    )
    .map(drop)
}

/// Gives a pipeline another name, or none.
pub fn rename(tx: &mut Tx<'_>, id: PipelineId, name: Option<&str>, now: Timestamp) -> Result<()> {
    let params = [id.into(), name.into(), now.into()];
    tx.execute("UPDATE pipelines SET name = $2, updated_at = $3 WHERE id = $1", &params).map(drop)
}

/// Deletes a pipeline with its jobs. The deployments they made stay, and belong to no job any more.
pub fn delete(tx: &mut Tx<'_>, id: PipelineId) -> Result<()> {
    tx.execute("DELETE FROM pipelines WHERE id = $1", &[id.into()]).map(drop)
}

fn pipeline(row: &Row<'_>) -> Result<Pipeline> {
    Ok(Pipeline {
        id: row.get(0)?,
        iid: row.get(1)?,
        project_id: row.get(2)?,
        user_id: row.get(3)?,
        status: row.word(4, Status::parse)?,
        source: row.get(5)?,
        ref_name: row.get(6)?,
        tag: row.get(7)?,
        sha: row.get(8)?,
        before_sha: row.get(9)?,
        yaml_errors: row.get(10)?,
        variables: row.get(11)?,
        name: row.get(12)?,
        created_at: row.get(13)?,
        updated_at: row.get(14)?,
        started_at: row.get(15)?,
        finished_at: row.get(16)?,
        on_new_commit: row.word(17, OnNewCommit::parse)?,
    })
}
