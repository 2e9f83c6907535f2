//! Tries the failed jobs of a pipeline again.

use super::lock;
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::on_job;
use crate::retry::{allowed, renew, replace};
use crate::{Result, Tx, refused};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::PipelineId;
use countersign_domain::job::Status;
use countersign_domain::outcome::Ending;
use countersign_domain::pipeline::Renewed;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::jobs;
use serde_json::json;

/// Tries every failed or canceled job of a pipeline again as the actor, each when its turn comes: its gate is asked
/// anew. Jobs that cannot be tried again, or not by the actor, stay as they are.
///
/// # Errors
/// The actor may not; or jobs have failed, and none of them can be tried again by the actor.
pub fn retry(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<Ending<PipelineId>> {
    let mut flow = Flow::new(tx, now);
    let (on, pipeline) = lock(&mut flow, actor, at, id, Action::RunPipelines)?;
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    let (mut made, mut first_refusal) = (Vec::new(), None);
    for job in jobs::of_pipeline(flow.tx, id, false)? {
        if !matches!(job.status, Status::Failed | Status::Canceled) {
            continue;
        }
        let of_job = on_job::of(&mut flow, &on, (&pipeline, job), user)?;
        match allowed(&of_job) {
            Ok(()) => made.push(replace(&mut flow, of_job, &pipeline)?),
            Err(why) if first_refusal.is_none() => first_refusal = Some((why, of_job)),
            Err(_) => {}
        }
    }
    if made.is_empty() {
        return Ok(match first_refusal {
            None => Ending::Unchanged(id),
            Some((why, of)) => {
                let subject = Subject::of_project("Job", of.job.id.0, on.project.id);
                refused(why, subject, "retry", of.gate.is_protected())
            }
        });
    }
    for job in &made {
        renew(&mut flow, id, job.id, Renewed::After(job.stage_index))?;
    }
    let jobs: Vec<_> = made.iter().map(|job| job.id).collect();
    let subject = Subject::of_project("Pipeline", id.0, on.project.id);
    let event = Event::new(Code::PipelineRetried, subject).before(json!({"status": pipeline.status.as_str()}));
    flow.events.push(event.after(json!({"user": user, "jobs": jobs})));
    flow.advance(id)?;
    Ok(Ending::from_events(id, flow.events))
}
