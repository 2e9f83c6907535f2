//! Reads pipelines and their jobs.

use crate::authorize::{self, Ref};
use crate::{Result, Tx, gates, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::ids::{JobId, PipelineId, UserId};
use countersign_domain::job::Status as JobStatus;
use countersign_domain::pipeline::Status;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Filter, Pipeline};
use countersign_store::projects::{self, Project};

/// Which pipelines are wanted.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Of that branch or tag.
    pub ref_name: Option<String>,
    /// For that commit.
    pub sha: Option<String>,
    /// In that status.
    pub status: Option<Status>,
    /// Created by that.
    pub source: Option<String>,
    /// At most so many.
    pub limit: i64,
    /// So many left out at the start.
    pub offset: i64,
}

/// One page of the pipelines of a project, newest first, and how many there are in all.
///
/// # Errors
/// The actor may not see them.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    search: &Search,
    now: Timestamp,
) -> Result<(Project, Vec<Pipeline>, i64)> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let filter = Filter {
        project: project.id,
        ref_name: search.ref_name.clone(),
        sha: search.sha.clone(),
        status: search.status,
        source: search.source.clone(),
        limit: search.limit,
        offset: search.offset,
    };
    let (rows, total) = pipelines::list(tx, &filter)?;
    Ok((project, rows, total))
}

/// One pipeline.
///
/// # Errors
/// There is none, or the actor may not see it.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<(Project, Pipeline)> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let pipeline = pipelines::get(tx, project.id, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    Ok((project, pipeline))
}

/// The jobs of a pipeline, newest first; with `retried`, those that were tried again too; in those statuses, if any
/// are named.
///
/// # Errors
/// There is no such pipeline, or the actor may not see it.
pub fn jobs(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: PipelineId,
    (scope, retried): (&[JobStatus], bool),
    now: Timestamp,
) -> Result<(Project, Vec<Job>)> {
    let (project, _) = show(tx, actor, at, id, now)?;
    let mut found = jobs::of_pipeline(tx, id, retried)?;
    found.retain(|job| scope.is_empty() || scope.contains(&job.status));
    found.sort_by_key(|job| std::cmp::Reverse(job.id));
    Ok((project, found))
}

/// One job: for those who may see the project's jobs, and for those a deploy entry of its environment names.
///
/// # Errors
/// There is none that the actor may see.
pub fn show_job(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<(Project, Job)> {
    let seen = sight::project(tx, actor, at, now)?;
    let gone = || Refusal::NotFound(Missing::Row);
    let job = jobs::get(tx, id)?.filter(|j| j.project_id == seen.project.id).ok_or_else(gone)?;
    if !seen.whole && !by_entry(tx, &job, actor.user(), now)? {
        return Err(gone().into());
    }
    Ok((seen.project, job))
}

/// A job, for somebody who acted on it.
///
/// # Errors
/// It is gone.
pub fn job(tx: &mut Tx<'_>, id: JobId) -> Result<(Project, Job)> {
    let gone = || Refusal::NotFound(Missing::Row);
    let job = jobs::get(tx, id)?.ok_or_else(gone)?;
    let project = projects::get(tx, job.project_id)?.ok_or_else(gone)?;
    Ok((project, job))
}

/// The job whose log the actor may read.
///
/// # Errors
/// There is none, or they may not.
pub fn with_trace(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Job> {
    let project = authorize::project(tx, actor, at, Action::ReadCode, now)?.project.id;
    let job = jobs::get(tx, id)?.filter(|j| j.project_id == project);
    Ok(job.ok_or(Refusal::NotFound(Missing::Row))?)
}

fn by_entry(tx: &mut Tx<'_>, job: &Job, user: Option<UserId>, now: Timestamp) -> Result<bool> {
    let Some(user) = user else { return Ok(false) };
    let (_, gate) = gates::of_job(tx, job, Some(user), now)?;
    Ok(gate.sight(user) == Sight::Deploy)
}

/// A pipeline, for somebody who just created it.
///
/// # Errors
/// It is gone.
pub fn created(tx: &mut Tx<'_>, id: PipelineId) -> Result<(Project, Pipeline)> {
    let gone = || Refusal::NotFound(Missing::Row);
    let pipeline = pipelines::find(tx, id)?.ok_or_else(gone)?;
    let project = projects::get(tx, pipeline.project_id)?.ok_or_else(gone)?;
    Ok((project, pipeline))
}
