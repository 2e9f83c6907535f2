//! Reads pipelines and their jobs.

use crate::authorize::{self, Ref};
use crate::{Result, Tx, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::ids::{JobId, PipelineId, UserId};
use countersign_domain::job::Status as JobStatus;
use countersign_domain::pipeline::Status;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::commits::{self, Commit};
use countersign_store::deployments;
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Filter, Pipeline};
use countersign_store::projects::{self, Project};
use countersign_store::runners::{self, Runner};
use countersign_store::users::{self, User};
use std::collections::BTreeMap;

/// A pipeline with what is shown of it.
#[derive(Debug, Clone)]
pub struct ShownPipeline {
    /// Its project.
    pub project: Project,
    /// It.
    pub pipeline: Pipeline,
    /// Who created it.
    pub user: Option<User>,
    /// Its commit.
    pub commit: Option<Commit>,
}

/// A job with what is shown of it.
#[derive(Debug, Clone)]
pub struct ShownJob {
    /// Its project.
    pub project: Project,
    /// It.
    pub job: Job,
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// Who started it.
    pub user: Option<User>,
    /// Its commit.
    pub commit: Option<Commit>,
    /// The runner that has or had it.
    pub runner: Option<Runner>,
}

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
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<ShownPipeline> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let pipeline = pipelines::get(tx, project.id, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let user = user(tx, pipeline.user_id)?;
    let commit = commits::get(tx, project.id, &pipeline.sha)?;
    Ok(ShownPipeline { project, pipeline, user, commit })
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
) -> Result<Vec<ShownJob>> {
    let ShownPipeline { project, pipeline, commit, .. } = show(tx, actor, at, id, now)?;
    let mut found = jobs::of_pipeline(tx, id, retried)?;
    found.retain(|job| scope.is_empty() || scope.contains(&job.status));
    found.sort_by_key(|job| std::cmp::Reverse(job.id));
    let (mut people, mut machines) = (BTreeMap::new(), BTreeMap::new());
    let mut shown = Vec::with_capacity(found.len());
    for job in found {
        let user = match job.user_id {
            None => None,
            Some(id) => known(&mut people, id, || user(tx, Some(id)))?,
        };
        let runner = match job.runner_id {
            None => None,
            Some(id) => known(&mut machines, id, || Ok(runners::get(tx, id)?))?,
        };
        let (project, pipeline, commit) = (project.clone(), pipeline.clone(), commit.clone());
        shown.push(ShownJob { project, job, pipeline, user, commit, runner });
    }
    Ok(shown)
}

/// One job: for those who may see the project's jobs, and for those a deploy entry of its environment names.
///
/// # Errors
/// There is none that the actor may see.
pub fn show_job(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<ShownJob> {
    let seen = sight::project(tx, actor, at, now)?;
    let gone = || Refusal::NotFound(Missing::Row);
    let job = jobs::get(tx, id)?.filter(|j| j.project_id == seen.project.id).ok_or_else(gone)?;
    if !seen.whole && !by_entry(tx, &job, actor.user(), now)? {
        return Err(gone().into());
    }
    shown_job(tx, job)
}

/// A job with what is shown of it, for somebody who acted on it.
///
/// # Errors
/// It is gone.
pub fn shown(tx: &mut Tx<'_>, id: JobId) -> Result<ShownJob> {
    let job = jobs::get(tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    shown_job(tx, job)
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
    let gate = match deployments::of_job(tx, job.id)? {
        Some(of) => deployments::gate(tx, &of, Some(user), now.date())?,
        None => jobs::gate(tx, job, Some(user), now.date())?,
    };
    Ok(gate.sight(user) == Sight::Deploy)
}

fn shown_job(tx: &mut Tx<'_>, job: Job) -> Result<ShownJob> {
    let gone = || Refusal::NotFound(Missing::Row);
    let project = projects::get(tx, job.project_id)?.ok_or_else(gone)?;
    let pipeline = pipelines::find(tx, job.pipeline_id)?.ok_or_else(gone)?;
    let user = user(tx, job.user_id)?;
    let commit = commits::get(tx, project.id, &pipeline.sha)?;
    let runner = match job.runner_id {
        Some(id) => runners::get(tx, id)?,
        None => None,
    };
    Ok(ShownJob { project, job, pipeline, user, commit, runner })
}

fn user(tx: &mut Tx<'_>, id: Option<UserId>) -> Result<Option<User>> {
    Ok(match id {
        Some(id) => users::get(tx, id)?,
        None => None,
    })
}

fn known<K: Ord + Copy, V: Clone>(
    known: &mut BTreeMap<K, Option<V>>,
    id: K,
    find: impl FnOnce() -> Result<Option<V>>,
) -> Result<Option<V>> {
    if let Some(found) = known.get(&id) {
        return Ok(found.clone());
    }
    let found = find()?;
    known.insert(id, found.clone());
    Ok(found)
}
