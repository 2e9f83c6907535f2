//! All that is to be told of one deployment: how it stands and why, who could sign, and what happened so far.

use super::inbox::{Item, item};
use super::read::{Shown, numbered, show};
use crate::authorize::Ref;
use crate::job_dossier::{self, Acts};
use crate::{Failure, Result, Tx, git_access, sight};
use countersign_domain::access::{Actor, Place, Standing};
use countersign_domain::approval::{Ask, Verdict, say};
use countersign_domain::deployment::Status;
use countersign_domain::gate::Gate;
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::protection::{Entry, Protection, Scope};
use countersign_domain::time::Timestamp;
use countersign_store::approvals::{self, PastVote};
use countersign_store::deployments::{self, Deployment};
use countersign_store::directory::{self, People};
use countersign_store::users::{self, User};
use std::collections::{BTreeMap, HashSet};

/// The most people that are named for one demand.
const MOST_NAMED: usize = 20;

/// All that is to be told of a deployment.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The deployment with its rules and votes.
    pub item: Item,
    /// Whether the actor sees all of the project; otherwise only what an entry lets them see.
    pub whole: bool,
    /// Whether the job may be told of.
    pub with_job: bool,
    /// Whether the actor may read the code that would ship, and the log of the job.
    pub with_code: bool,
    /// Whether they may do each of the things that are done with its job; empty if there is none to tell of.
    pub acts: Acts,
    /// Who could sign for each demand that is open.
    pub electors: Vec<Electors>,
    /// Who may deploy, by protection: what the entries are called, as far as the actor may know.
    pub deployers: Vec<Vec<String>>,
    /// What happened, the latest first.
    pub history: Vec<Happened>,
    /// What was deployed there before.
    pub previous: Option<Deployment>,
    /// Everybody named in it.
    pub people: BTreeMap<UserId, User>,
}

/// Who could sign for a demand.
#[derive(Debug, Clone)]
pub struct Electors {
    /// What the demand is called.
    pub party: String,
    /// They, as far as the actor may know; none if they may not.
    pub people: Option<Vec<User>>,
    /// How many more there are, named or not.
    pub more: usize,
}

/// Something that happened to a deployment.
#[derive(Debug, Clone)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// By whom, where a person did it.
    pub by: Option<UserId>,
    /// The vote, if it was one.
    pub vote: Option<PastVote>,
}

/// What can happen to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It came into being.
    Triggered,
    /// Somebody voted.
    Voted(Verdict),
    /// Somebody took their vote back.
    Withdrawn,
    /// It went on.
    Started,
    /// It ended.
    Ended(Status),
}

/// All that is to be told of the deployment with that number.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn dossier(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, iid: i64, now: Timestamp) -> Result<Dossier> {
    let id = numbered(tx, actor, at, iid, now)?;
    let Shown { project, case, summary, with_job, whole: _ } = show(tx, actor, at, id, now)?;
    let with_code = match git_access::fetch(tx, actor, at, now) {
        Ok(_) => true,
        Err(Failure::Refused(_)) => false,
        Err(other) => return Err(other),
    };
    let acts = match case.job.as_ref().filter(|_| with_job) {
        Some(job) => job_dossier::acts(tx, actor, at, job.id, now)?,
        None => Vec::new(),
    };
    let deployment = case.deployment.clone();
    let pending = deployment.status.is_pending();
    let known = Known::of(tx, actor, &case.gate, now)?;
    let electors = if pending { electors(tx, actor, &known, &deployment, now)? } else { Vec::new() };
    let deployers = if pending { deployers(&known, &case.gate) } else { Vec::new() };
    let history = history(&deployment, approvals::history(tx, id)?);
    let previous = deployments::success_before(tx, deployment.environment_id, id)?;
    let judged = actor.user().unwrap_or(UserId(0));
    let said = say(&case.gate, deployment.status, judged, now);
    let item = item(tx, project, case, summary, said)?;
    let mut people = item.people.clone();
    for id in history.iter().filter_map(|happened| happened.by) {
        if let Some(user) = users::record(tx, id)? {
            people.insert(id, user);
        }
    }
    Ok(Dossier { item, whole: known.whole, with_job, with_code, acts, electors, deployers, history, previous, people })
}

