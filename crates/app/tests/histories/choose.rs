//! Chooses the steps of a history at random, mostly such that something comes of them.
//!
//! A step is a kind and a seed; what it is in full is decided when it is taken, by what the world is like then. So any
//! step can be left out of a history, and the others still make sense.

mod people;
mod rules;
mod runs;

use crate::act::Act;
use crate::oracle::{Oracle, Project, User};
use crate::random::Random;

/// The environments that anything is deployed to.
pub(crate) const ENVIRONMENTS: [&str; 4] = ["production", "staging", "live/eu", "review/app"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Protect,
    Edit,
    Unprotect,
    Join,
    Leave,
    Share,
    Unshare,
    MoveProject,
    MoveGroup,
    Block,
    Lenient,
    Forward,
    Night,
    Pipeline,
    Announce,
    Report,
    Stop,
    Vote,
    Withdraw,
    Play,
    Retry,
    Cancel,
    Claim,
    Finish,
    Lose,
}

/// How often each kind comes, relative to the others.
const WEIGHTS: [(Kind, usize); 25] = [
    (Kind::Protect, 4),
    (Kind::Edit, 7),
    (Kind::Unprotect, 2),
    (Kind::Join, 6),
    (Kind::Leave, 5),
    (Kind::Share, 2),
    (Kind::Unshare, 2),
    (Kind::MoveProject, 2),
    (Kind::MoveGroup, 2),
    (Kind::Block, 4),
    (Kind::Lenient, 2),
    (Kind::Forward, 2),
    (Kind::Night, 3),
    (Kind::Pipeline, 6),
    (Kind::Announce, 5),
    (Kind::Report, 8),
    (Kind::Stop, 1),
    (Kind::Vote, 34),
    (Kind::Withdraw, 4),
    (Kind::Play, 10),
    (Kind::Retry, 6),
    (Kind::Cancel, 4),
    (Kind::Claim, 14),
    (Kind::Finish, 8),
    (Kind::Lose, 3),
];

/// A step still to be chosen in full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) kind: Kind,
    seed: u64,
}

/// How many histories begin in the same scene.
pub(crate) const PER_SCENE: u64 = 25;

/// What comes before the histories of a scene: mostly something is protected.
pub(crate) fn scene(scene: u64) -> Vec<Step> {
    let mut random = Random::new(!scene);
    let mut kinds = vec![];
    for _ in 0..random.below(3) {
        kinds.push(random.one(&[Kind::Join, Kind::Leave, Kind::Share, Kind::Unshare, Kind::Lenient]));
    }
    for _ in 0..random.one(&[0, 1, 1, 1, 1, 2]) {
        kinds.push(Kind::Protect);
    }
    in_full(&kinds, &mut random)
}

/// The steps of the history with that seed: they begin with something to deploy.
pub(crate) fn steps(seed: u64) -> Vec<Step> {
    let mut random = Random::new(seed);
    let mut kinds = vec![if random.percent(75) { Kind::Pipeline } else { Kind::Announce }];
    for _ in 0..10 + random.below(8) {
        kinds.push(any_kind(&mut random));
    }
    in_full(&kinds, &mut random)
}

fn in_full(kinds: &[Kind], random: &mut Random) -> Vec<Step> {
    kinds.iter().map(|kind| Step { kind: *kind, seed: random.next() }).collect()
}

fn any_kind(random: &mut Random) -> Kind {
    let mut at = random.below(WEIGHTS.iter().map(|(_, weight)| weight).sum());
    for (kind, weight) in WEIGHTS {
        if at < weight {
            return kind;
        }
        at -= weight;
    }
    Kind::Claim
}

/// What a step is in full, in the world as it is; `None` if there is nothing it could be.
pub(crate) fn choose(world: &Oracle, step: Step) -> Option<Act> {
    let random = &mut Random::new(step.seed);
    match step.kind {
        Kind::Protect => Some(rules::protect(world, random)),
        Kind::Edit => rules::edit(world, random),
        Kind::Unprotect => rules::unprotect(world, random),
        Kind::Lenient => Some(rules::lenient(world, random)),
        Kind::Forward => Some(rules::forward(random)),
        Kind::Join => people::join(world, random),
        Kind::Leave => people::leave(world, random),
        Kind::Share => people::share(world, random),
        Kind::Unshare => people::unshare(world, random),
        Kind::MoveProject => people::move_project(world, random),
        Kind::MoveGroup => people::move_group(world, random),
        Kind::Block => people::block(world, random),
        Kind::Night => Some(Act::Night),
        Kind::Pipeline => Some(runs::pipeline(world, random)),
        Kind::Announce => Some(runs::announce(world, random)),
        Kind::Report => runs::report(world, random),
        Kind::Stop => runs::stop(world, random),
        Kind::Vote => runs::vote(world, random),
        Kind::Withdraw => runs::withdraw(world, random),
        Kind::Play => runs::play(world, random),
        Kind::Retry => runs::retry(world, random),
        Kind::Cancel => runs::cancel(world, random),
        Kind::Claim => Some(Act::Claim),
        Kind::Finish => runs::finish(world, random),
        Kind::Lose => runs::lose(world, random),
    }
}

/// Everybody who can act at all.
fn active(world: &Oracle) -> Vec<User> {
    (0..world.people.len()).filter(|u| !world.people[*u].blocked).collect()
}

/// Mostly somebody for whom `fit` holds, else anybody.
fn somebody(world: &Oracle, random: &mut Random, percent: usize, fit: impl Fn(User) -> bool) -> User {
    let all = active(world);
    let fitting: Vec<User> = all.iter().copied().filter(|u| fit(*u)).collect();
    let chosen = if random.percent(percent) { random.of(&fitting) } else { None };
    chosen.unwrap_or_else(|| random.one(&all))
}

/// Mostly one of those for which `fit` holds, else any below `count`. Where it holds for none, mostly nothing: a step
/// that leads nowhere is worth a try, but not many.
fn something(count: usize, random: &mut Random, percent: usize, fit: impl Fn(usize) -> bool) -> Option<usize> {
    let fitting: Vec<usize> = (0..count).filter(|i| fit(*i)).collect();
    let all: Vec<usize> = (0..count).collect();
    match () {
        () if fitting.is_empty() && random.percent(80) => None,
        () if random.percent(percent) && !fitting.is_empty() => random.of(&fitting),
        () => random.of(&all),
    }
}

fn project(random: &mut Random) -> Project {
    usize::from(random.percent(25))
}
