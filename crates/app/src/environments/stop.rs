//! Stops an environment.

use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::{Failure, Result, Tx, gates, refused, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::environment::{State, tiers};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::EnvironmentId;
use countersign_domain::outcome::Ending;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments;
use countersign_store::environments::{self, Environment};
use serde_json::json;

/// Stops an environment at once and cancels the deployments that wait there for approval. Stopping a stopped one
/// changes nothing. A deploy entry stands in for the role; where the environment is protected it is needed.
///
/// # Errors
/// The actor may not, or there is no such environment.
pub fn stop(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: EnvironmentId,
    now: Timestamp,
) -> Result<Ending<Environment>> {
    let seen = sight::project(tx, actor, at, now)?;
    let found = environments::get(tx, seen.project.id, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let by_entry = seen.sight(&found.name, found.tier, None, false);
    if !seen.whole && by_entry == Sight::None {
        return Err(Refusal::NotFound(Missing::Row).into());
    }
    let tiers = tiers(&found.name, Some(found.tier), None, false);
    let gate = gates::before(tx, found.project_id, &found.name, &tiers, actor.user(), now)?;
    let allowed = match actor.user().filter(|_| gate.is_protected() && !actor.is_job()) {
        Some(user) => gate.may_deploy(user),
        None => match authorize::project(tx, actor, at, Action::ChangeEnvironments, now) {
            Ok(_) => Ok(()),
            Err(Failure::Refused(why)) => Err(why),
            Err(other) => return Err(other),
        },
    };
    if let Err(why) = allowed {
        return Ok(refused(
            why,
            Subject::of_project("Environment", id.0, found.project_id),
            "stop",
            gate.is_protected(),
        ));
    }
    if found.state == State::Stopped {
        return Ok(Ending::Unchanged(found));
    }
    let mut flow = Flow::new(tx, now);
    environments::set_state(flow.tx, id, State::Stopped, now)?;
    let event = Event::new(Code::EnvironmentStopped, Subject::of_project("Environment", id.0, found.project_id));
    flow.events.push(event.before(json!({"state": found.state.as_str()})));
    let waiting = deployments::pending_to(flow.tx, id)?;
    flow.cancel_pending(&waiting, true)?;
    let stopped = Environment { state: State::Stopped, updated_at: now, ..found };
    Ok(Ending::from_events(stopped, flow.events))
}
