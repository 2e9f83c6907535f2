//! Jobs whose runner is gone: some go back to the queue, those that reach a protected environment never do.

use crate::flow::Flow;
use crate::traces::Traces;
use crate::{App, Result, Tx, gates};
use countersign_domain::event::{By, Code, Event, Subject};
use countersign_domain::ids::JobId;
use countersign_domain::job::{Event as JobEvent, FailureReason, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::silence::{Heard, Patience};
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_store::jobs::{self, Job};
use serde_json::json;

/// Ends or returns every job whose runner was silent for too long, in the time that the server has been listening.
///
/// # Errors
/// The store's.
pub async fn sweep(app: &App, listening_since: Timestamp, now: Timestamp) -> Result<()> {
    let patience = Patience {
        unacknowledged: app.config.unacknowledged_after_ms,
        lost: app.config.lost_after_ms,
        listening_since,
    };
    let silent =
        move |tx: &mut Tx<'_>| jobs::claimed(tx, now.plus_ms(-patience.unacknowledged), now.plus_ms(-patience.lost));
    for id in app.store.scan(silent).await? {
        let settled = move |tx: &mut Tx<'_>| give_up(tx, id, patience, now);
        let returned = app.store.write(By::default(), now, Intent::Decide, settled).await?;
        if let Some(job) = returned {
            let removed = Traces::of(&app.config).remove(job.project_id, id);
            if let Err(error) = removed {
                tracing::warn!(job = id.0, %error, "the log of a job that is to run anew cannot be removed");
            }
        }
        app.wake.runners();
    }
    Ok(())
}

/// Gives up on the runner of a job, if it is still silent; the job, if it went back to the queue.
///
/// # Errors
/// The store's.
pub fn give_up(tx: &mut Tx<'_>, id: JobId, patience: Patience, now: Timestamp) -> Result<Ending<Option<Job>>> {
    let Some(mut job) = jobs::for_decision(tx, id)?.filter(|j| is_silent(j, patience, now)) else {
        return Ok(Ending::Unchanged(None));
    };
    let mut flow = Flow::new(tx, now);
    let (_, gate) = gates::of_job(flow.tx, &job, None, now)?;
    let returns = job.status == Status::Running && job.acknowledged_at.is_none() && !job.gated && !gate.is_protected();
    if returns {
        put_back(&mut flow, &mut job)?;
    } else {
        // Whatever the runner may still do with it, its word counts no more.
        let event = if job.status == Status::Canceling { JobEvent::Cancel } else { JobEvent::Fail };
        let reason = (event == JobEvent::Fail).then_some(FailureReason::RunnerSystem);
        flow.end_job(&mut job, event, reason)?;
    }
    flow.advance(job.pipeline_id)?;
    Ok(Ending::from_events(Some(job).filter(|_| returns), flow.events))
}

fn is_silent(job: &Job, patience: Patience, now: Timestamp) -> bool {
    let heard = Heard { claimed: job.started_at, acknowledged: job.acknowledged_at, last: job.contacted_at };
    job.status.is_claimed() && patience.is_over(heard, now)
}

/// The job waits again, and its token is dead; its deployment goes on as it is.
fn put_back(flow: &mut Flow<'_, '_>, job: &mut Job) -> Result<()> {
    let runner = job.runner_id.take();
    job.token_hash = None;
    job.started_at = None;
    job.contacted_at = None;
    flow.move_job(job, JobEvent::Return)?;
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    let after = json!({"name": job.name, "runner": runner, "attempt": job.attempt});
    flow.events.push(Event::new(Code::JobReturned, subject).after(after));
    Ok(())
}
