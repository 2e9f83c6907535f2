//! Stops an environment.

use super::stop_jobs::{StopJobs, stop_with};
use super::{Found, find_to_stop, subject};
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{Result, Tx, refused};
use countersign_domain::access::Actor;
use countersign_domain::environment::State;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::EnvironmentId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::deployments;
use countersign_store::environments::{self, Environment};
use serde_json::json;

/// Stops an environment, and cancels the deployments that wait there for approval: by the jobs that stop it, if what
/// stands there names any, so that it is `stopping` until these have ended; else, or with `force`, at once. Stopping a
/// stopped one changes nothing, nor does stopping one that is `stopping` without `force`. A deploy entry stands in for the
/// role, but not for the token of a job; where the environment is protected it is needed. Whoever stops it by a job must
/// be allowed to play that.
///
/// # Errors
/// The actor may not, or there is no such environment.
pub fn stop(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (id, force): (EnvironmentId, bool),
    now: Timestamp,
) -> Result<Ending<Environment>> {
    let Found { environment: found, allowed, protected } = find_to_stop(tx, actor, at, id, now)?;
    if let Err(why) = allowed {
        return Ok(refused(why, subject(&found), "stop", protected));
    }
    if found.state == State::Stopped || (found.state == State::Stopping && !force) {
        return Ok(Ending::Unchanged(found));
    }
    let mut flow = Flow::new(tx, now);
    if force {
        let stopped = halt(&mut flow, found)?;
        return Ok(Ending::from_events(stopped, flow.events));
    }
    let jobs = StopJobs::of(flow.tx, &found)?;
    match stop_with(&mut flow, actor, at, (found, jobs))? {
        Ok(stopped) => Ok(Ending::from_events(stopped, flow.events)),
        Err(denied) => Ok(denied.ending("stop")),
    }
}

/// Stops an environment at once.
pub(super) fn halt(flow: &mut Flow<'_, '_>, found: Environment) -> Result<Environment> {
    environments::set_state(flow.tx, found.id, State::Stopped, flow.now)?;
    let event = Event::new(Code::EnvironmentStopped, subject(&found));
    flow.events.push(event.before(json!({"state": found.state.as_str()})));
    let waiting = deployments::pending_to(flow.tx, found.id)?;
    flow.cancel_pending(&waiting, true)?;
    let (auto_stop_at, stays_up) = (None, None);
    Ok(Environment { state: State::Stopped, updated_at: flow.now, auto_stop_at, stays_up, ..found })
}
