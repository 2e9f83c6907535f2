//! Shows people.

use crate::{Result, Tx, authorize};
use countersign_domain::access::Actor;
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::users::{self, Filter, User};

/// One page of the people and bots, and how many there are in all. Mail addresses are searched for administrators only.
///
/// # Errors
/// The actor is anonymous.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, filter: &Filter) -> Result<(Vec<User>, i64)> {
    signed_in(actor)?;
    let filter = Filter { by_email: actor.is_admin(), ..filter.clone() };
    Ok(users::list(tx, &filter)?)
}

/// One person or bot.
///
/// # Errors
/// The actor is anonymous, or there is nobody with that id.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, id: UserId) -> Result<User> {
    signed_in(actor)?;
    Ok(users::get(tx, id)?.ok_or(Refusal::NotFound(Missing::User))?)
}

/// The actor themselves.
///
/// # Errors
/// The actor is anonymous.
pub fn me(tx: &mut Tx<'_>, actor: &Actor) -> Result<User> {
    let id = actor.user().ok_or(Refusal::NotFound(Missing::User))?;
    show(tx, actor, id)
}

fn signed_in(actor: &Actor) -> Result<(), Refusal> {
    if actor.is_job() { Ok(()) } else { authorize::own_token(actor) }
}
