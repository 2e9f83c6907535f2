//! Gives a free resource to the job whose turn it is.

use crate::flow::Flow;
use crate::{App, Result, Tx};
use countersign_domain::event::{By, Code, Event, Subject};
use countersign_domain::ids::{JobId, ResourceGroupId};
use countersign_domain::job::{Event as JobEvent, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::resource_group::{Upcoming, next};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use countersign_store::{Intent, LockTable, resource_groups};
use serde_json::json;

/// Gives every resource that is free to the job that waits for it and is next. What frees a resource is only that the
/// job which had it has ended or waits for something else: nothing has to be remembered, and a restart loses nothing.
///
/// # Errors
/// The store's.
pub async fn sweep(app: &App, now: Timestamp) -> Result<()> {
    for id in app.store.scan(givable).await? {
        let given = app.store.write(By::default(), now, Intent::Decide, move |tx| assign(tx, id, now)).await?;
        if given {
            app.wake.runners();
        }
    }
    Ok(())
}

/// The groups whose resource is free and for whose next job it can be.
fn givable(tx: &mut Tx<'_>) -> Result<Vec<ResourceGroupId>> {
    let mut found = Vec::new();
    for id in resource_groups::free(tx)? {
        found.extend(first(tx, id, None)?.map(|_| id));
    }
    Ok(found)
}

/// Gives the resource of a group to the job that is next, if it is free; whether it did.
///
/// # Errors
/// The store's.
pub fn assign(tx: &mut Tx<'_>, id: ResourceGroupId, now: Timestamp) -> Result<Ending<bool>> {
    // Its pipeline is locked before the group, as everywhere.
    let Some(first) = first(tx, id, None)? else { return Ok(Ending::Unchanged(false)) };
    let found = jobs::for_decision(tx, first)?.filter(|job| job.status == Status::WaitingForResource);
    let Some(mut job) = found else { return Ok(Ending::Unchanged(false)) };
    tx.lock_row(LockTable::ResourceGroups, id.0)?;
    if self::first(tx, id, None)? != Some(first) {
        return Ok(Ending::Unchanged(false));
    }
    let mut flow = Flow::new(tx, now);
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    flow.events.push(Event::new(Code::JobResumed, subject).after(json!({"name": job.name, "resource_group": id})));
    flow.move_job(&mut job, JobEvent::Enqueue)?;
    flow.advance(job.pipeline_id)?;
    Ok(Ending::from_events(true, flow.events))
}

/// Whether the resource of its group is there for a job whose turn has come. The group stays locked, so that nobody else
/// finds it free meanwhile.
///
/// # Errors
/// The store's.
pub(crate) fn is_free_for(tx: &mut Tx<'_>, id: ResourceGroupId, job: &Job) -> Result<bool> {
    tx.lock_row(LockTable::ResourceGroups, id.0)?;
    Ok(first(tx, id, Some(job))? == Some(job.id))
}

/// The job that gets a free resource next; `joining` counts as if it waited for it.
fn first(tx: &mut Tx<'_>, id: ResourceGroupId, joining: Option<&Job>) -> Result<Option<JobId>> {
    let Some(group) = resource_groups::get(tx, id)? else { return Ok(None) };
    if resource_groups::holder(tx, id)?.is_some() {
        return Ok(None);
    }
    let mut all = resource_groups::upcoming(tx, id)?;
    if let Some(job) = joining {
        all.retain(|other| other.id != job.id);
        all.push(Upcoming { id: job.id, pipeline: job.pipeline_id, ready: true });
    }
    Ok(next(group.process_mode, all))
}
