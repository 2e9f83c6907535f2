//! Reads pipelines and their jobs; what is done to whole pipelines has a file each.

mod cancel;
mod delete;
mod dossier;
mod listing;
mod rename;
mod retry;

pub use cancel::cancel;
pub use delete::{Deleted, clear, delete};
pub use dossier::{Dossier, InStage, Stage, dossier};
pub use listing::{Listed, Listing, listing};
pub use rename::rename;
pub use retry::retry;

use crate::authorize::{self, OnProject, Ref};
use crate::flow::Flow;
use crate::script::{Given, Variable, about_pipeline};
use crate::vault::Vault;
use crate::{Error, Result, Tx, gates, or_refused, protected_refs, sight};
use countersign_domain::access::{Action, Actor, Via};
use countersign_domain::ids::{JobId, PipelineId, UserId};
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Among, Job};
use countersign_store::pipelines::{self, Filter, Pipeline};
use countersign_store::projects::{self, Project};
use countersign_store::{LockTable, refs};

/// One page of the pipelines of a project, and how many there are in all.
///
/// # Errors
/// The actor may not see them.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    filter: &Filter,
    now: Timestamp,
) -> Result<(Project, Vec<Pipeline>, i64)> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let (rows, total) = pipelines::list(tx, project.id, filter)?;
    Ok((project, rows, total))
}

/// The newest pipeline for what a branch or tag stands at; the default branch if none is named.
///
/// # Errors
/// The actor may not see it, or there is none.
pub fn latest(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    ref_name: Option<&str>,
    now: Timestamp,
) -> Result<(Project, Pipeline)> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let name = ref_name.unwrap_or(&project.default_branch);
    for (place, tag) in [("heads", false), ("tags", true)] {
        let Some(sha) = refs::get(tx, project.id, &format!("refs/{place}/{name}"))? else { continue };
        if let Some(found) = pipelines::latest(tx, project.id, (name, tag), &sha)? {
            return Ok((project, found));
        }
    }
    Err(Refusal::NoPipeline.into())
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

/// The variables a pipeline was created with.
pub(crate) fn given(vault: &Vault, of: &Pipeline) -> Result<Vec<Variable>, Error> {
    Given::read(&of.variables)?.open(vault, &about_pipeline(of.id))
}

/// The variables a pipeline was created with: for who created it, and for maintainers.
///
/// # Errors
/// There is no such pipeline, or the actor may not see it or its variables.
pub fn variables(
    tx: &mut Tx<'_>,
    vault: &Vault,
    actor: &Actor,
    (at, id): (&Ref, PipelineId),
    now: Timestamp,
) -> Result<Vec<Variable>> {
    let on = authorize::project(tx, actor, at, Action::ReadDeployments, now)?;
    let pipeline = pipelines::get(tx, on.project.id, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let own = actor.user().is_some() && actor.user() == pipeline.user_id;
    on.standing.may_with_own(own, Action::ReadPipelineVariables)?;
    Ok(given(vault, &pipeline)?)
}

/// One page of the jobs of a pipeline, and how many there are in all. `filter` says which, given the pipeline.
///
/// # Errors
/// There is no such pipeline, or the actor may not see it.
pub fn jobs(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: PipelineId,
    filter: impl Fn(Among) -> jobs::Filter,
    now: Timestamp,
) -> Result<(Project, Vec<Job>, i64)> {
    let (project, _) = show(tx, actor, at, id, now)?;
    let wanted = filter(Among::Pipeline(id));
    let total = jobs::count(tx, &wanted)?;
    Ok((project, jobs::list(tx, &wanted)?, total))
}

/// Some of the jobs of a project. `filter` says which, given the project.
///
/// # Errors
/// The actor may not see them.
pub fn all_jobs(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    filter: impl Fn(Among) -> jobs::Filter,
    now: Timestamp,
) -> Result<(Project, Vec<Job>)> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let rows = jobs::list(tx, &filter(Among::Project(project.id)))?;
    Ok((project, rows))
}

/// The job whose token the actor came with.
///
/// # Errors
/// They came with another token.
pub fn own_job(tx: &mut Tx<'_>, actor: &Actor) -> Result<(Project, Job)> {
    match actor.via {
        Via::Job(id, _) => job(tx, id),
        _ => Err(Refusal::NotFound(Missing::Job).into()),
    }
}

/// One job: for those who may see the project's jobs, and for those a deploy entry of its environment names; with it,
/// whether all of it may be shown, or only what the entry lets them see.
///
/// # Errors
/// There is none that the actor may see.
pub fn show_job(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<(Project, Job, bool)> {
    let seen = sight::project(tx, actor, at, now)?;
    let gone = || Refusal::NotFound(Missing::Row);
    let job = jobs::get(tx, id)?.filter(|j| j.project_id == seen.project.id).ok_or_else(gone)?;
    if !seen.whole && !by_entry(tx, &job, actor.user(), now)? {
        return Err(gone().into());
    }
    Ok((seen.project, job, seen.whole))
}

/// As [`show_job`], for somebody who just acted on it, and so knows of it, even if they may not see it any more.
///
/// # Errors
/// It is gone.
pub fn acted_on(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<(Project, Job, bool)> {
    if let Ok(seen) = or_refused(show_job(tx, actor, at, id, now))? {
        return Ok(seen);
    }
    let (project, job) = job(tx, id)?;
    Ok((project, job, false))
}

fn job(tx: &mut Tx<'_>, id: JobId) -> Result<(Project, Job)> {
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
    let project = authorize::project(tx, actor, at, Action::ReadLogs, now)?.project.id;
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

/// Finds a pipeline for somebody who wants to do something to all of it, and locks it. Running it takes the right to its
/// ref too, where that is protected.
///
/// # Errors
/// There is none, or they may not.
fn lock(
    flow: &mut Flow<'_, '_>,
    actor: &Actor,
    at: &Ref,
    id: PipelineId,
    action: Action,
) -> Result<(OnProject, Pipeline)> {
    let on = authorize::project(flow.tx, actor, at, action, flow.now)?;
    let gone = || Refusal::NotFound(Missing::Row);
    pipelines::get(flow.tx, on.project.id, id)?.ok_or_else(gone)?;
    flow.tx.lock_row(LockTable::Pipelines, id.0)?;
    let pipeline = pipelines::get(flow.tx, on.project.id, id)?.ok_or_else(gone)?;
    if action == Action::RunPipelines {
        may_run(flow.tx, &on, &pipeline)?;
    }
    Ok((on, pipeline))
}

/// Whether somebody who sees a project may run that pipeline of it: by their role, and their right to its ref where that
/// is protected.
///
/// # Errors
/// They may not.
fn may_run(tx: &mut Tx<'_>, on: &OnProject, pipeline: &Pipeline) -> Result<()> {
    on.standing.may(Action::RunPipelines)?;
    protected_refs::may_run(tx, &on.standing, on.project.id, protected_refs::of_pipeline(pipeline))
}
