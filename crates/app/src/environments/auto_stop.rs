//! Stops environments whose time has come: from stored times, which outlive a restart.

use super::stop_jobs::{StopJobs, stop_with};
use super::{Right, find, subject};
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{App, Result, Tx, or_refused};
use countersign_domain::access::{Actor, Place, Via};
use countersign_domain::environment::{AutoStop, State, StaysUp};
use countersign_domain::event::{By, Code, Event};
use countersign_domain::ids::{EnvironmentId, ProjectId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_domain::token::Scope;
use countersign_store::directory::{self, People};
use countersign_store::environments::{self, Environment};
use countersign_store::{Intent, deployments};
use serde_json::json;

/// Stops every environment whose time has come; with `again`, also tries those that could not be stopped then.
///
/// # Errors
/// The store's.
pub async fn sweep(app: &App, now: Timestamp, again: bool) -> Result<()> {
    let due = move |tx: &mut Tx<'_>| Ok::<_, crate::Failure>(environments::due(tx, now, again)?);
    for (project, id) in app.store.scan(due).await? {
        let stop = move |tx: &mut Tx<'_>| stop_due(tx, (project, id), now);
        app.store.write(By::default(), now, Intent::Decide, stop).await?;
        app.wake.runners();
    }
    Ok(())
}

/// Stops an environment whose time has come, by its stop jobs if it has any, as whoever deployed there last with success:
/// they must still be allowed to. Else it stays, and says why.
///
/// # Errors
/// The store's.
pub fn stop_due(tx: &mut Tx<'_>, (project, id): (ProjectId, EnvironmentId), now: Timestamp) -> Result<Ending<()>> {
    let due = |of: &Environment| of.state == State::Available && of.auto_stop_at.is_some_and(|at| at <= now);
    let Some(found) = environments::to_stop(tx, project, id)?.filter(due) else { return Ok(Ending::Unchanged(())) };
    let last = deployments::current(tx, &[id.0])?.pop().and_then(|of| of.user_id);
    let mut flow = Flow::new(tx, now);
    match attempt(&mut flow, &found, last)? {
        Ok(()) => {
            let event = Event::new(Code::EnvironmentUpdated, subject(&found));
            let before = json!({"auto_stop_at": found.auto_stop_at});
            flow.events.insert(0, event.before(before).after(json!({"auto_stop_at": null, "as": last})));
        }
        Err(why) if found.stays_up == Some(why) => return Ok(Ending::Unchanged(())),
        Err(why) => {
            environments::stay_up(flow.tx, id, why)?;
            let event = Event::new(Code::EnvironmentUpdated, subject(&found));
            flow.events.push(event.after(json!({"stays_up": why.as_str(), "as": last})));
        }
    }
    Ok(Ending::from_events((), flow.events))
}

fn attempt(flow: &mut Flow<'_, '_>, found: &Environment, last: Option<UserId>) -> Result<Result<(), StaysUp>> {
    let jobs = StopJobs::of(flow.tx, found)?;
    if found.auto_stop == AutoStop::WithAction && jobs.is_empty() {
        return Ok(Err(StaysUp::NoJob));
    }
    let Some(user) = last else { return Ok(Err(StaysUp::NotAllowed)) };
    let at = Ref::Id(found.project_id.0);
    let actor = acting(flow.tx, found.project_id, user, flow.now)?;
    let judged = or_refused(find(flow.tx, &actor, &at, found.id, Right::RoleOrEntry, flow.now))?;
    if judged.and_then(|judged| judged.allowed).is_err() {
        return Ok(Err(StaysUp::NotAllowed));
    }
    let stopped = stop_with(flow, &actor, &at, (found.clone(), jobs))?;
    Ok(stopped.map(drop).map_err(|_| StaysUp::NotAllowed))
}

/// The person as they are now, with no more than they may do themselves.
fn acting(tx: &mut Tx<'_>, project: ProjectId, user: UserId, now: Timestamp) -> Result<Actor> {
    let known = directory::load(tx, now.date(), Place::Project(project), People::One(Some(user)))?;
    let person = known.active(user).cloned();
    Ok(Actor { person, via: Via::Token(vec![Scope::Api]), by: By::default() })
}
