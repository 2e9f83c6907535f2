//! Tries a job again: as a new job, and a new deployment that needs new approvals.

use crate::authorize::Ref;
use crate::create_pipeline::{Initiators, deploy};
use crate::environment_of;
use crate::flow::{Flow, views};
use crate::on_job::{self, OnJob};
use crate::options::Options;
use crate::{Result, Tx, gates, refused};
use countersign_domain::access::Actor;
use countersign_domain::deployment::{Event as DeploymentEvent, Forward, Status as DeploymentStatus};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{JobId, PipelineId, UserId};
use countersign_domain::job::{Event as JobEvent, FailureReason, Status, When, check_retry};
use countersign_domain::outcome::Ending;
use countersign_domain::pipeline::{Renewed, to_renew};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job, NewJob};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::{deployments, environments};
use serde_json::{Value, json};
use std::collections::HashSet;

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
    let made = anew(&mut flow, on)?;
    Ok(Ending::from_events(made, flow.events))
}

/// Tries a job again, as whoever wants to; that they may is known. The new job.
///
/// # Errors
/// The store's.
pub(crate) fn anew(flow: &mut Flow<'_, '_>, on: OnJob) -> Result<JobId> {
    let pipeline = on.pipeline.clone();
    let mut made = replace(flow, on, &pipeline)?;
    renew(flow, pipeline.id, made.id, Renewed::After(made.stage_index))?;
    let (deployment, gate) = gates::of_job(flow.tx, &made, None, flow.now)?;
    flow.pass_gate(&mut made, deployment, &gate, When::OnSuccess)?;
    flow.advance(pipeline.id)?;
    Ok(made.id)
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
    gate.forward.as_ref().map_or(Ok(()), Forward::check_retry)?;
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
    let by = Initiators::of_retry(Some(on.user), pipeline);
    let (made, after) = put_in_place(flow, &mut on.job, (Some(on.user), by), pipeline)?;
    let subject = Subject::of_project("Job", made.id.0, on.project.id);
    flow.events.push(Event::new(Code::JobRetried, subject).after(after));
    Ok(made)
}

/// Tries a job that failed again, if its configuration wants that: as whoever started it, and if it makes a deployment,
/// as a new one that needs new approvals. Who triggered the one that failed has triggered that too; who only played it has
/// not.
///
/// # Errors
/// The store's.
pub(crate) fn by_itself(
    flow: &mut Flow<'_, '_>,
    failed: &mut Job,
    options: &Options,
    reason: FailureReason,
) -> Result<()> {
    if options.retry.max == 0 || on_job::lacks_environment(failed) {
        return Ok(());
    }
    let before = jobs::retried(flow.tx, failed.pipeline_id, &failed.name)?;
    let before = usize::try_from(before).unwrap_or(usize::MAX);
    if !options.retry.wants(reason, failed.exit_code, before) {
        return Ok(());
    }
    // What was overtaken meanwhile is rolled back to by people only.
    if gates::of_job(flow.tx, failed, None, flow.now)?.1.is_outdated() {
        return Ok(());
    }
    let Some(pipeline) = pipelines::find(flow.tx, failed.pipeline_id)? else { return Ok(()) };
    let by = match deployments::of_job(flow.tx, failed.id)? {
        Some(of) => Initiators { user: of.user_id, creator: of.pipeline_creator_id },
        None => Initiators::of_retry(failed.user_id, &pipeline),
    };
    let user = failed.user_id;
    let (mut made, mut after) = put_in_place(flow, failed, (user, by), &pipeline)?;
    after["by_itself"] = json!(before + 1);
    let subject = Subject::of_project("Job", made.id.0, made.project_id);
    flow.events.push(Event::new(Code::JobRetried, subject).after(after));
    let (deployment, gate) = gates::of_job(flow.tx, &made, None, flow.now)?;
    flow.pass_gate(&mut made, deployment, &gate, When::OnSuccess)
}

fn put_in_place(
    flow: &mut Flow<'_, '_>,
    old: &mut Job,
    (user, by): (Option<UserId>, Initiators),
    pipeline: &Pipeline,
) -> Result<(Job, Value)> {
    old.retried = true;
    old.updated_at = flow.now;
    jobs::save(flow.tx, old)?;
    let made = copy(flow, old, user)?;
    deploy(flow, pipeline, &made, by)?;
    let after = json!({"name": made.name, "user": user, "retry_of": old.id});
    Ok((made, after))
}

fn copy(flow: &mut Flow<'_, '_>, old: &Job, user: Option<UserId>) -> Result<Job> {
    let environment = match old.environment_id {
        Some(id) => environments::get(flow.tx, old.project_id, id)?,
        None => None,
    };
    let tier_refused = match &environment {
        Some(at) => environment_of::ensure(flow, old.project_id, &at.name, old.asked_tier, user)?.tier_refused,
        None => false,
    };
    // With exit codes of its own, how it ended is no rule for how it may end; nor is that it waited for approval.
    let options = Options::read(&old.options);
    let by_code = !options.allowed_exit_codes.is_empty();
    let new = NewJob {
        project_id: old.project_id,
        pipeline_id: old.pipeline_id,
        name: &old.name,
        stage: &old.stage,
        stage_index: old.stage_index,
        status: Status::Created,
        failure_reason: None,
        when: old.when,
        allow_failure: options.optional || (old.allow_failure && !by_code),
        user_id: user,
        environment_id: old.environment_id,
        environment_action: old.environment_action,
        environment_url: old.environment_url.as_deref(),
        asked_tier: old.asked_tier,
        tier_refused,
        tags: &old.tags,
        script: &old.script,
        options: &old.options,
        needs: old.needs.as_deref(),
        start_in: old.start_in,
        timeout: old.timeout,
        resource_group_id: old.resource_group_id,
    };
    let id = jobs::insert(flow.tx, &new, flow.now)?;
    Ok(jobs::get(flow.tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// Skipped jobs get another turn that depend on a job which runs anew, or at last, and their deployments with them.
///
/// # Errors
/// The store's.
pub(crate) fn renew(flow: &mut Flow<'_, '_>, pipeline: PipelineId, of: JobId, what: Renewed) -> Result<()> {
    let mut jobs = jobs::of_pipeline(flow.tx, pipeline, false)?;
    let renewed: HashSet<JobId> = to_renew(&views(&jobs), of, what).into_iter().collect();
    for job in jobs.iter_mut().filter(|job| renewed.contains(&job.id)) {
        flow.move_job(job, JobEvent::Renew)?;
        match deployments::of_job(flow.tx, job.id)? {
            Some(mut of) if of.status == DeploymentStatus::Skipped => {
                flow.move_deployment(&mut of, DeploymentEvent::Renew, None)?;
            }
            Some(_) => {}
            None => deploy_anew(flow, job)?,
        }
    }
    Ok(())
}

/// Whoever deletes the record of a skipped deployment does not take the approvals away that its job needs.
fn deploy_anew(flow: &mut Flow<'_, '_>, job: &Job) -> Result<()> {
    let Some(pipeline) = pipelines::find(flow.tx, job.pipeline_id)? else { return Ok(()) };
    deploy(flow, &pipeline, job, Initiators::of_retry(job.user_id, &pipeline))
}
