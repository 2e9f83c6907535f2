//! Chooses changes of people and places: such that an administrator may make them.

use super::project;
use crate::act::Act;
use crate::oracle::{Oracle, Right, Spot, User};
use crate::random::Random;
use crate::world;

fn spot(world: &Oracle, random: &mut Random) -> Spot {
    if random.percent(25) { Spot::Project(project(random)) } else { Spot::Group(random.below(world.parents.len())) }
}

/// The day on which a new right dies: mostly never, at the earliest tomorrow.
fn until(world: &Oracle, random: &mut Random) -> Option<i64> {
    if random.percent(30) { Some(world.day + 1 + i64::from(random.percent(50))) } else { None }
}

fn alive(world: &Oracle, right: &Right) -> bool {
    right.until.is_none_or(|day| world.day < day)
}

/// The highest living membership in the groups above a spot.
fn from_above(world: &Oracle, spot: Spot, user: User) -> i64 {
    let above = match spot {
        Spot::Group(group) => world.upwards(group)[1..].to_vec(),
        Spot::Project(project) => world.upwards(world.homes[project]),
    };
    let rows = above.into_iter().filter_map(|g| world.members.get(&(Spot::Group(g), user)));
    rows.filter(|r| alive(world, r)).map(|r| r.level).max().unwrap_or(0)
}

/// Whether a top group would have an owner who can act for less time than now, if somebody left it or had a new right there.
fn is_needed(world: &Oracle, spot: Spot, user: User, new: Option<&Right>) -> bool {
    let Spot::Group(group) = spot else { return false };
    let owner = |u: User| world.members.get(&(spot, u)).filter(|r| r.level == 50 && alive(world, r));
    let (None, Some(old)) = (world.parents[group], owner(user)) else { return false };
    let outlasts = |right: &Right| right.until.unwrap_or(i64::MAX) >= old.until.unwrap_or(i64::MAX);
    let enough = |right: &Right| !world.acts(user) || outlasts(right);
    let others = (0..world.people.len()).filter(|u| *u != user && world.acts(*u));
    !new.is_some_and(|right| right.level == 50 && outlasts(right)) && !others.filter_map(owner).any(enough)
}

pub(super) fn join(world: &Oracle, random: &mut Random) -> Option<Act> {
    let (spot, user) = (spot(world, random), random.below(world.people.len()));
    let right = Right { level: random.one(&[10, 20, 30, 30, 40, 40, 50]), until: until(world, random) };
    let low = right.level < from_above(world, spot, user);
    let loses_owner = is_needed(world, spot, user, Some(&right));
    // Bots belong where they were made.
    let stays = low || loses_owner || world.people[user].bot;
    if stays { None } else { Some(Act::Join { spot, user, right }) }
}

pub(super) fn leave(world: &Oracle, random: &mut Random) -> Option<Act> {
    let living: Vec<_> = world
        .members
        .iter()
        .filter(|((_, user), r)| alive(world, r) && !world.people[*user].bot)
        .map(|(key, _)| *key)
        .collect();
    let (spot, user) = random.of(&living)?;
    let keep_below = random.percent(50);
    if is_needed(world, spot, user, None) { None } else { Some(Act::Leave { spot, user, keep_below }) }
}

pub(super) fn share(world: &Oracle, random: &mut Random) -> Option<Act> {
    let spot = if random.percent(60) { Spot::Project(project(random)) } else { spot(world, random) };
    let group = random.below(world.parents.len());
    let line = match spot {
        Spot::Group(at) => world.upwards(at),
        Spot::Project(project) => world.upwards(world.homes[project]),
    };
    let right = Right { level: random.one(&[10, 20, 30, 40, 50]), until: until(world, random) };
    let legal = !line.contains(&group) && !world.shares.contains_key(&(spot, group));
    if legal { Some(Act::Share { spot, group, right }) } else { None }
}

pub(super) fn unshare(world: &Oracle, random: &mut Random) -> Option<Act> {
    let all: Vec<_> = world.shares.keys().copied().collect();
    random.of(&all).map(|(spot, group)| Act::Unshare { spot, group })
}

pub(super) fn move_project(world: &Oracle, random: &mut Random) -> Option<Act> {
    let (project, to) = (project(random), random.below(world.parents.len()));
    if world.homes[project] == to { None } else { Some(Act::MoveProject { project, to }) }
}

pub(super) fn move_group(world: &Oracle, random: &mut Random) -> Option<Act> {
    let group = random.below(world.parents.len());
    let to = if random.percent(20) { None } else { Some(random.below(world.parents.len())) };
    let inside = to.is_some_and(|to| world.upwards(to).contains(&group));
    if inside || world.parents[group] == to { None } else { Some(Act::MoveGroup { group, to }) }
}

pub(super) fn block(world: &Oracle, random: &mut Random) -> Option<Act> {
    let blocked: Vec<User> = (0..world.people.len()).filter(|u| world.people[*u].blocked).collect();
    if let Some(user) = random.of(&blocked).filter(|_| random.percent(55)) {
        return Some(Act::Block { user, blocked: false });
    }
    let user = random.below(world.people.len());
    let stays = user == world::ADMIN || world.people[user].blocked;
    if stays { None } else { Some(Act::Block { user, blocked: true }) }
}
