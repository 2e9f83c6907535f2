//! Takes the steps of a history in the code under test: its own use cases, on a real database.

mod people;
mod rules;
mod runs;

use crate::act::{Act, Answer};
use crate::oracle::{No, Oracle, Person, Project, Spot, User};
use crate::world::{self, Ids};
use countersign_app::authorize::Ref;
use countersign_app::{Config, Failure, Tx};
use countersign_domain::access::{self, Actor, Via};
use countersign_domain::event::By;
use countersign_domain::ids::{DeploymentId, JobId, PipelineId};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Kind, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::token::Scope;
use countersign_store::testing::write;
use countersign_store::{deployments, jobs};
use std::collections::BTreeMap;

/// The code under test, and what the oracle's numbers mean there.
pub(crate) struct Driver<'r, 't> {
    pub(crate) tx: &'r mut Tx<'t>,
    pub(crate) ids: &'r Ids,
    config: &'r Config,
    day: i64,
    tick: i64,
    pub(crate) pipelines: Vec<PipelineId>,
    pub(crate) jobs: Vec<JobId>,
    pub(crate) deployments: Vec<DeploymentId>,
    /// The tokens under which jobs were handed out.
    tokens: BTreeMap<usize, String>,
    /// The people as they are before the step, and the projects of all deployments and jobs.
    people: Vec<Person>,
    projects: (Vec<Project>, Vec<Project>),
}

impl<'r, 't> Driver<'r, 't> {
    /// At the beginning of a history, with no pipeline and no deployment yet.
    pub(crate) fn new(tx: &'r mut Tx<'t>, ids: &'r Ids, config: &'r Config) -> Driver<'r, 't> {
        Driver {
            tx,
            ids,
            config,
            day: 0,
            tick: 0,
            pipelines: vec![],
            jobs: vec![],
            deployments: vec![],
            tokens: BTreeMap::new(),
            people: vec![],
            projects: (vec![], vec![]),
        }
    }

    /// Takes a step. `before` is the world before it, for who the actors are.
    pub(crate) fn take(&mut self, act: &Act, before: &Oracle) -> Answer {
        self.tick += 1000;
        self.people.clone_from(&before.people);
        let deployments = before.deployments.iter().map(|d| d.aim.project).collect();
        self.projects = (deployments, before.jobs.iter().map(|j| j.project).collect());
        self.day = before.day;
        match act {
            Act::Protect { .. }
            | Act::Edit { .. }
            | Act::Unprotect { .. }
            | Act::Lenient { .. }
            | Act::Forward { .. } => self.rules(act),
            Act::Join { .. }
            | Act::Leave { .. }
            | Act::Share { .. }
            | Act::Unshare { .. }
            | Act::MoveProject { .. }
            | Act::MoveGroup { .. }
            | Act::Block { .. } => self.places(act),
            Act::Night => Answer::Done,
            _ => self.runs(act),
        }
    }

    fn now(&self) -> Timestamp {
        world::at(self.day, self.tick)
    }

    fn actor(&self, user: User) -> Actor {
        let of = &self.people[user];
        let id = self.ids.users[user];
        Actor {
            person: Some(access::Person { id, admin: of.admin, bot: of.bot, active: !of.blocked, external: false }),
            via: Via::Token(vec![Scope::Api]),
            by: By { user: Some(id), ..By::default() },
        }
    }

    fn project(&self, project: Project) -> Ref {
        Ref::Id(self.ids.projects[project].0)
    }

    fn group(&self, group: usize) -> Ref {
        Ref::Id(self.ids.groups[group].0)
    }

    fn at(&self, spot: Spot) -> Ref {
        match spot {
            Spot::Group(group) => self.group(group),
            Spot::Project(project) => self.project(project),
        }
    }

    /// Runs a use case as the server does: recorded, and undone if it refuses.
    fn write<T>(
        &mut self,
        by: User,
        use_case: impl Fn(&mut Tx<'_>, &Actor, Timestamp) -> Result<Ending<T>, Failure>,
    ) -> Result<T, Answer> {
        let (actor, now) = (self.actor(by), self.now());
        write(self.tx, &actor.by, now, |tx| use_case(tx, &actor, now)).map_err(answer)
    }

    /// Learns the ids of new jobs of a pipeline and of the deployments they make, in the order they were made.
    fn learn(&mut self, pipeline: PipelineId) -> Result<(), Answer> {
        let all = jobs::of_pipeline(self.tx, pipeline, true).map_err(|e| answer(e.into()))?;
        let mut fresh: Vec<JobId> = all.iter().map(|j| j.id).filter(|id| !self.jobs.contains(id)).collect();
        fresh.sort_unstable();
        for id in fresh {
            self.jobs.push(id);
            let made = deployments::of_job(self.tx, id).map_err(|e| answer(e.into()))?;
            self.deployments.extend(made.map(|d| d.id));
        }
        Ok(())
    }
}

/// A refusal as its status code.
fn answer(failure: Failure) -> Answer {
    match failure {
        Failure::Refused(why) => Answer::Refused(code(&why)),
        other => Answer::Broken(format!("{other:?}")),
    }
}

fn code(why: &Refusal) -> No {
    match why.kind() {
        Kind::BadRequest | Kind::Invalid => 400,
        Kind::Forbidden => 403,
        Kind::NotFound => 404,
        Kind::Conflict => 409,
        Kind::Unprocessable => 422,
    }
}

/// The answer to a step that yields nothing else.
fn done<T>(result: Result<T, Answer>) -> Answer {
    result.map_or_else(|no| no, |_| Answer::Done)
}
