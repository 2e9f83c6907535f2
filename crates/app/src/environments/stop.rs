//! Stops an environment.

use super::subject;
use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::gates::Gates;
use crate::{Result, Tx, or_refused, refused, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::environment::State;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::EnvironmentId;
use countersign_domain::outcome::Ending;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments;
use countersign_store::environments::{self, Environment};
use serde_json::json;

/// Stops an environment at once and cancels the deployments that wait there for approval. Stopping a stopped one
/// changes nothing. A deploy entry stands in for the role, but not for the token of a job; where the environment is
/// protected it is needed.
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
    if !seen.whole && seen.sight(&found.name, found.tier, None, false) == Sight::None {
        return Err(Refusal::NotFound(Missing::Row).into());
    }
    let gate = Gates::of(tx, found.project_id, actor, now)?.at(&found);
    let role = match gate.is_protected() && !actor.is_job() {
        true => Ok(()),
        false => or_refused(authorize::project(tx, actor, at, Action::ChangeEnvironments, now))?.map(drop),
    };
    if let Err(why) = gate.may_change(actor.user(), role) {
        return Ok(refused(why, subject(&found), "stop", gate.is_protected()));
    }
    if found.state == State::Stopped {
        return Ok(Ending::Unchanged(found));
    }
    let mut flow = Flow::new(tx, now);
    let stopped = halt(&mut flow, found)?;
    Ok(Ending::from_events(stopped, flow.events))
}

/// Stops an environment that runs.
pub(super) fn halt(flow: &mut Flow<'_, '_>, found: Environment) -> Result<Environment> {
    environments::set_state(flow.tx, found.id, State::Stopped, flow.now)?;
    let event = Event::new(Code::EnvironmentStopped, subject(&found));
    flow.events.push(event.before(json!({"state": found.state.as_str()})));
    let waiting = deployments::pending_to(flow.tx, found.id)?;
    flow.cancel_pending(&waiting, true)?;
    Ok(Environment { state: State::Stopped, updated_at: flow.now, ..found })
}
