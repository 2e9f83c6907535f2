//! Deletes an environment.

use super::{Found, Right, find, image, subject};
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{Result, Tx, refused};
use countersign_domain::access::Actor;
use countersign_domain::environment::State;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::EnvironmentId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::deployments;
use countersign_store::environments::{self, Environment};

/// Deletes a stopped environment with the records of its deployments; what still waits there is canceled. The audit
/// keeps what happened.
///
/// # Errors
/// The actor may not, there is no such environment, it is not stopped, or a deployment to it runs.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: EnvironmentId, now: Timestamp) -> Result<Ending<()>> {
    let Found { environment, allowed, protected } = find(tx, actor, at, id, Right::Role, now)?;
    if let Err(why) = allowed {
        return Ok(refused(why, subject(&environment), "delete", protected));
    }
    if environment.state != State::Stopped {
        return Err(Refusal::NotStopped.into());
    }
    if environments::running(tx, environment.project_id)?.contains(&id) {
        return Err(Refusal::EnvironmentInUse.into());
    }
    let mut flow = Flow::new(tx, now);
    remove(&mut flow, &environment)?;
    Ok(Ending::from_events((), flow.events))
}

/// Cancels what waits for an environment, and deletes it.
pub(super) fn remove(flow: &mut Flow<'_, '_>, of: &Environment) -> Result<()> {
    let waiting = deployments::pending_to(flow.tx, of.id)?;
    flow.cancel_pending(&waiting, false)?;
    environments::delete(flow.tx, of.id)?;
    flow.events.push(Event::new(Code::EnvironmentDeleted, subject(of)).before(image(of)));
    Ok(())
}
