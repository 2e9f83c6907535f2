//! One person with access to a group or project: from where, and what the actor may do about it.

use super::read::everybody;
use super::roster::{addresses, floor};
use super::{Target, above_own, alive, grantable, keeps_an_owner, manages, person_only, seen};
use crate::{Result, Tx, authorize, or_refused};
use countersign_domain::access::{Actor, Level, Way};
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::members::{self, Member};
use std::collections::HashMap;

/// One person with access.
#[derive(Debug, Clone)]
pub struct Known {
    /// They, with their effective level.
    pub member: Member,
    /// By which ways they have it, the highest first.
    pub ways: Vec<Way>,
    /// The addresses of the groups that give it.
    pub groups: HashMap<GroupId, String>,
    /// Their own membership of the place, if they have one.
    pub direct: Option<Member>,
    /// The levels that the actor may give them there; or why they may not change it. Only for who has a membership.
    pub change: Result<Vec<Level>, Refusal>,
    /// Whether the actor may end the membership. Only for who has one.
    pub remove: Result<(), Refusal>,
}

/// One person with access to a group or project that the actor sees.
///
/// # Errors
/// It is not there, or not for the actor to see; the person has no access that the actor is told of.
pub fn person(tx: &mut Tx<'_>, actor: &Actor, target: &Target, user: UserId, now: Timestamp) -> Result<Known> {
    let on = seen(tx, actor, target, now)?;
    let (directory, all) = everybody(tx, actor, &on, now)?;
    let member = all.into_iter().find(|m| m.user_id == user).ok_or(Refusal::NotFound(Missing::Row))?;
    let ways = directory.ways(user, on.place);
    let groups = addresses(tx, ways.iter())?;
    let direct = members::get(tx, on.place, user)?.filter(|m| alive(m.expires_at, now.date()));
    let Some(held) = &direct else {
        let none = || Refusal::NotFound(Missing::Row);
        return Ok(Known { member, ways, groups, direct, change: Err(none()), remove: Err(none()) });
    };
    let may = manages(&on).and_then(|()| above_own(&on, held.level)).and_then(|()| person_only(held.bot));
    let kept = or_refused(keeps_an_owner(tx, &on, held, None, now.date()))?;
    let least = if kept.is_ok() { floor(&ways) } else { Level::Owner };
    let change = may.clone().map(|()| grantable(&on).into_iter().filter(|level| *level >= least).collect());
    let own = actor.user() == Some(user) && authorize::own_token(actor).is_ok();
    let remove = if own { person_only(held.bot) } else { may }.and(kept);
    Ok(Known { member, ways, groups, direct, change, remove })
}
