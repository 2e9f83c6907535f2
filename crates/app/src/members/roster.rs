//! Everybody with access to a group or project, and from where: for people to look at.

use super::add::check_lock;
use super::read::{everybody, page};
use super::{Target, Wanted, grantable, manages, seen};
use crate::{Result, Tx, invitations, or_refused};
use countersign_domain::access::{Actor, Level, Through, Way};
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::many::MOST;
use countersign_store::members::Member;
use countersign_store::namespaces;
use countersign_store::shares::{self, Share};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Everybody with access to a group or project.
#[derive(Debug, Clone)]
pub struct Roster {
    /// One page of them, the highest levels first.
    pub rows: Vec<Access>,
    /// How many there are in all.
    pub total: i64,
    /// Who has a membership of the very place.
    pub direct: HashSet<UserId>,
    /// The addresses of the groups that give access to those of the page.
    pub groups: HashMap<GroupId, String>,
    /// The groups invited to the place, as far as the actor is told.
    pub shares: Vec<Share>,
    /// The levels that the actor may give to somebody new; or why they may add nobody.
    pub add: Result<Vec<Level>, Refusal>,
    /// The levels up to which the actor may invite a group; or why they may not.
    pub invite: Result<Vec<Level>, Refusal>,
}

/// Somebody with access.
#[derive(Debug, Clone)]
pub struct Access {
    /// They, with their effective level.
    pub member: Member,
    /// By which ways they have it, the highest first.
    pub ways: Vec<Way>,
}

/// Everybody with access to a group or project that the actor sees.
///
/// # Errors
/// It is not there, or not for the actor to see.
pub fn roster(tx: &mut Tx<'_>, actor: &Actor, target: &Target, wanted: &Wanted, now: Timestamp) -> Result<Roster> {
    let on = seen(tx, actor, target, now)?;
    let (directory, mut all) = everybody(tx, actor, &on, now)?;
    let direct = all.iter().map(|m| m.user_id).filter(|user| directory.direct(*user, on.place) > Level::None);
    let direct = direct.collect();
    all.sort_by_cached_key(|m| (Reverse(m.level), m.name.to_lowercase(), m.user_id));
    let (rows, total) = page(all, wanted);
    let rows: Vec<Access> =
        rows.into_iter().map(|member| Access { ways: directory.ways(member.user_id, on.place), member }).collect();
    let mut shares = shares::list(tx, on.place)?;
    shares.retain(|share| share.expires_at.is_none_or(|date| !date.has_passed(now.date())));
    invitations::hide(tx, actor, &on.standing, &mut shares, now)?;
    let may = manages(&on);
    let add = match &may {
        Ok(()) => or_refused(check_lock(tx, &on))?.map(|()| grantable(&on)),
        Err(why) => Err(why.clone()),
    };
    let invite = may.map(|()| grantable(&on).into_iter().filter(|level| *level >= Level::Guest).collect());
    let groups = addresses(tx, rows.iter().flat_map(|row| &row.ways))?;
    Ok(Roster { rows, total, direct, groups, shares, add, invite })
}

/// The addresses of the groups that give access by some ways.
pub(super) fn addresses<'a>(tx: &mut Tx<'_>, ways: impl Iterator<Item = &'a Way>) -> Result<HashMap<GroupId, String>> {
    let group = |way: &Way| match way.through {
        Through::Above(group) | Through::Invited(group) => Some(group.0),
        Through::Member | Through::Namespace => None,
    };
    let ids: BTreeSet<i64> = ways.filter_map(group).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut found = HashMap::new();
    for some in ids.chunks(MOST) {
        found.extend(namespaces::many(tx, some)?.into_iter().map(|group| (group.group_id(), group.full_path)));
    }
    Ok(found)
}

/// The level below which a membership of the place would say less than is true of somebody: what they have from a
/// group above.
pub(super) fn floor(ways: &[Way]) -> Level {
    let above = ways.iter().filter(|way| matches!(way.through, Through::Above(_)));
    above.map(|way| way.level).max().unwrap_or(Level::None)
}
