//! One environment: what stands there, what waits, what was deployed before, and what the actor may do about it.

use super::{Right, find};
use crate::authorize::Ref;
use crate::deployments::{self, Described, Item, decided_on, deployers_of, describe};
use crate::gates::Gates;
use crate::on_job;
use crate::sight::Seen;
use crate::{Result, Tx, retry};
use countersign_domain::access::{Actor, Place, Standing};
use countersign_domain::approval::Summary;
use countersign_domain::deployment::Status;
use countersign_domain::environment::{State, tiers};
use countersign_domain::ids::{EnvironmentId, ProjectId, UserId};
use countersign_domain::protected_ref::{Kind, Named, RefRules};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{Deployment, Filter, Order};
use countersign_store::directory::{self, People};
use countersign_store::environments::Environment;
use countersign_store::jobs::{self, Job};
use countersign_store::protected_refs;
use std::collections::HashMap;

/// The most deployments that are shown with their approvals.
const MOST_WAITING: usize = 5;

/// One environment as somebody may see it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The project, and what of it they see.
    pub seen: Seen,
    /// The environment.
    pub environment: Environment,
    /// What was deployed there last with success.
    pub current: Option<Described>,
    /// The oldest that wait for approval, with what is needed to decide on them; left out behind the first page.
    pub waiting: Vec<Item>,
    /// One page of all deployments there, the latest first.
    pub past: Vec<Past>,
    /// How many there are in all.
    pub total: i64,
    /// Whether it is protected.
    pub protected: bool,
    /// Whether what is deployed there waits for approval first.
    pub asks_approval: bool,
    /// What the entries are called that let people deploy, by protection.
    pub deployers: Vec<Vec<String>>,
    /// The approvals that a deployment there would need.
    pub rules: Summary,
    /// Whether the actor may stop it; none if it is stopped.
    pub stop: Option<Result<(), Refusal>>,
}

/// A deployment there.
#[derive(Debug, Clone)]
pub struct Past {
    /// It, with what is shown beside it.
    pub described: Described,
    /// Whether the actor may have it deployed again; none where that is no question: it has not ended, no job made it,
    /// or its job is not for the actor to see.
    pub again: Option<Result<(), Refusal>>,
}

/// One environment, with a page of what was deployed there.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn detail(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: EnvironmentId,
    (limit, offset): (i64, i64),
    now: Timestamp,
) -> Result<Detail> {
    let (environment, last) = super::show(tx, actor, at, id, now)?;
    let filter = |project| of_environment(project, &environment.name, (limit, offset));
    let (seen, rows, total) = deployments::list(tx, actor, at, filter, now)?;
    let waiting = if offset == 0 { waiting(tx, actor, id, now)? } else { Vec::new() };
    let gates = Gates::of(tx, seen.project.id, actor, now)?;
    let gate = gates.at(&environment);
    let stop = match environment.state {
        State::Stopped => None,
        _ => Some(find(tx, actor, at, id, Right::RoleOrEntry, now)?.allowed),
    };
    Ok(Detail {
        current: describe(tx, last.into_iter().collect())?.pop(),
        waiting,
        past: past(tx, actor, &seen, &gates, rows, now)?,
        total,
        protected: gate.is_protected(),
        asks_approval: gate.asks_approval(),
        deployers: deployers_of(tx, actor, &gate, now)?,
        rules: Summary::of(&gate),
        stop,
        seen,
        environment,
    })
}

/// The page of an environment's deployments, the latest first.
fn of_environment(project: ProjectId, name: &str, (limit, offset): (i64, i64)) -> Filter {
    Filter {
        project,
        environment: Some(name.to_owned()),
        status: None,
        updated_after: None,
        updated_before: None,
        finished_after: None,
        finished_before: None,
        order: Order::Id,
        descending: true,
        limit,
        offset,
    }
}

/// The oldest deployments that wait there for approval.
fn waiting(tx: &mut Tx<'_>, actor: &Actor, id: EnvironmentId, now: Timestamp) -> Result<Vec<Item>> {
    let mut blocked = countersign_store::deployments::unfinished(tx, &[id.0])?;
    blocked.retain(|of| of.status == Status::Blocked);
    let mut items = Vec::new();
    for of in blocked.iter().rev() {
        if items.len() == MOST_WAITING {
            break;
        }
        items.extend(decided_on(tx, actor, actor.user().unwrap_or(UserId(0)), of, now)?);
    }
    Ok(items)
}

/// What decides whether somebody may have jobs of a project run again, loaded once for many.
struct Retries<'a> {
    actor: &'a Actor,
    seen: &'a Seen,
    gates: &'a Gates,
    standing: Standing,
    rules: RefRules,
    jobs: HashMap<i64, Job>,
}

fn past(
    tx: &mut Tx<'_>,
    actor: &Actor,
    seen: &Seen,
    gates: &Gates,
    rows: Vec<Deployment>,
    now: Timestamp,
) -> Result<Vec<Past>> {
    let ids: Vec<i64> = rows.iter().filter_map(|of| of.job_id).map(|id| id.0).collect();
    let place = Place::Project(seen.project.id);
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let retries = Retries {
        actor,
        seen,
        gates,
        standing: directory.standing(actor, place, seen.project.visibility),
        rules: protected_refs::rules(tx, seen.project.id)?,
        jobs: jobs::many(tx, &ids)?.into_iter().map(|job| (job.id.0, job)).collect(),
    };
    let described = describe(tx, rows)?;
    Ok(described.into_iter().map(|of| Past { again: retries.of(&of.deployment), described: of }).collect())
}

impl Retries<'_> {
    /// As [`retry::retry`] would judge now.
    fn of(&self, deployment: &Deployment) -> Option<Result<(), Refusal>> {
        let ended = matches!(deployment.status, Status::Success | Status::Failed | Status::Canceled);
        if !ended || !self.seen.sees_job_of(deployment) {
            return None;
        }
        let job = self.jobs.get(&deployment.job_id?.0)?;
        Some(self.judge(deployment, job))
    }

    fn judge(&self, deployment: &Deployment, job: &Job) -> Result<(), Refusal> {
        let stored = Some(deployment.environment_tier);
        let tiers = tiers(&deployment.environment_name, stored, deployment.asked_tier, deployment.tier_refused);
        let gate = self.gates.before(&deployment.environment_name, &tiers);
        let at = Named { kind: Kind::of_tag(deployment.tag), name: &deployment.ref_name };
        on_job::may_act(self.actor, &self.standing, &self.rules, at, &gate)?;
        if gate.is_archived() {
            return Err(Refusal::Archived);
        }
        let user = self.actor.user().ok_or(Refusal::Role("Developer"))?;
        retry::judge(job, deployment.status == Status::Blocked, &gate, user)
    }
}
