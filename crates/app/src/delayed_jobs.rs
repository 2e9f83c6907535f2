//! Jobs that wait for a time: once it has come, they go on as any other job whose turn it is.

use crate::flow::Flow;
use crate::{App, Result, Tx, gates};
use countersign_domain::event::{By, Code, Event, Subject};
use countersign_domain::ids::JobId;
use countersign_domain::job::{Status, When};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::{Intent, jobs};
use serde_json::json;

/// Sends every job on whose time has come.
///
/// # Errors
/// The store's.
pub async fn sweep(app: &App, now: Timestamp) -> Result<()> {
    for id in app.store.scan(move |tx| jobs::due(tx, now)).await? {
        app.store.write(By::default(), now, Intent::Decide, move |tx| go_on(tx, id, now)).await?;
        app.wake.runners();
    }
    Ok(())
}

/// Sends a job on, if its time has come and it still waits for it. Its gate is asked anew.
///
/// # Errors
/// The store's.
pub fn go_on(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<Ending<()>> {
    let waits = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let found = jobs::for_decision(tx, id)?.filter(|j| j.status == Status::Scheduled && waits(j.scheduled_at));
    let Some(mut job) = found else { return Ok(Ending::Unchanged(())) };
    let mut flow = Flow::new(tx, now);
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    flow.events.push(Event::new(Code::JobResumed, subject).after(json!({"name": job.name, "waited": job.start_in})));
    let (deployment, gate) = gates::of_job(flow.tx, &job, None, now)?;
    flow.pass_gate(&mut job, deployment, &gate, When::OnSuccess)?;
    flow.advance(job.pipeline_id)?;
    Ok(Ending::from_events((), flow.events))
}
