//! What a new pipeline makes superfluous in the older ones of its branch.

use crate::flow::Flow;
use crate::options::Options;
use crate::{Result, cancel_job};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::PipelineId;
use countersign_domain::pipeline::{Older, superfluous};
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::{LockTable, refs};
use serde_json::json;

/// Cancels what is superfluous in the pipelines that a branch had before, if the new one is for what it stands at: pushes
/// can be followed out of order.
pub(super) fn cancel(flow: &mut Flow<'_, '_>, id: PipelineId) -> Result<()> {
    let Some(new) = pipelines::find(flow.tx, id)?.filter(|new| !new.tag) else { return Ok(()) };
    let tip = refs::get(flow.tx, new.project_id, &format!("refs/heads/{}", new.ref_name))?;
    if tip.as_ref() != Some(&new.sha) {
        return Ok(());
    }
    for old in pipelines::older(flow.tx, &new)? {
        one(flow, &old, &new)?;
    }
    Ok(())
}

fn one(flow: &mut Flow<'_, '_>, old: &Pipeline, new: &Pipeline) -> Result<()> {
    flow.tx.lock_row(LockTable::Pipelines, old.id.0)?;
    let all = jobs::of_pipeline(flow.tx, old.id, true)?;
    let goes = superfluous(old.on_new_commit, &all.iter().map(seen).collect::<Vec<_>>());
    let mut canceled = Vec::new();
    for (mut job, _) in all.into_iter().zip(goes).filter(|(_, goes)| *goes) {
        cancel_job::stop(flow, &mut job, new.user_id)?;
        canceled.push(job.id);
    }
    if canceled.is_empty() {
        return Ok(());
    }
    let subject = Subject::of_project("Pipeline", old.id.0, old.project_id);
    let event = Event::new(Code::PipelineCanceled, subject).before(json!({"status": old.status.as_str()}));
    flow.events.push(event.after(json!({"user": new.user_id, "jobs": canceled, "superseded_by": new.id})));
    flow.advance(old.id)
}

fn seen(job: &Job) -> Older {
    Older {
        status: job.status,
        started: job.started_at.is_some(),
        interruptible: Options::read(&job.options).interruptible,
        reaches_environment: job.environment_action.is_some(),
    }
}
