//! Shows members: the direct ones, or everybody with access.

use super::{On, Target, alive, seen};
use crate::{Result, Tx, sight};
use countersign_domain::access::{Actor, Directory, Home, Level, Place};
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::members::{self, Member};
use countersign_store::{fold, users};
use std::collections::{BTreeMap, HashSet};

/// Which members are asked for, by user id.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the name or username.
    pub query: Option<String>,
    /// Only these users; empty for all.
    pub user_ids: Vec<i64>,
    /// How many rows at most.
    pub limit: usize,
    /// How many rows are left out at the start.
    pub offset: usize,
}

/// One page of the direct members, and how many there are in all.
///
/// # Errors
/// The group or project is not there, or not for the actor to see.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(Vec<Member>, i64)> {
    let on = seen(tx, actor, target, now)?;
    let mut all = members::list(tx, on.place)?;
    all.retain(|m| alive(m, now.date()));
    Ok(page(all, wanted))
}

/// One page of everybody with access, each with their highest level, and how many there are in all.
///
/// # Errors
/// As [`list`].
pub fn list_all(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(Vec<Member>, i64)> {
    let on = seen(tx, actor, target, now)?;
    Ok(page(everybody(tx, actor, &on, now)?.1, wanted))
}

/// One direct member.
///
/// # Errors
/// As [`list`]; there is no such member.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, target: &Target, user: UserId, now: Timestamp) -> Result<Member> {
    let on = seen(tx, actor, target, now)?;
    let found = members::get(tx, on.place, user)?.filter(|m| alive(m, now.date()));
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// One person with access, with their highest level.
///
/// # Errors
/// As [`list`]; the person has no access.
pub fn show_all(tx: &mut Tx<'_>, actor: &Actor, target: &Target, user: UserId, now: Timestamp) -> Result<Member> {
    let on = seen(tx, actor, target, now)?;
    let (_, all) = everybody(tx, actor, &on, now)?;
    Ok(all.into_iter().find(|m| m.user_id == user).ok_or(Refusal::NotFound(Missing::Row))?)
}

/// Everybody with access, and what decides about it. Those who have it only through an invitation of which the actor is
/// not told are left out, and so is the invitation.
pub(super) fn everybody(tx: &mut Tx<'_>, actor: &Actor, on: &On, now: Timestamp) -> Result<(Directory, Vec<Member>)> {
    let mut all = directory::load(tx, now.date(), on.place, People::Everybody)?;
    let seen = sight::groups(tx, actor, all.invitations.values().flatten().map(|i| i.group), now)?;
    for invitations in all.invitations.values_mut() {
        invitations.retain(|i| on.standing.shows_invitation(seen.contains(&i.group)));
    }
    let giving = giving_access(&all, on);
    let mut best: BTreeMap<UserId, Member> = BTreeMap::new();
    for member in members::around(tx, on.place)? {
        if !alive(&member, now.date()) || !giving.contains(&member.place) {
            continue;
        }
        let weight = |m: &Member| (m.place == on.place, m.level);
        match best.get(&member.user_id) {
            Some(known) if weight(known) >= weight(&member) => {}
            _ => {
                best.insert(member.user_id, member);
            }
        }
    }
    if let Some(owner) = personal_owner(&all, on.place)
        && !best.contains_key(&owner)
        && let Some(member) = as_member(tx, on.place, owner)?
    {
        best.insert(owner, member);
    }
    let level = |user| match on.place {
        Place::Group(group) => all.on_group(user, group),
        Place::Project(project) => all.on_project(user, project),
    };
    let each = best.into_values().map(|m| Member { level: level(m.user_id), ..m });
    let each = each.filter(|m| m.level > Level::None).collect();
    Ok((all, each))
}

/// The places whose memberships can give access: the very one, the groups above, and the groups invited to any of
/// these; to a project, also those above an invited one.
fn giving_access(all: &Directory, on: &On) -> HashSet<Place> {
    let above = on.above.iter().copied().map(Place::Group);
    let here: Vec<Place> = above.chain([on.place]).collect();
    let mut giving: HashSet<Place> = here.iter().copied().collect();
    for place in here {
        for invitation in all.living_invitations(place) {
            giving.insert(Place::Group(invitation.group));
            if let Place::Project(_) = place {
                giving.extend(all.lineage(invitation.group).into_iter().map(Place::Group));
            }
        }
    }
    giving
}

/// Whose personal namespace a project lies in.
fn personal_owner(all: &Directory, place: Place) -> Option<UserId> {
    let Place::Project(project) = place else { return None };
    match all.homes.get(&project) {
        Some(Home::Personal(owner)) => Some(*owner),
        _ => None,
    }
}

/// The owner of a personal namespace, who needs no membership.
fn as_member(tx: &mut Tx<'_>, place: Place, owner: UserId) -> Result<Option<Member>> {
    let user = users::get(tx, owner)?;
    Ok(user.map(|u| Member {
        place,
        user_id: u.id,
        username: u.username,
        name: u.name,
        email: u.email,
        state: u.state,
        level: Level::Owner,
        expires_at: None,
        created_by: None,
        created_at: u.created_at,
    }))
}

pub(super) fn page(mut all: Vec<Member>, wanted: &Wanted) -> (Vec<Member>, i64) {
    if let Some(query) = wanted.query.as_deref().map(fold::fold) {
        all.retain(|m| fold::fold(&m.name).contains(&query) || fold::fold(&m.username).contains(&query));
    }
    if !wanted.user_ids.is_empty() {
        all.retain(|m| wanted.user_ids.contains(&m.user_id.0));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    (all.into_iter().skip(wanted.offset).take(wanted.limit).collect(), total)
}
