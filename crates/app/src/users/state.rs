//! Shuts people out, and lets them in again.

use super::keep_an_administrator;
use crate::{Result, Tx, authorize, reassess};
use countersign_domain::access::Actor;
use countersign_domain::event::{Event, Subject};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::user::{Change, State};
use countersign_store::{sessions, users};
use serde_json::json;

/// Moves a person to another state: whoever is not active counts for nothing, and none of their tokens works. Tells
/// whether that is new.
///
/// # Errors
/// The actor is no administrator; there is no such person; their state does not allow it; they are the last active
/// administrator.
pub fn change_state(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    change: Change,
    now: Timestamp,
) -> Result<Ending<bool>> {
    authorize::admin(actor)?;
    let user = users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?;
    let Some(state) = user.state.after(change)? else { return Ok(Ending::Unchanged(false)) };
    if state != State::Active {
        keep_an_administrator(tx, &user)?;
    }
    users::set_state(tx, id, state)?;
    sessions::end_all(tx, id, None)?;
    let event = Event::new(change.code(), Subject::instance("User", id.0))
        .before(json!({"state": user.state.as_str()}))
        .after(json!({"state": state.as_str()}));
    let more = reassess::person(tx, id, now)?;
    Ok(Ending::Done(Outcome::new(true, event).with(more)))
}

/// What becomes of somebody who asked to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// They are let in.
    Approve,
    /// They are not.
    Reject,
}

/// Decides on somebody who asked to be let in. Nobody ever waits for that: only administrators create users.
///
/// # Errors
/// The actor is no administrator; there is no such person; they do not wait for anything.
pub fn admit(tx: &mut Tx<'_>, actor: &Actor, id: UserId, admission: Admission) -> Result<()> {
    authorize::admin(actor)?;
    users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?;
    let why = match admission {
        Admission::Approve => "The user you are trying to approve is not pending approval",
        Admission::Reject => "User does not have a pending request",
    };
    Err(Refusal::NotPending(why).into())
}
