//! Finds a job for somebody who wants to play, retry or cancel it (semantics, sections 3 and 5).

use crate::authorize::{self, OnProject, Ref};
use crate::flow::Flow;
use crate::{Denied, Result, Tx, gates};
use countersign_domain::access::{Action, Actor, Place, Standing};
use countersign_domain::deployment::Status as DeploymentStatus;
use countersign_domain::event::Subject;
use countersign_domain::gate::Gate;
use countersign_domain::ids::{JobId, UserId};
use countersign_domain::protected_ref::{Named, RefRules};
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::projects::Project;
use countersign_store::{LockTable, directory, protected_refs};

/// A job somebody may act on, with all that decides about it.
#[derive(Debug, Clone)]
pub struct OnJob {
    /// Its project.
    pub project: Project,
    /// It.
    pub job: Job,
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// The deployment it makes.
    pub deployment: Option<Deployment>,
    /// The gate before it.
    pub gate: Gate,
    /// How the actor stands towards the project.
    pub standing: Standing,
    /// Whether its ref is protected.
    pub ref_protected: bool,
    /// The actor.
    pub user: UserId,
}

impl OnJob {
    /// Whether its deployment waits for approval.
    pub fn is_blocked(&self) -> bool {
        self.deployment.as_ref().is_some_and(|d| d.status == DeploymentStatus::Blocked)
    }
}

/// Whether a job names an environment that is not there (any more): it must never run without one.
pub fn lacks_environment(job: &Job) -> bool {
    job.environment_action.is_some() && job.environment_id.is_none()
}

/// Finds a job that the actor may act on: by their role, and their right on its ref where that is protected; or, in
/// place of both, by a deploy entry of its environment. It stays as it is until they have.
///
/// # Errors
/// They may not know of it, or may not act on it.
pub fn find(flow: &mut Flow<'_, '_>, actor: &Actor, at: &Ref, id: JobId) -> Result<Result<OnJob, Denied>> {
    let project = authorize::find_project(flow.tx, at)?;
    // Nobody locks what is not of the project they speak of.
    let job = match of_project(flow.tx, &project, id)? {
        Some(_) => jobs::for_decision(flow.tx, id)?,
        None => None,
    };
    judge(flow.tx, actor, project, (id, job), flow.now)
}

/// As [`find`], for somebody who only wants to know what they may do.
///
/// # Errors
/// As [`find`].
pub fn look(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Result<OnJob, Denied>> {
    let project = authorize::find_project(tx, at)?;
    let job = of_project(tx, &project, id)?;
    judge(tx, actor, project, (id, job), now)
}

fn of_project(tx: &mut Tx<'_>, project: &Project, id: JobId) -> Result<Option<Job>> {
    Ok(jobs::get(tx, id)?.filter(|job| job.project_id == project.id))
}

fn judge(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: Project,
    (id, job): (JobId, Option<Job>),
    now: Timestamp,
) -> Result<Result<OnJob, Denied>> {
    let place = Place::Project(project.id);
    let directory = directory::load(tx, now.date(), place, directory::People::One(actor.user()))?;
    let standing = directory.standing(actor, place, project.visibility);
    let hidden = || match standing.sees() {
        true => Refusal::NotFound(Missing::Row),
        false => Refusal::NotFound(Missing::Project),
    };
    let job = job.ok_or_else(hidden)?;
    let pipeline = pipelines::find(tx, job.pipeline_id)?.ok_or_else(hidden)?;
    let rules = protected_refs::rules(tx, project.id)?;
    let named = crate::protected_refs::of_pipeline(&pipeline);
    let (deployment, gate) = gates::of_job(tx, &job, actor.user(), now)?;
    if let Err(why) = may_act(actor, &standing, &rules, named, &gate) {
        let knows = standing.may(Action::ReadDeployments).is_ok();
        let why = if knows || !standing.sees() { why } else { hidden() };
        let subject = Subject::of_project("Job", id.0, project.id);
        return Ok(Err(Denied { why, subject, protected: knows && gate.is_protected() }));
    }
    // A deploy entry stands in for a role, but opens no archive.
    if gate.is_archived() {
        let subject = Subject::of_project("Job", id.0, project.id);
        return Ok(Err(Denied { why: Refusal::Archived, subject, protected: gate.is_protected() }));
    }
    // Somebody who acts is somebody: anonymous visitors have no role and match no entry.
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    let ref_protected = rules.protects(named);
    Ok(Ok(OnJob { project, job, pipeline, deployment, gate, standing, ref_protected, user }))
}

/// Whether the actor may act on the jobs of a ref behind a gate: by their role, and their right on the ref where that is
/// protected; or, in place of both, by a deploy entry.
///
/// # Errors
/// They may not.
pub(crate) fn may_act(
    actor: &Actor,
    standing: &Standing,
    rules: &RefRules,
    at: Named<'_>,
    gate: &Gate,
) -> Result<(), Refusal> {
    let by_entry = actor.user().filter(|_| !actor.is_job()).map_or(Sight::None, |user| gate.sight(user));
    match standing.may(Action::RunPipelines).and_then(|()| rules.may_run(standing, at)) {
        Err(_) if by_entry == Sight::Deploy => Ok(()),
        allowed => allowed,
    }
}

/// A job of a pipeline that is locked, for somebody who may run pipelines; its deployment is locked as well.
///
/// # Errors
/// The store's.
pub(crate) fn of(
    flow: &mut Flow<'_, '_>,
    on: &OnProject,
    (pipeline, job): (&Pipeline, Job),
    user: UserId,
) -> Result<OnJob> {
    if let Some(deployment) = deployments::of_job(flow.tx, job.id)? {
        flow.tx.lock_row(LockTable::Deployments, deployment.id.0)?;
    }
    beheld(flow.tx, on, (pipeline, job), user, flow.now)
}

/// As [`of`], for somebody who only wants to know what they may do.
///
/// # Errors
/// The store's.
pub(crate) fn beheld(
    tx: &mut Tx<'_>,
    on: &OnProject,
    (pipeline, job): (&Pipeline, Job),
    user: UserId,
    now: Timestamp,
) -> Result<OnJob> {
    let (deployment, gate) = gates::of_job(tx, &job, Some(user), now)?;
    let ref_protected = crate::protected_refs::protects(tx, pipeline)?;
    let (project, pipeline, standing) = (on.project.clone(), pipeline.clone(), on.standing);
    Ok(OnJob { project, job, pipeline, deployment, gate, standing, ref_protected, user })
}
