//! Chooses what is deployed, voted, played and handed out.

use super::{ENVIRONMENTS, project, somebody, something};
use crate::act::Act;
use crate::oracle::access::inferred;
use crate::oracle::jobs::Plan;
use crate::oracle::{Oracle, Party, Project, Spot, User};
use crate::random::Random;

/// Where something is deployed: mostly where a protection applies.
fn target(world: &Oracle, random: &mut Random) -> (Project, &'static str) {
    let any = (project(random), environment(random));
    let Some(shield) = random.of(&world.shields).filter(|_| random.percent(75)) else { return any };
    match shield.spot {
        Spot::Project(project) => (project, shield.name),
        Spot::Group(group) => {
            let below = |p: &usize| world.upwards(world.homes[*p]).contains(&group);
            let projects: Vec<Project> = (0..world.homes.len()).filter(below).collect();
            let names: Vec<_> = ENVIRONMENTS.iter().copied().filter(|n| inferred(n) == shield.name).collect();
            (random.of(&projects).unwrap_or(any.0), random.of(&names).unwrap_or(any.1))
        }
    }
}

fn environment(random: &mut Random) -> &'static str {
    if random.percent(60) { "production" } else { random.one(&ENVIRONMENTS) }
}

/// One of a few commits, so that the same one is deployed again as well.
fn commit(random: &mut Random) -> usize {
    random.below(3)
}

fn developer(world: &Oracle, random: &mut Random, project: Project) -> User {
    somebody(world, random, 92, |u| world.role(u, Spot::Project(project), 30).is_ok())
}

fn plan(random: &mut Random, stage: i64, environment: &'static str) -> Plan {
    let when = random.one(&["on_success", "on_success", "on_success", "manual", "always"]);
    Plan {
        stage,
        when,
        optional: if random.percent(85) { when == "manual" } else { random.percent(50) },
        environment: if random.percent(85) { Some(environment) } else { None },
        action: if random.percent(85) { "start" } else { random.one(&["stop", "verify"]) },
        tier: if random.percent(20) { Some(random.one(&["production", "staging", "development"])) } else { None },
    }
}

pub(super) fn pipeline(world: &Oracle, random: &mut Random) -> Act {
    let (project, mut name) = target(world, random);
    let mut plans = vec![];
    let mut stage = 0;
    for _ in 0..random.one(&[1, 1, 2, 2, 3]) {
        plans.push(plan(random, stage, name));
        name = if random.percent(50) { name } else { environment(random) };
        stage += i64::from(random.percent(60));
    }
    Act::Pipeline { by: developer(world, random, project), project, sha: commit(random), plans }
}

pub(super) fn announce(world: &Oracle, random: &mut Random) -> Act {
    let (project, name) = target(world, random);
    let status = random.one(&["created", "running", "running", "running", "success", "failed", "canceled"]);
    Act::Announce { by: developer(world, random, project), project, name, status, sha: commit(random) }
}

pub(super) fn report(world: &Oracle, random: &mut Random) -> Option<Act> {
    let outside = |d: usize| world.deployments[d].job.is_none();
    let deployment = something(world.deployments.len(), random, 95, outside)?;
    let aim = world.deployments[deployment].aim;
    let by = somebody(world, random, 85, |u| world.may_deploy(u, &aim));
    let status = random.one(&["running", "running", "success", "success", "failed", "canceled"]);
    Some(Act::Report { by, deployment, status })
}

pub(super) fn stop(world: &Oracle, random: &mut Random) -> Option<Act> {
    let used: Vec<_> = world.environments.keys().copied().collect();
    let (project, name) = random.of(&used)?;
    Some(Act::Stop { by: developer(world, random, project), project, name })
}

pub(super) fn vote(world: &Oracle, random: &mut Random) -> Option<Act> {
    let blocked = |d: usize| world.deployments[d].status == "blocked";
    let deployment = something(world.deployments.len(), random, 95, blocked)?;
    let of = &world.deployments[deployment];
    let demands = world.demands(of);
    let can = |u: User| {
        let voted = of.ballots.iter().any(|b| b.user == u);
        !voted && !world.people[u].bot && demands.iter().any(|d| world.fits(u, None, of, d))
    };
    let by = somebody(world, random, 82, can);
    let parties: Vec<Party> = demands.iter().flat_map(|d| d.entries.iter().map(|e| e.party)).collect();
    let stranger = Party::User(random.below(world.people.len()));
    let party = if random.percent(85) { random.of(&parties).unwrap_or(stranger) } else { stranger };
    let names = world.names(party);
    let named = if random.percent(22) { random.of(&names) } else { None };
    Some(Act::Vote { by, deployment, yes: random.percent(90), named, by_job: random.percent(3) })
}

pub(super) fn withdraw(world: &Oracle, random: &mut Random) -> Option<Act> {
    let voted = |d: usize| world.deployments[d].status == "blocked" && !world.deployments[d].ballots.is_empty();
    let deployment = something(world.deployments.len(), random, 90, voted)?;
    let ballots = &world.deployments[deployment].ballots;
    let by = somebody(world, random, 85, |u| ballots.iter().any(|b| b.user == u));
    Some(Act::Withdraw { by, deployment })
}

fn job(world: &Oracle, random: &mut Random, percent: usize, wanted: &[&str]) -> Option<(usize, User)> {
    let fits = |j: usize| wanted.contains(&world.jobs[j].status) && !world.jobs[j].retried;
    let job = something(world.jobs.len(), random, percent, fits)?;
    let by = somebody(world, random, 80, |u| world.may_run(u, job));
    Some((job, by))
}

pub(super) fn play(world: &Oracle, random: &mut Random) -> Option<Act> {
    job(world, random, 92, &["manual"]).map(|(job, by)| Act::Play { by, job })
}

pub(super) fn retry(world: &Oracle, random: &mut Random) -> Option<Act> {
    job(world, random, 92, &["success", "failed", "canceled"]).map(|(job, by)| Act::Retry { by, job })
}

pub(super) fn cancel(world: &Oracle, random: &mut Random) -> Option<Act> {
    job(world, random, 50, &["running", "manual"]).map(|(job, by)| Act::Cancel { by, job })
}

/// A job that a runner has.
fn taken(world: &Oracle, random: &mut Random) -> Option<usize> {
    let all: Vec<usize> =
        (0..world.jobs.len()).filter(|j| matches!(world.jobs[*j].status, "running" | "canceling")).collect();
    random.of(&all)
}

pub(super) fn finish(world: &Oracle, random: &mut Random) -> Option<Act> {
    taken(world, random).map(|job| Act::Finish { job, well: random.percent(65) })
}

pub(super) fn lose(world: &Oracle, random: &mut Random) -> Option<Act> {
    taken(world, random).map(|job| Act::Lose { job, taken_up: random.percent(40) })
}
