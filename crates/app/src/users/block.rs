//! Blocks people, and lets them in again.

use crate::{Result, Tx, authorize, reassess};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::users::{self, State};
use serde_json::json;

/// Blocks a person: they count for nothing, and none of their tokens works. Tells whether that is new.
///
/// # Errors
/// The actor is no administrator, there is no such person, or they are the last active administrator.
pub fn block(tx: &mut Tx<'_>, actor: &Actor, id: UserId, now: Timestamp) -> Result<Ending<bool>> {
    set(tx, actor, id, State::Blocked, now)
}

/// Lets a blocked person in again. Tells whether that is new.
///
/// # Errors
/// The actor is no administrator, or there is no such person.
pub fn unblock(tx: &mut Tx<'_>, actor: &Actor, id: UserId, now: Timestamp) -> Result<Ending<bool>> {
    set(tx, actor, id, State::Active, now)
}

fn set(tx: &mut Tx<'_>, actor: &Actor, id: UserId, state: State, now: Timestamp) -> Result<Ending<bool>> {
    authorize::admin(actor)?;
    let user = users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?;
    if user.state == state {
        return Ok(Ending::Unchanged(false));
    }
    if state == State::Blocked && user.admin && !users::another_admin(tx, id)? {
        return Err(Refusal::LastAdministrator.into());
    }
    users::set_state(tx, id, state)?;
    let code = if state == State::Blocked { Code::UserBlocked } else { Code::UserUnblocked };
    let event = Event::new(code, Subject::instance("User", id.0))
        .before(json!({"state": user.state.as_str()}))
        .after(json!({"state": state.as_str()}));
    let more = reassess::person(tx, id, now)?;
    Ok(Ending::Done(Outcome::new(true, event).with(more)))
}
