//! Jobs that run for longer than they may. Their runner ends them by itself; one that does not is not trusted to.

use crate::flow::Flow;
use crate::{App, Result, Tx};
use countersign_domain::event::By;
use countersign_domain::ids::JobId;
use countersign_domain::job::{self, Event as JobEvent, FailureReason, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use countersign_store::{Intent, LockTable, projects, runners};

/// Ends every job whose time was up long enough ago.
///
/// # Errors
/// The store's.
pub async fn sweep(app: &App, now: Timestamp) -> Result<()> {
    let late = move |tx: &mut Tx<'_>| jobs::overdue(tx, now.plus_ms(-job::GRACE_MS));
    for id in app.store.scan(late).await? {
        app.store.write(By::default(), now, Intent::Decide, move |tx| end(tx, id, now)).await?;
        app.wake.runners();
    }
    Ok(())
}

/// Ends a job, if its time is still up.
fn end(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<Ending<()>> {
    let Some(found) = jobs::get(tx, id)? else { return Ok(Ending::Unchanged(())) };
    tx.lock_row(LockTable::Pipelines, found.pipeline_id.0)?;
    let Some(mut job) = jobs::get(tx, id)?.filter(|j| j.status.is_claimed()) else {
        return Ok(Ending::Unchanged(()));
    };
    if !is_overdue(tx, &job, now)? {
        return Ok(Ending::Unchanged(()));
    }
    let mut flow = Flow::new(tx, now);
    let (event, reason) = match job.status {
        Status::Canceling => (JobEvent::Cancel, None),
        _ => (JobEvent::Fail, Some(FailureReason::Timeout)),
    };
    flow.end_job(&mut job, event, reason)?;
    flow.advance(job.pipeline_id)?;
    Ok(Ending::from_events((), flow.events))
}

fn is_overdue(tx: &mut Tx<'_>, job: &Job, now: Timestamp) -> Result<bool> {
    let Some(project) = projects::get(tx, job.project_id)? else { return Ok(false) };
    let runner = match job.runner_id {
        Some(runner) => runners::get(tx, runner)?,
        None => None,
    };
    let limit = job::time_limit(job.timeout, project.build_timeout, runner.and_then(|r| r.maximum_timeout));
    Ok(job.started_at.is_some_and(|at| job::is_overdue(at, limit, now)))
}
