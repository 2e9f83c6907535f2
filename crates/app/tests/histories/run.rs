//! Runs histories, and makes those that fail as short as they can be.

use crate::act::{Act, Answer, predict};
use crate::check::difference;
use crate::choose::{PER_SCENE, Step, choose, scene, steps};
use crate::drive::Driver;
use crate::oracle::jobs::Handed;
use crate::oracle::{Oracle, User};
use crate::world::{self, ADMIN, Ids};
use countersign_app::Config;
use countersign_store::testing::Memory;
use std::collections::BTreeMap;

/// A database with the world in it, and what happened there before any history.
pub(crate) struct Stage {
    memory: Memory,
    ids: Ids,
    config: Config,
    world: Oracle,
    /// How often each kind of step was taken, and what came of it.
    pub(crate) taken: BTreeMap<String, usize>,
}

/// A history that went wrong: what happened, and what differs.
pub(crate) struct Wrong {
    acts: Vec<Act>,
    what: String,
}

/// A history while it runs.
struct Run<'r, 't> {
    real: Driver<'r, 't>,
    world: Oracle,
    acts: Vec<Act>,
    /// What was taken, in a word, with what came of it.
    taken: Vec<String>,
}

/// The history with that seed; what is wrong with it, if anything is. `stage` is that of its scene.
pub(crate) fn history(stage: &mut Stage, seed: u64) -> Result<(), String> {
    if stage.run(&steps(seed)).is_ok() {
        return Ok(());
    }
    // Once more on an empty stage, so that what set the scene can be left out as well.
    let mut all = scene(seed / PER_SCENE);
    all.extend(steps(seed));
    let mut empty = Stage::empty();
    let Err(wrong) = empty.run(&all) else {
        return Err(format!("HISTORY_SEED={seed} fails only in its scene, not after it"));
    };
    let shortest = empty.shorten(all, wrong);
    let acts: Vec<String> = shortest.acts.iter().map(|a| format!("  {a:?}")).collect();
    let (acts, what) = (acts.join("\n"), shortest.what);
    Err(format!("HISTORY_SEED={seed}, reduced to {} steps:\n{acts}\n{what}", shortest.acts.len()))
}

impl Stage {
    /// The world as it is before anything happened.
    pub(crate) fn empty() -> Stage {
        let mut memory = Memory::new();
        let ids = memory.keep(world::build);
        let config = Config::new("unused".into(), "http://countersign.example".into());
        Stage { memory, ids, config, world: world::oracle(), taken: BTreeMap::new() }
    }

    /// The stage of a scene.
    pub(crate) fn of_scene(number: u64) -> Result<Stage, String> {
        let mut stage = Stage::empty();
        let (ids, config, world) = (&stage.ids, &stage.config, &stage.world);
        stage.world = stage.memory.keep(|tx| {
            let mut run = Run::new(Driver::new(tx, ids, config), world.clone());
            run.all(&scene(number)).map(|()| run.world).map_err(|what| format!("scene {number}: {what}"))
        })?;
        Ok(stage)
    }

    /// Runs a history given in full.
    pub(crate) fn acts(&mut self, acts: Vec<Act>) -> Result<(), String> {
        let (ids, config, world) = (&self.ids, &self.config, &self.world);
        self.memory.transaction(|tx| {
            let mut run = Run::new(Driver::new(tx, ids, config), world.clone());
            let taken = acts.into_iter().try_for_each(|act| run.take(act).map(drop));
            let result = taken.and_then(|()| run.end());
            result.map_err(|what| format!("after {:?}: {what}", run.acts.last()))
        })
    }

    /// Leaves out one step after the other, as long as the rest still goes wrong.
    fn shorten(&mut self, mut all: Vec<Step>, mut wrong: Wrong) -> Wrong {
        loop {
            let before = all.len();
            for at in (0..all.len()).rev() {
                let mut fewer = all.clone();
                fewer.remove(at);
                if let Err(still) = self.run(&fewer) {
                    (all, wrong) = (fewer, still);
                }
            }
            if all.len() == before {
                return wrong;
            }
        }
    }

    fn run(&mut self, steps: &[Step]) -> Result<(), Wrong> {
        let (ids, config, world, taken) = (&self.ids, &self.config, &self.world, &mut self.taken);
        self.memory.transaction(|tx| {
            let mut run = Run::new(Driver::new(tx, ids, config), world.clone());
            let result = run.all(steps).and_then(|()| run.end());
            for word in run.taken {
                *taken.entry(word).or_default() += 1;
            }
            result.map_err(|what| Wrong { acts: run.acts, what })
        })
    }
}

impl<'r, 't> Run<'r, 't> {
    fn new(real: Driver<'r, 't>, world: Oracle) -> Run<'r, 't> {
        Run { real, world, acts: vec![], taken: vec![] }
    }