/// Who could sign for each demand: their names only as far as the actor may know who belongs to it, and is told by what
/// each of them does.
fn electors(tx: &mut Tx<'_>, actor: &Actor, known: &Known, of: &Deployment, now: Timestamp) -> Result<Vec<Electors>> {
    let everybody = directory::load(tx, now.date(), Place::Project(of.project_id), People::Everybody)?;
    let gate = deployments::for_reading(tx, of.clone(), everybody)?.gate;
    let told = sight::told(tx, actor, gate.directory.clone(), &known.standing, now)?;
    let mut found = Vec::new();
    for ask in Ask::all(&gate).iter().filter(|ask| !ask.is_dead(&gate)) {
        let party = ask.entries().iter().map(|e| e.description.as_str()).collect::<Vec<_>>().join(", ");
        if !ask.entries().iter().all(|entry| known.holds(entry, ask.protection.scope)) {
            found.push(Electors { party, people: None, more: 0 });
            continue;
        }
        let all = electors_of(&gate, ask);
        let mut people = Vec::new();
        let named = all.iter().filter(|user| told.tells(**user, ask.entries(), ask.protection.scope));
        for id in named.take(MOST_NAMED) {
            people.extend(users::get(tx, *id)?);
        }
        let more = all.len().saturating_sub(people.len());
        found.push(Electors { party, people: Some(people), more });
    }
    Ok(found)
}

/// What the entries are called that let people deploy behind a gate, by protection, as far as the actor may know.
pub(crate) fn deployers_of(tx: &mut Tx<'_>, actor: &Actor, gate: &Gate, now: Timestamp) -> Result<Vec<Vec<String>>> {
    Ok(deployers(&Known::of(tx, actor, gate, now)?, gate))
}

/// What the entries are called that let people deploy.
fn deployers(known: &Known, gate: &Gate) -> Vec<Vec<String>> {
    let names = |protection: &Protection| {
        let entries = protection.deploy.iter();
        let name = |entry: &Entry| match known.holds(entry, protection.scope)
            || entry.principal.group(protection.scope).is_none()
        {
            true => entry.description.clone(),
            false => "a group you may not see".to_owned(),
        };
        entries.map(name).collect()
    };
    gate.protections.iter().map(names).collect()
}

fn electors_of(gate: &Gate, ask: &Ask<'_>) -> Vec<UserId> {
    let mut people: Vec<UserId> = gate.directory.people.keys().copied().collect();
    people.retain(|user| ask.is_matched_by(gate, *user));
    people.sort_unstable();
    people
}

/// Of which entries the actor may know who belongs to them.
struct Known {
    /// The groups they see.
    groups: HashSet<GroupId>,
    /// Whether they see all of the project.
    whole: bool,
    /// How they stand towards it.
    standing: Standing,
}

impl Known {
    fn of(tx: &mut Tx<'_>, actor: &Actor, gate: &Gate, now: Timestamp) -> Result<Known> {
        let of = |p: &Protection| {
            let entries = p.deploy.iter().chain(p.rules.iter().map(|rule| &rule.entry));
            entries.filter_map(|entry| entry.principal.group(p.scope)).collect::<Vec<_>>()
        };
        let groups: Vec<GroupId> = gate.protections.iter().flat_map(of).collect();
        let groups = if groups.is_empty() { HashSet::new() } else { sight::groups(tx, actor, groups, now)? };
        let seen = sight::project(tx, actor, &Ref::Id(gate.project.0), now)?;
        let place = Place::Project(gate.project);
        let own = directory::load(tx, now.date(), place, People::One(actor.user()))?;
        Ok(Known { groups, whole: seen.whole, standing: own.standing(actor, place, seen.project.visibility) })
    }

    fn holds(&self, entry: &Entry, scope: Scope) -> bool {
        let reader = (self.standing.is_admin(), self.whole);
        entry.principal.is_open(scope, |group| self.groups.contains(&group), reader)
    }
}

fn history(of: &Deployment, votes: Vec<PastVote>) -> Vec<Happened> {
    let plain = |at: Timestamp, what: What, by: Option<UserId>| Happened { at, what, by, vote: None };
    let mut all = vec![plain(of.created_at, What::Triggered, of.user_id)];
    for past in &votes {
        let voter = Some(past.vote.voter);
        let what = What::Voted(past.vote.verdict);
        all.push(Happened { at: past.vote.at, what, by: voter, vote: Some(past.clone()) });
        let replaced = |at: Timestamp| votes.iter().any(|v| v.vote.voter == past.vote.voter && v.vote.at == at);
        all.extend(past.ended_at.filter(|at| !replaced(*at)).map(|at| plain(at, What::Withdrawn, voter)));
    }
    all.extend(of.claimed_at.map(|at| plain(at, What::Started, None)));
    all.extend(of.finished_at.map(|at| plain(at, What::Ended(of.status), None)));
    all.reverse();
    all.sort_by_key(|happened| std::cmp::Reverse(happened.at));
    all
}
