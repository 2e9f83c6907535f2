//! Deletes a pipeline.

use super::lock;
use crate::artifacts::Shelf;
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::traces::Traces;
use crate::{App, Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{JobId, PipelineId, ProjectId};
use countersign_domain::job::Event as JobEvent;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::{deployments, jobs, pipelines};
use serde_json::json;

/// What was deleted: its logs and the hold on its commit can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The pipeline.
    pub id: PipelineId,
    /// Its project.
    pub project: ProjectId,
    /// All its jobs.
    pub jobs: Vec<JobId>,
}

/// Deletes a pipeline with its jobs. What has not ended is canceled first. The deployments stay with their votes, since
/// they say what the environments have; nothing can follow on them any more. So does what the audit recorded.
///
/// # Errors
/// The actor is no owner.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<Ending<Deleted>> {
    let mut flow = Flow::new(tx, now);
    let (on, pipeline) = lock(&mut flow, actor, at, id, Action::DeletePipelines)?;
    let all = jobs::of_pipeline(flow.tx, id, true)?;
    let ids: Vec<JobId> = all.iter().map(|job| job.id).collect();
    for mut job in all {
        if !job.status.is_finished() {
            // Its runner finds no job to report on any more, and stops.
            flow.end_job(&mut job, JobEvent::Cancel, None)?;
        }
    }
    let kept = deployments::of_pipeline(flow.tx, id)?;
    deployments::seal_of_pipeline(flow.tx, id)?;
    pipelines::delete(flow.tx, id)?;
    let before = json!({
        "iid": pipeline.iid, "status": pipeline.status.as_str(), "source": pipeline.source,
        "ref": pipeline.ref_name, "sha": pipeline.sha, "user": pipeline.user_id, "jobs": ids,
    });
    let subject = Subject::of_project("Pipeline", id.0, on.project.id);
    let event = Event::new(Code::PipelineDeleted, subject).before(before);
    flow.events.push(event.after(json!({"deployments_kept": kept})));
    Ok(Ending::from_events(Deleted { id, project: on.project.id, jobs: ids }, flow.events))
}

/// Removes the logs and files of a deleted pipeline and lets go of its commit. What cannot be removed can be reached by nobody, and
/// is only logged.
pub fn clear(app: &App, of: &Deleted) {
    let (traces, shelf, pipeline) = (Traces::of(&app.config), Shelf::of(&app.config), of.id.0);
    for job in &of.jobs {
        if let Err(why) = traces.remove(of.project, *job).and_then(|()| shelf.remove_job(of.project, *job)) {
            tracing::warn!(job = job.0, %why, "the log or the files of a deleted job are still there");
        }
    }
    if app.repositories.keeps(of.project.0, pipeline)
        && let Err(why) = app.repositories.release(of.project.0, pipeline)
    {
        tracing::warn!(pipeline, %why, "the commit of a deleted pipeline is still kept");
    }
}
