//! What waits for somebody: across all projects each blocked deployment that needs their approval, oldest first; and what
//! they triggered themselves.

use super::version::version;
use crate::authorize::Ref;
use crate::{Failure, Result, Tx, reassess, sight};
use countersign_domain::access::Actor;
use countersign_domain::approval::{Say, Summary, say};
use countersign_domain::ids::{DeploymentId, UserId};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::commits::{self, Commit};
use countersign_store::deployments::{self, Case, Deployment, Search};
use countersign_store::projects::Project;
use countersign_store::users::{self, User};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many deployments are shown at once.
const MOST: usize = 20;
/// How many are judged at once before more are looked for.
const BATCH: i64 = 100;
/// How many batches are judged for one page.
const MOST_BATCHES: usize = 5;
/// How many of what somebody triggered are shown.
const MOST_TRIGGERED: i64 = 8;

/// A deployment with what people need to decide on it.
#[derive(Debug, Clone)]
pub struct Item {
    /// The project deployed.
    pub project: Project,
    /// The deployment, its job and its gate.
    pub case: Case,
    /// The rules, and the votes that fill them.
    pub summary: Summary,
    /// What the person may say about it, or why nothing.
    pub say: Result<Say, Refusal>,
    /// What would ship, if anything is known of it.
    pub commit: Option<Arc<Commit>>,
    /// Those who triggered it and voted on it.
    pub people: BTreeMap<UserId, User>,
    /// What it is that is decided on.
    pub version: String,
}

/// What waits for somebody.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// What needs their approval, oldest first.
    pub waiting: Vec<Item>,
    /// Where to go on, if there may be more.
    pub more: Option<DeploymentId>,
}

/// What somebody wants to see of it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the project's path or of the environment's name.
    pub text: Option<String>,
    /// Only what comes after this one.
    pub after: Option<DeploymentId>,
    /// For administrators: also what they could only decide over the rules.
    pub over_the_rules: bool,
}

/// What waits for the actor.
///
/// # Errors
/// The store's.
pub fn inbox(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<Inbox> {
    let Some(user) = actor.user() else { return Ok(Inbox::default()) };
    let whom = sight::viewer(actor, now);
    let after = wanted.after.map_or(0, |id| id.0);
    let over_the_rules = wanted.over_the_rules;
    let mut search = Search { after, text: wanted.text.clone(), over_the_rules, limit: BATCH };
    let mut found = Inbox::default();
    for _ in 0..MOST_BATCHES {
        let candidates = deployments::may_await(tx, &whom, &search)?;
        let more = candidates.len() as i64 == BATCH;
        for (id, project) in candidates {
            search.after = id.0;
            let Some((case, project)) = seen(tx, actor, &Ref::Id(project.0), id, now)? else { continue };
            let said = say(&case.gate, reassess::status_now(&case), user, now);
            let awaited = said.as_ref().is_ok_and(|s| s.is_awaited() && (over_the_rules || !s.over_the_rules));
            if !awaited {
                continue;
            }
            let summary = Summary::of(&case.gate);
            found.waiting.push(item(tx, project, case, summary, said)?);
            if found.waiting.len() == MOST {
                found.more = Some(id);
                return Ok(found);
            }
        }
        if !more {
            return Ok(found);
        }
    }
    found.more = Some(DeploymentId(search.after));
    Ok(found)
}

/// What the actor triggered that has not ended, the latest first; why each does not go on.
///
/// # Errors
/// The store's.
pub fn triggered(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<Vec<Item>> {
    let Some(user) = actor.user() else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for of in deployments::triggered(tx, user, MOST_TRIGGERED)? {
        items.extend(decided_on(tx, actor, user, &of, now)?);
    }
    Ok(items)
}

/// A deployment with what a person needs to decide on it, if they may see it.
///
/// # Errors
/// The store's.
pub(crate) fn decided_on(
    tx: &mut Tx<'_>,
    actor: &Actor,
    user: UserId,
    of: &Deployment,
    now: Timestamp,
) -> Result<Option<Item>> {
    let Some((case, project)) = seen(tx, actor, &Ref::Id(of.project_id.0), of.id, now)? else { return Ok(None) };
    let said = say(&case.gate, reassess::status_now(&case), user, now);
    let summary = Summary::of(&case.gate);
    item(tx, project, case, summary, said).map(Some)
}

/// A deployment, if the actor may see it.
fn seen(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: DeploymentId, now: Timestamp) -> Result<Option<(Case, Project)>> {
    match sight::deployment(tx, actor, at, id, now) {
        Ok((seen, mut case)) => {
            case.deployment.status = reassess::status_now(&case);
            Ok(Some((case, seen.project)))
        }
        Err(Failure::Refused(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Adds what is shown beside a deployment.
///
/// # Errors
/// The store's.
pub(super) fn item(
    tx: &mut Tx<'_>,
    project: Project,
    case: Case,
    summary: Summary,
    say: Result<Say, Refusal>,
) -> Result<Item> {
    let commit = commits::get(tx, project.id, &case.deployment.sha)?;
    let named = case.deployment.user_id.into_iter().chain(case.gate.votes.iter().map(|v| v.voter));
    let mut people = BTreeMap::new();
    for id in named {
        if let Some(user) = users::record(tx, id)? {
            people.insert(id, user);
        }
    }
    let version = version(&case, &summary);
    Ok(Item { project, case, summary, say, commit, people, version })
}
