//! Ends a membership.

use super::{Target, above_own, alive, image, image_of, keeps_an_owner, managed, person_only, seen, subject};
use crate::authorize;
use crate::{Result, Tx, reassess};
use countersign_domain::access::{Actor, Level, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::{Date, Timestamp};
use countersign_store::members;
use serde_json::json;

/// Ends a direct membership: anybody their own, else whoever manages the members. In a group, those in everything below
/// end too, unless `keep_below`.
///
/// # Errors
/// The actor does not manage the members, or the membership is above their own level; there is none, or it is a bot's; a group would
/// lose its last owner.
pub fn remove(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    user: UserId,
    keep_below: bool,
    now: Timestamp,
) -> Result<Ending<()>> {
    let own = actor.user() == Some(user);
    let on = if own {
        authorize::own_token(actor)?;
        seen(tx, actor, target, now)?
    } else {
        managed(tx, actor, target, now)?
    };
    let found = members::get(tx, on.place, user)?.filter(|m| alive(m.expires_at, now.date()));
    let old = found.ok_or(Refusal::NotFound(Missing::Row))?;
    if !own {
        above_own(&on, old.level)?;
    }
    person_only(old.bot)?;
    keeps_an_owner(tx, &on, &old, None, now.date())?;
    members::delete(tx, on.place, user)?;
    let below = match on.place {
        Place::Group(group) if !keep_below => members::delete_below(tx, group, user)?,
        _ => Vec::new(),
    };
    let event =
        Event::new(Code::MemberRemoved, on.subject(user)).before(image(&old)).after(json!({"also_below": below.len()}));
    let also = below.into_iter().map(|held| removed(user, held));
    let more: Vec<Event> = also.chain(reassess::person(tx, user, now)?).collect();
    Ok(Ending::Done(Outcome::new((), event).with(more)))
}

/// What is to be recorded of the memberships of somebody who is about to be deleted: those that still live.
///
/// # Errors
/// The store's.
pub(crate) fn of_deleted(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<Vec<Event>> {
    let living = members::direct(tx, user)?.into_iter().filter(|(_, _, expires_at)| alive(*expires_at, now.date()));
    Ok(living.map(|held| removed(user, held)).collect())
}

fn removed(user: UserId, (place, level, expires_at): (Place, Level, Option<Date>)) -> Event {
    Event::new(Code::MemberRemoved, subject(place, user)).before(image_of(user, level, expires_at))
}
