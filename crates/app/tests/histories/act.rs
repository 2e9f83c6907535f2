//! What happens in a history, and what the oracle says comes of it.

use crate::oracle::jobs::{Handed, Plan};
use crate::oracle::policy::Edit;
use crate::oracle::{Group, No, Oracle, Project, Right, Shield, Spot, User};

/// One step, in full.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Protect {
        by: User,
        shield: Shield,
    },
    Edit {
        by: User,
        spot: Spot,
        name: &'static str,
        edit: Edit,
    },
    Unprotect {
        by: User,
        spot: Spot,
        name: &'static str,
    },
    Join {
        spot: Spot,
        user: User,
        right: Right,
    },
    Leave {
        spot: Spot,
        user: User,
        keep_below: bool,
    },
    Share {
        spot: Spot,
        group: Group,
        right: Right,
    },
    Unshare {
        spot: Spot,
        group: Group,
    },
    MoveProject {
        project: Project,
        to: Group,
    },
    MoveGroup {
        group: Group,
        to: Option<Group>,
    },
    Block {
        user: User,
        blocked: bool,
    },
    Lenient {
        spot: Spot,
        on: bool,
    },
    Forward {
        project: Project,
        only: bool,
        rollback: bool,
    },
    /// A day passes; nothing notices yet.
    Night,
    /// The server stores what the passing of time has changed.
    Sweep,
    Pipeline {
        by: User,
        project: Project,
        sha: usize,
        plans: Vec<Plan>,
    },
    Announce {
        by: User,
        project: Project,
        name: &'static str,
        status: &'static str,
        sha: usize,
    },
    Report {
        by: User,
        deployment: usize,
        status: &'static str,
    },
    Stop {
        by: User,
        project: Project,
        name: &'static str,
    },
    Vote {
        by: User,
        deployment: usize,
        yes: bool,
        named: Option<String>,
        by_job: bool,
    },
    Withdraw {
        by: User,
        deployment: usize,
    },
    Play {
        by: User,
        job: usize,
    },
    Retry {
        by: User,
        job: usize,
    },
    Cancel {
        by: User,
        job: usize,
    },
    Claim,
    Finish {
        job: usize,
        well: bool,
    },
    Lose {
        job: usize,
        taken_up: bool,
    },
}

/// What comes of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    /// The same as before was asked for.
    Unchanged,
    /// Refused, with that status code.
    Refused(No),
    /// What a runner got.
    Handed(Handed),
    /// Something went wrong that never should.
    Broken(String),
}

/// What the oracle says comes of a step; it is changed accordingly.
pub(crate) fn predict(world: &mut Oracle, act: &Act) -> Answer {
    let done = |result: Result<(), No>| result.map_or_else(Answer::Refused, |()| Answer::Done);
    match act {
        Act::Protect { by, shield } => done(world.protect(*by, shield)),
        Act::Edit { by, spot, name, edit } => done(world.edit(*by, *spot, name, edit)),
        Act::Unprotect { by, spot, name } => done(world.unprotect(*by, *spot, name)),
        Act::Pipeline { by, project, sha, plans } => done(world.create(*by, *project, *sha, plans)),
        Act::Announce { by, project, name, status, sha } => done(world.announce(*by, *project, name, (status, *sha))),
        Act::Report { by, deployment, status } => done(world.report(*by, *deployment, status)),
        Act::Stop { by, project, name } => done(world.stop(*by, *project, name)),
        Act::Vote { by, deployment, yes, named, by_job } => {
            match world.vote(*by, *deployment, *yes, named.as_deref(), *by_job) {
                Ok(new) => {
                    if new {
                        Answer::Done
                    } else {
                        Answer::Unchanged
                    }
                }
                Err(no) => Answer::Refused(no),
            }
        }
        Act::Withdraw { by, deployment } => done(world.withdraw(*by, *deployment)),
        Act::Play { by, job } => done(world.play(*by, *job).map(drop)),
        Act::Retry { by, job } => done(world.retry(*by, *job).map(drop)),
        Act::Cancel { by, job } => done(world.cancel(*by, *job)),
        Act::Claim => Answer::Handed(world.claim()),
        other => {
            happen(world, other);
            Answer::Done
        }
    }
}

/// Steps that nobody refuses, because they are chosen so.
fn happen(world: &mut Oracle, act: &Act) {
    match *act {
        Act::Join { spot, user, right } => world.join(spot, user, right),
        Act::Leave { spot, user, keep_below } => world.leave(spot, user, keep_below),
        Act::Share { spot, group, right } => world.set_share(spot, group, Some(right)),
        Act::Unshare { spot, group } => world.set_share(spot, group, None),
        Act::MoveProject { project, to } => world.move_project(project, to),
        Act::MoveGroup { group, to } => world.move_group(group, to),
        Act::Block { user, blocked } => world.set_blocked(user, blocked),
        Act::Lenient { spot, on } => world.set_lenient(spot, on),
        Act::Forward { project, only, rollback } => world.set_forward(project, only, rollback),
        Act::Night => world.day += 1,
        Act::Sweep => world.reassess(),
        Act::Finish { job, well } => world.finish(job, well),
        Act::Lose { job, taken_up } => world.lose(job, taken_up),
        _ => {}
    }
}
