//! Tries a job again: as a new job, and a new deployment that needs new approvals.

use crate::authorize::Ref;
use crate::create_pipeline::deploy;
use crate::environment_of;
use crate::flow::Flow;
use crate::on_job::{self, OnJob};
use crate::{Result, Tx, gates, refused};
use countersign_domain::access::Actor;
use countersign_domain::deployment::{Event as DeploymentEvent, Status as DeploymentStatus};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{JobId, PipelineId, UserId};
use countersign_domain::job::{Event as JobEvent, Status, When, check_retry};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job, NewJob};
use countersign_store::pipelines::Pipeline;
use countersign_store::{deployments, environments};
use serde_json::json;

/// Tries a finished job again as the actor, who then counts as the one who triggered it; so does, on a deployment,
/// whoever created the pipeline: neither may vote. The new job.
///
/// # Errors
/// The actor may not, or the job cannot be tried again.
pub fn retry(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Ending<JobId>> {
    let mut flow = Flow::new(tx, now);
    match on_job::find(&mut flow, actor, at, id)? {
        Ok(on) => again(flow, on),
        Err(denied) => Ok(denied.ending("retry")),
    }
}

/// As [`retry`], for a job that was found already.
pub(crate) fn again(mut flow: Flow<'_, '_>, on: OnJob) -> Result<Ending<JobId>> {
    if let Err(why) = allowed(&on) {
        let subject = Subject::of_project("Job", on.job.id.0, on.project.id);
        return Ok(refused(why, subject, "retry", on.gate.is_protected()));
    }
    let pipeline = on.pipeline.clone();
    let mut made = replace(&mut flow, on, &pipeline)?;
    renew_later(&mut flow, pipeline.id, made.stage_index)?;
    let (deployment, gate) = gates::of_job(flow.tx, &made, None, flow.now)?;
    flow.pass_gate(&mut made, deployment, &gate, When::OnSuccess)?;
    flow.advance(pipeline.id)?;
    Ok(Ending::from_events(made.id, flow.events))
}

/// Whether a job can be tried again, and by whoever wants to.
///
/// # Errors
/// Why not.
pub(crate) fn allowed(on: &OnJob) -> Result<(), Refusal> {
    judge(&on.job, on.is_blocked(), &on.gate, on.user)
}

/// As [`allowed`], for somebody who may act on the job; `blocked` says whether its deployment waits for approval.
///
/// # Errors
/// As [`allowed`].
pub(crate) fn judge(job: &Job, blocked: bool, gate: &Gate, user: UserId) -> Result<(), Refusal> {
    // Where approval is needed the new deployment is blocked, and whoever runs it then is checked when it runs.
    if !gate.asks_approval() {
        gate.may_deploy(user)?;
    }
    check_retry(job.status, job.failure_reason, job.retried, blocked)?;
    if on_job::lacks_environment(job) {
        return Err(Refusal::NotRetryable("the environment it names is not there; create a new pipeline"));
    }
    Ok(())
}

/// Puts a new job in the place of one that has ended. Its turn is still to come.
///
/// # Errors
/// The store's.
pub(crate) fn replace(flow: &mut Flow<'_, '_>, mut on: OnJob, pipeline: &Pipeline) -> Result<Job> {
    on.job.retried = true;
    on.job.updated_at = flow.now;
    jobs::save(flow.tx, &on.job)?;
    let made = copy(flow, &on, pipeline)?;
    let subject = Subject::of_project("Job", made.id.0, on.project.id);
    let after = json!({"name": made.name, "user": on.user, "retry_of": on.job.id});
    flow.events.push(Event::new(Code::JobRetried, subject).after(after));
    Ok(made)
}

fn copy(flow: &mut Flow<'_, '_>, on: &OnJob, pipeline: &Pipeline) -> Result<Job> {
    let old = &on.job;
    let environment = match old.environment_id {
        Some(id) => environments::get(flow.tx, old.project_id, id)?,
        None => None,
    };
    let tier_refused = match &environment {
        Some(at) => environment_of::ensure(flow, old.project_id, &at.name, old.asked_tier, Some(on.user))?.tier_refused,
        None => false,
    };
    let new = NewJob {
        project_id: old.project_id,
        pipeline_id: old.pipeline_id,
        name: &old.name,
        stage: &old.stage,
        stage_index: old.stage_index,
        status: Status::Created,
        failure_reason: None,
        when: old.when,
        allow_failure: old.allow_failure,
        user_id: Some(on.user),
        environment_id: old.environment_id,
        environment_action: old.environment_action,
        environment_url: old.environment_url.as_deref(),
        asked_tier: old.asked_tier,
        tier_refused,
        tags: &old.tags,
        script: &old.script,
    };
    let id = jobs::insert(flow.tx, &new, flow.now)?;
    let made = jobs::get(flow.tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let creator = pipeline.user_id.filter(|creator| *creator != on.user);
    deploy(flow, pipeline, &made, creator)?;
    Ok(made)
}

/// Jobs that were skipped in stages after `stage` get another turn, and their deployments with them.
///
/// # Errors
/// The store's.
pub(crate) fn renew_later(flow: &mut Flow<'_, '_>, id: PipelineId, stage: i64) -> Result<()> {
    for mut job in jobs::of_pipeline(flow.tx, id, false)? {
        if job.stage_index <= stage || job.status != Status::Skipped {
            continue;
        }
        flow.move_job(&mut job, JobEvent::Renew)?;
        if let Some(mut deployment) = deployments::of_job(flow.tx, job.id)?
            && deployment.status == DeploymentStatus::Skipped
        {
            flow.move_deployment(&mut deployment, DeploymentEvent::Renew, None)?;
        }
    }
    Ok(())
}
