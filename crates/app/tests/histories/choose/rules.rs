//! Chooses changes of protections.

use super::{ENVIRONMENTS, project, somebody};
use crate::act::Act;
use crate::oracle::policy::Edit;
use crate::oracle::{Entry, Oracle, Party, Shield, Spot};
use crate::random::Random;

const TIERS: [&str; 3] = ["production", "staging", "development"];

/// Where a protection may live: mostly where it applies to a project.
fn spot(world: &Oracle, random: &mut Random) -> Spot {
    let project = project(random);
    if random.percent(45) {
        return Spot::Project(project);
    }
    let above = world.upwards(world.homes[project]);
    Spot::Group(if random.percent(90) { random.one(&above) } else { random.below(world.parents.len()) })
}

fn name(random: &mut Random, spot: Spot) -> &'static str {
    let first = if random.percent(60) { Some("production") } else { None };
    let all: &[&'static str] = if matches!(spot, Spot::Group(_)) { &TIERS } else { &ENVIRONMENTS };
    first.unwrap_or_else(|| random.one(all))
}

/// A party, mostly one that may be named there.
fn party(world: &Oracle, random: &mut Random, spot: Spot) -> Party {
    let any = |random: &mut Random| match random.below(10) {
        0..4 => Party::User(random.below(world.people.len())),
        4..7 => Party::Group(random.below(world.parents.len())),
        _ => Party::Role(random.one(&[30, 40, 60])),
    };
    let mut found = any(random);
    for _ in 0..12 {
        if world.assignable(found, spot) || random.percent(1) {
            break;
        }
        found = any(random);
    }
    found
}

fn entry(world: &Oracle, random: &mut Random, spot: Spot) -> Entry {
    let required = if random.percent(75) { 1 } else { 2 };
    Entry { party: party(world, random, spot), ancestors_too: random.percent(35), required }
}

fn entries(world: &Oracle, random: &mut Random, spot: Spot, count: usize) -> Vec<Entry> {
    let mut all: Vec<Entry> = vec![];
    for _ in 0..count {
        let new = entry(world, random, spot);
        if !all.iter().any(|e| e.party == new.party) || random.percent(2) {
            all.push(new);
        }
    }
    all
}

fn manager(world: &Oracle, random: &mut Random, spot: Spot) -> usize {
    somebody(world, random, 92, |u| world.role(u, spot, 40).is_ok())
}

pub(super) fn protect(world: &Oracle, random: &mut Random) -> Act {
    let spot = spot(world, random);
    let name = name(random, spot);
    let deploy = 1 + random.below(3);
    let deploy = entries(world, random, spot, deploy);
    let rules = [0, 1, 1, 2][random.below(4)];
    let rules = entries(world, random, spot, rules);
    let count = [0, 1, 1, 2][random.below(4)];
    let shield = Shield { spot, name, deploy, rules, count, by_hand: random.percent(20) };
    Act::Protect { by: manager(world, random, spot), shield }
}

pub(super) fn edit(world: &Oracle, random: &mut Random) -> Option<Act> {
    let shield = random.of(&world.shields)?;
    let spot = shield.spot;
    let (rules, deploys) = (shield.rules.len(), shield.deploy.len());
    let edit = match random.below(8) {
        0 => Edit::Count(random.below(3)),
        1 => Edit::ByHand(!shield.by_hand),
        2 => Edit::AddRule(entry(world, random, spot)),
        3 if rules > 0 => Edit::ChangeRule(random.below(rules), party(world, random, spot)),
        4 if rules > 0 => Edit::Require(random.below(rules), 1 + random.below(2)),
        5 if rules > 0 => Edit::DropRule(random.below(rules)),
        6 if deploys > 0 => Edit::DropDeploy(random.below(deploys)),
        _ => Edit::AddDeploy(entry(world, random, spot)),
    };
    Some(Act::Edit { by: manager(world, random, spot), spot, name: shield.name, edit })
}

pub(super) fn unprotect(world: &Oracle, random: &mut Random) -> Option<Act> {
    let shield = random.of(&world.shields)?;
    let name = if random.percent(95) { shield.name } else { "staging" };
    Some(Act::Unprotect { by: manager(world, random, shield.spot), spot: shield.spot, name })
}

pub(super) fn lenient(world: &Oracle, random: &mut Random) -> Act {
    let spot = spot(world, random);
    Act::Lenient { spot, on: random.percent(75) }
}

pub(super) fn forward(random: &mut Random) -> Act {
    Act::Forward { project: project(random), only: random.percent(70), rollback: random.percent(40) }
}