    fn all(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            let Some(act) = choose(&self.world, *step) else { continue };
            let night = matches!(act, Act::Night);
            self.take(act)?;
            if night {
                // What only time has changed counts at the claim, before anything has stored it.
                self.claim_all()?;
                self.take(Act::Sweep)?;
            }
        }
        Ok(())
    }

    /// Takes a step in both worlds, which must agree on what comes of it.
    fn take(&mut self, act: Act) -> Result<Answer, String> {
        let before = self.world.clone();
        let expected = predict(&mut self.world, &act);
        let found = self.real.take(&act, &before);
        self.taken.push(self.word(&before, &act, &expected));
        self.acts.push(act);
        if found != expected {
            return Err(format!("the last step: {found:?}, not {expected:?}"));
        }
        self.nothing_forbidden_was_claimed(&before, &found)?;
        if matches!(found, Answer::Refused(_)) {
            // Had it changed anything all the same, that would be seen after the next step.
            return Ok(found);
        }
        difference(&mut self.real, &self.world).map_or(Ok(found), Err)
    }

    /// A step and what came of it, for the statistics.
    fn word(&self, before: &Oracle, act: &Act, answer: &Answer) -> String {
        let act = format!("{act:?}");
        let kind = act.split([' ', '{']).next().unwrap_or_default();
        match answer {
            Answer::Handed(Handed::Job(job)) => {
                let asked = |d: usize| before.asks(&before.deployments[d]);
                let approved = before.jobs[*job].deployment.is_some_and(asked);
                format!("Claim of {}", if approved { "an approved deployment" } else { "another job" })
            }
            Answer::Done if kind == "Vote" => {
                let all = before.deployments.iter().zip(&self.world.deployments);
                let count = |status| all.clone().filter(|(b, a)| b.status == "blocked" && a.status == status).count();
                format!(
                    "Vote that {}",
                    match (count("created"), count("failed")) {
                        (0, 0) => "is not the last",
                        (0, _) => "rejects",
                        _ => "releases",
                    }
                )
            }
            other => format!("{kind} {other:?}"),
        }
    }

    /// The point of it all, said once more: no job is handed out while the rules say no, and none that reaches
    /// anything protected is handed out twice.
    fn nothing_forbidden_was_claimed(&self, before: &Oracle, answer: &Answer) -> Result<(), String> {
        let Answer::Handed(Handed::Job(job)) = *answer else { return Ok(()) };
        let of = &before.jobs[job];
        let approved = of.deployment.is_none_or(|d| before.approved(&before.deployments[d]));
        let starter = &before.people[of.starter];
        if !approved || starter.blocked || !before.may_run(of.starter, job) {
            return Err(format!("job {job} was handed out against the rules"));
        }
        if of.deployment.is_some_and(|d| before.is_outdated(d)) {
            return Err(format!("job {job} was handed out, though something later was deployed"));
        }
        if of.claims > 0 && (of.gated || before.is_protected(job)) {
            return Err(format!("job {job} was handed out again"));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        self.everything_approved_can_be_claimed()?;
        difference(&mut self.real, &self.world).map_or(Ok(()), Err)
    }

    fn claim_all(&mut self) -> Result<(), String> {
        while self.take(Act::Claim)? != Answer::Handed(Handed::Nothing) {}
        Ok(())
    }

    /// Claims as long as that job waits for a runner.
    fn claim_until(&mut self, job: usize) -> Result<(), String> {
        while self.world.jobs[job].status == "pending" {
            self.take(Act::Claim)?;
        }
        Ok(())
    }

    /// Every approved deployment goes on: by itself, or when somebody allowed plays its job or reports it.
    fn everything_approved_can_be_claimed(&mut self) -> Result<(), String> {
        for at in 0..self.world.deployments.len() {
            let of = &self.world.deployments[at];
            if !of.is_pending() || !self.world.approved(of) || self.world.is_outdated(at) {
                continue;
            }
            if of.status != "created" {
                return Err(format!("deployment {at} is approved, but {}", of.status));
            }
            let Some(job) = of.job else {
                let by = self.somebody_allowed(|w, u| w.may_deploy(u, &w.deployments[at].aim));
                self.take(Act::Report { by, deployment: at, status: "running" })?;
                self.expect(at, "running")?;
                continue;
            };
            if self.world.jobs[job].status == "created" {
                continue;
            }
            self.claim_until(job)?;
            if self.world.jobs[job].status == "manual" {
                let by = self.somebody_allowed(|w, u| w.may_run(u, job));
                self.take(Act::Play { by, job })?;
                self.claim_until(job)?;
            }
            self.expect(at, "running")?;
        }
        Ok(())
    }

    fn expect(&self, deployment: usize, status: &str) -> Result<(), String> {
        let is = self.world.deployments[deployment].status;
        if is == status { Ok(()) } else { Err(format!("approved, deployment {deployment} is still {is}")) }
    }

    /// Somebody other than an administrator, if possible.
    fn somebody_allowed(&self, fit: impl Fn(&Oracle, User) -> bool) -> User {
        let people = 1..self.world.people.len();
        people.into_iter().find(|u| !self.world.people[*u].blocked && fit(&self.world, *u)).unwrap_or(ADMIN)
    }
}
