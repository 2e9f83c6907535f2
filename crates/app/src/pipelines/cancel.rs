//! Cancels a pipeline.

use super::lock;
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{Result, Tx, cancel_job, gates};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::PipelineId;
use countersign_domain::job::Status;
use countersign_domain::outcome::Ending;
use countersign_domain::pipeline::cancels;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use serde_json::json;

/// Cancels the jobs of a pipeline that have not ended, and their deployments with them, also those that wait for
/// approval or have it; the votes stay as history. Jobs that merely wait to be played are spared. One that has ended
/// stays as it is.
///
/// # Errors
/// The actor may not.
pub fn cancel(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<Ending<PipelineId>> {
    let mut flow = Flow::new(tx, now);
    let (on, pipeline) = lock(&mut flow, actor, at, id, Action::RunPipelines)?;
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    on.project.settings.ci_restrict_pipeline_cancellation_role.check(on.standing.acting_level())?;
    let mut canceled = Vec::new();
    for mut job in jobs::of_pipeline(flow.tx, id, false)? {
        let guarded = job.status == Status::Manual && is_guarded(&mut flow, &job)?;
        if cancels(job.status, guarded) {
            cancel_job::stop(&mut flow, &mut job, Some(user))?;
            canceled.push(job.id);
        }
    }
    if !canceled.is_empty() {
        let subject = Subject::of_project("Pipeline", id.0, on.project.id);
        let event = Event::new(Code::PipelineCanceled, subject).before(json!({"status": pipeline.status.as_str()}));
        flow.events.push(event.after(json!({"user": user, "jobs": canceled})));
        flow.advance(id)?;
    }
    Ok(Ending::from_events(id, flow.events))
}

/// Whether the deployment of a job needs approval, or needed it and has it.
fn is_guarded(flow: &mut Flow<'_, '_>, job: &Job) -> Result<bool> {
    let (deployment, gate) = gates::of_job(flow.tx, job, None, flow.now)?;
    Ok(gate.asks_approval() || deployment.is_some_and(|d| d.summary.is_some()))
}
