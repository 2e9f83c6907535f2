//! Cancels a job.

use crate::authorize::Ref;
use crate::flow::Flow;
use crate::on_job::{self, OnJob};
use crate::{Result, Tx, refused};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{JobId, UserId};
use countersign_domain::job::{Event as JobEvent, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::jobs::Job;
use countersign_store::runners;
use countersign_wire::runner::InfoFeatures;
use serde_json::json;

/// Cancels a job, and its deployment with it; the votes stay as history. A job that a runner has is told to stop, in
/// order if the runner can. One that has finished, or is being canceled, stays as it is.
///
/// # Errors
/// The actor may not.
pub fn cancel_job(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Ending<JobId>> {
    let mut flow = Flow::new(tx, now);
    let mut on = match on_job::find(&mut flow, actor, at, id)? {
        Ok(on) => on,
        Err(denied) => return Ok(denied.ending("cancel")),
    };
    if let Err(why) = allowed(&on) {
        let subject = Subject::of_project("Job", id.0, on.project.id);
        return Ok(refused(why, subject, "cancel", on.gate.is_protected()));
    }
    if on.job.status.is_finished() || on.job.status == Status::Canceling {
        return Ok(Ending::Unchanged(id));
    }
    stop(&mut flow, &mut on.job, Some(on.user))?;
    flow.advance(on.job.pipeline_id)?;
    Ok(Ending::from_events(id, flow.events))
}

/// Cancels a job that has not ended, or tells its runner to. The pipeline is not advanced.
///
/// # Errors
/// The store's.
pub(crate) fn stop(flow: &mut Flow<'_, '_>, job: &mut Job, user: Option<UserId>) -> Result<()> {
    let before = job.status;
    match before {
        Status::Running if can_wait(flow, job)? => flow.move_job(job, JobEvent::CancelGracefully)?,
        _ => flow.end_job(job, JobEvent::Cancel, None)?,
    }
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    let event = Event::new(Code::JobCanceled, subject).before(json!({"status": before.as_str()}));
    flow.events.push(event.after(json!({"name": job.name, "user": user})));
    Ok(())
}

/// Whether whoever wants to cancel a job may: the project can keep that to a higher role; a deploy entry stands in for any.
///
/// # Errors
/// Why not.
pub(crate) fn allowed(on: &OnJob) -> Result<(), Refusal> {
    match on.gate.sight(on.user) {
        Sight::Deploy => Ok(()),
        _ => on.project.settings.ci_restrict_pipeline_cancellation_role.check(on.standing.acting_level()),
    }
}

/// How long before the start of a job a machine may have been heard of last to be the one that has it, in milliseconds.
const HEARD_OF: i64 = 60 * 60 * 1000;

/// Whether whoever has a job understands `canceling`, and so can run what the job wants run at its end: each machine of its
/// runner that may be the one. One that does not understand would run the job's script to its end.
fn can_wait(flow: &mut Flow<'_, '_>, job: &Job) -> Result<bool> {
    let (Some(runner), Some(started)) = (job.runner_id, job.started_at) else { return Ok(false) };
    let kept = runners::features(flow.tx, runner, started.plus_ms(-HEARD_OF))?;
    let understands = |kept: &String| serde_json::from_str::<InfoFeatures>(kept).is_ok_and(|f| f.cancel_gracefully);
    Ok(!kept.is_empty() && kept.iter().all(understands))
}
