//! Shows members: the direct ones, or everybody with access.

use super::{On, Target, alive, seen};
use crate::{Result, Tx, sight};
use countersign_domain::access::{Actor, Directory, Home, Level, Place};
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::fold;
use countersign_store::many::MOST;
use countersign_store::members::{self, Creator, Holding, Member};
use countersign_store::users::{self, User};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    let all = living(tx, &[on.place], now)?.into_iter();
    let mut all: Vec<_> = all.map(|h| Holder { user: h.user_id, level: h.level, by: Some(h) }).collect();
    all.sort_by_key(|holder| holder.user);
    paged(tx, on.place, all, wanted)
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
    let (_, all) = holders(tx, actor, &on, now)?;
    paged(tx, on.place, all, wanted)
}

/// One direct member.
///
/// # Errors
/// As [`list`]; there is no such member.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, target: &Target, user: UserId, now: Timestamp) -> Result<Member> {
    let on = seen(tx, actor, target, now)?;
    let found = members::get(tx, on.place, user)?.filter(|m| alive(m.expires_at, now.date()));
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// One person with access, with their highest level.
///
/// # Errors
/// As [`list`]; the person has no access.
pub fn show_all(tx: &mut Tx<'_>, actor: &Actor, target: &Target, user: UserId, now: Timestamp) -> Result<Member> {
    let on = seen(tx, actor, target, now)?;
    let (_, all) = holders(tx, actor, &on, now)?;
    let found: Vec<Holder> = all.into_iter().filter(|holder| holder.user == user).collect();
    let shown = shown(tx, on.place, &found)?;
    Ok(shown.into_iter().next().ok_or(Refusal::NotFound(Missing::Row))?)
}

/// Somebody with access, as they are shown.
struct Holder {
    user: UserId,
    level: Level,
    /// The membership that is shown; none for the owner of a personal namespace, who needs no membership.
    by: Option<Holding>,
}

/// Everybody with access, and what decides about it. Those who have it only through an invitation of which the actor is
/// not told are left out, and so is the invitation.
pub(super) fn everybody(tx: &mut Tx<'_>, actor: &Actor, on: &On, now: Timestamp) -> Result<(Directory, Vec<Member>)> {
    let (directory, all) = holders(tx, actor, on, now)?;
    Ok((directory, shown(tx, on.place, &all)?))
}

/// As [`everybody`], by id, without what is shown of them.
fn holders(tx: &mut Tx<'_>, actor: &Actor, on: &On, now: Timestamp) -> Result<(Directory, Vec<Holder>)> {
    let all = directory::load(tx, now.date(), on.place, People::One(None))?;
    let mut all = sight::told(tx, actor, all, &on.standing, now)?;
    let mut best: BTreeMap<UserId, Option<Holding>> = BTreeMap::new();
    best.extend(personal_owner(&all, on.place).map(|owner| (owner, None)));
    let weight = |h: &Holding| (h.place == on.place, h.level);
    for holding in living(tx, &giving_access(&all, on), now)? {
        let known = best.entry(holding.user_id).or_default();
        if known.as_ref().is_none_or(|known| weight(known) < weight(&holding)) {
            *known = Some(holding);
        }
    }
    let people: Vec<UserId> = best.keys().copied().collect();
    directory::add_people(tx, &mut all, &people)?;
    let level = |user| match on.place {
        Place::Group(group) => all.on_group(user, group),
        Place::Project(project) => all.on_project(user, project),
    };
    let each = best.into_iter().map(|(user, by)| Holder { user, level: level(user), by });
    let each = each.filter(|holder| holder.level > Level::None).collect();
    Ok((all, each))
}

/// The places whose memberships can give access: the very one, the groups above, and the groups invited to any of
/// these; to a project, also those above an invited one.
fn giving_access(all: &Directory, on: &On) -> Vec<Place> {
    let above = on.above.iter().copied().map(Place::Group);
    let here: Vec<Place> = above.chain([on.place]).collect();
    let mut giving: BTreeSet<Place> = here.iter().copied().collect();
    for place in here {
        for invitation in all.living_invitations(place) {
            giving.insert(Place::Group(invitation.group));
            if let Place::Project(_) = place {
                giving.extend(all.lineage(invitation.group).into_iter().map(Place::Group));
            }
        }
    }
    giving.into_iter().collect()
}

/// Whose personal namespace a project lies in.
fn personal_owner(all: &Directory, place: Place) -> Option<UserId> {
    let Place::Project(project) = place else { return None };
    match all.homes.get(&project) {
        Some(Home::Personal(owner)) => Some(*owner),
        _ => None,
    }
}

/// The living memberships of places.
fn living(tx: &mut Tx<'_>, places: &[Place], now: Timestamp) -> Result<Vec<Holding>> {
    let mut all = members::of_places(tx, places)?;
    all.retain(|h| alive(h.expires_at, now.date()));
    Ok(all)
}

/// One page of people whose names are known.
pub(super) fn page(mut all: Vec<Member>, wanted: &Wanted) -> (Vec<Member>, i64) {
    if let Some(query) = wanted.query.as_deref().map(fold::fold) {
        all.retain(|m| fold::fold(&m.name).contains(&query) || fold::fold(&m.username).contains(&query));
    }
    cut(all, wanted, |member| member.user_id)
}

/// One page; unless names are searched, only those of the page are looked up.
fn paged(tx: &mut Tx<'_>, place: Place, all: Vec<Holder>, wanted: &Wanted) -> Result<(Vec<Member>, i64)> {
    if wanted.query.is_some() {
        return Ok(page(shown(tx, place, &all)?, wanted));
    }
    let (some, total) = cut(all, wanted, |holder| holder.user);
    Ok((shown(tx, place, &some)?, total))
}

fn cut<T>(mut all: Vec<T>, wanted: &Wanted, id: impl Fn(&T) -> UserId) -> (Vec<T>, i64) {
    if !wanted.user_ids.is_empty() {
        all.retain(|one| wanted.user_ids.contains(&id(one).0));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    (all.into_iter().skip(wanted.offset).take(wanted.limit).collect(), total)
}

fn people(tx: &mut Tx<'_>, ids: impl Iterator<Item = UserId>) -> Result<HashMap<UserId, User>> {
    let ids: Vec<i64> = ids.map(|id| id.0).collect();
    let mut found = HashMap::new();
    for some in ids.chunks(MOST) {
        found.extend(users::many(tx, some)?.into_iter().map(|user| (user.id, user)));
    }
    Ok(found)
}

/// What is shown of people with access to a place, and of whoever gave it to them.
fn shown(tx: &mut Tx<'_>, place: Place, holders: &[Holder]) -> Result<Vec<Member>> {
    let givers = people(tx, holders.iter().filter_map(|holder| holder.by?.created_by))?;
    let mut users = people(tx, holders.iter().map(|holder| holder.user))?;
    let creator = |id| {
        let user: &User = givers.get(&id)?;
        Some(Creator { id, username: user.username.clone(), name: user.name.clone(), state: user.state })
    };
    let shown = holders.iter().filter_map(|holder| {
        let user = users.remove(&holder.user)?;
        Some(Member {
            place: holder.by.map_or(place, |by| by.place),
            user_id: user.id,
            username: user.username,
            name: user.name,
            email: user.email,
            state: user.state,
            bot: user.bot,
            level: holder.level,
            expires_at: holder.by.and_then(|by| by.expires_at),
            created_by: holder.by.and_then(|by| by.created_by).and_then(creator),
            created_at: holder.by.map_or(user.created_at, |by| by.created_at),
        })
    });
    Ok(shown.collect())
}
