//! A protection while somebody puts it together: what it would be, who could approve then, and whom it could name.

use super::candidates::{self, Candidate, List, Search};
use super::known::{self, Known};
use super::listed::Listed;
use super::{Found, Managed, Target, by_id, managed, place, version};
use crate::{Result, Tx, sight};
use countersign_domain::access::{Actor, Directory};
use countersign_domain::environment::Tier;
use countersign_domain::ids::{GroupId, ProtectionId, UserId};
use countersign_domain::protection::{Draft, DraftEntry, Electorate, Principal, Protection, Scope};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::users::{self, User};
use countersign_store::{environments, namespaces, protections};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The most people that are named for one demand.
const MOST_NAMED: usize = 12;

/// What somebody has put together so far.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The protection; none for one as it is, or a new one.
    pub draft: Option<Draft>,
    /// Whom they look for among those who could deploy.
    pub deploy: String,
    /// Whom they look for among those who could approve.
    pub rules: String,
}

/// A protection while somebody puts it together.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Where it lives.
    pub managed: Managed,
    /// What it is now, if it is there.
    pub before: Option<Listed>,
    /// What of it is changed; empty for a new one.
    pub version: String,
    /// What it is to be.
    pub draft: Draft,
    /// What that would mean.
    pub listed: Listed,
    /// How many people could deploy then.
    pub allowed: usize,
    /// Who could approve then.
    pub electors: Vec<Electors>,
    /// Who else could be allowed to deploy, and whether more could than are named.
    pub deployers: (Vec<Candidate>, bool),
    /// Who else could be an approver, and whether more could than are named.
    pub approvers: (Vec<Candidate>, bool),
    /// The environments, or tiers, that could be protected.
    pub names: Vec<String>,
}

/// Who could meet a demand for approvals.
#[derive(Debug, Clone)]
pub struct Electors {
    /// What the rule is called; none for the unified count.
    pub party: Option<String>,
    /// The demand.
    pub electorate: Electorate,
    /// Some of the people, as far as the actor is told by what they could; none if they may not know who they are.
    pub people: Option<Vec<User>>,
}

/// A new protection of a place, or the one with that id, with what somebody has put together so far.
///
/// # Errors
/// The actor does not manage protections there, or there is none of that id.
pub fn sheet(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    id: Option<ProtectionId>,
    typed: &Typed,
    now: Timestamp,
) -> Result<Sheet> {
    let on = managed(tx, actor, target, now)?;
    let scope = on.managed.scope();
    let before = match id {
        Some(id) => Some(by_id(tx, scope, id)?.ok_or(Refusal::NotFound(Missing::Row))?),
        None => None,
    };
    let mut draft = typed.draft.clone().or_else(|| before.as_ref().map(Draft::of)).unwrap_or_default();
    if let Some(before) = &before {
        draft.name.clone_from(&before.name);
    }
    let mut all = directory::load(tx, now.date(), place(scope), People::Everybody)?;
    let called = called(tx, actor, (&on, &mut all), &draft, now)?;
    let sketch = draft.sketch(before.as_ref(), (scope, on.managed.triggerer_may_approve()), |party| match party {
        Principal::Role(role) => Some((role.description().to_owned(), None)),
        named => called.get(&named).cloned(),
    });
    let known = Known::of(tx, actor, (&on, &all), [&sketch], now)?;
    let told = sight::told(tx, actor, all.clone(), &on.standing, now)?;
    let electors = electors(tx, &sketch, (&all, &told), &known)?;
    let version = before.as_ref().map(version::version).unwrap_or_default();
    let before = before.map(|protection| Listed::own(protection, &all));
    let allowed = all.deployers(&sketch).len();
    let listed = Listed::own(sketch, &all);
    let mut look = |list, text: &str, entries: &[DraftEntry]| {
        let taken: Vec<Principal> = entries.iter().map(|e| e.principal).collect();
        let search = Search { list, text, taken: &taken };
        candidates::find(tx, actor, &on, &mut all, &search, now)
    };
    let deployers = look(List::Deploy, &typed.deploy, &draft.deploy)?;
    let approvers = look(List::Rules, &typed.rules, &draft.rules)?;
    let names = names(tx, scope)?;
    Ok(Sheet { managed: on.managed, before, version, draft, listed, allowed, electors, deployers, approvers, names })
}

/// What the parties of a draft are called and their paths, as far as the actor may know; these are in the directory
/// afterwards.
fn called(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (on, all): (&Found, &mut Directory),
    draft: &Draft,
    now: Timestamp,
) -> Result<BTreeMap<Principal, (String, Option<String>)>> {
    let (mut people, mut groups): (BTreeSet<UserId>, HashSet<GroupId>) = Default::default();
    for entry in draft.deploy.iter().chain(&draft.rules) {
        match entry.principal {
            Principal::User(user) => drop(people.insert(user)),
            Principal::Group(group) => drop(groups.insert(group)),
            Principal::Role(_) => {}
        }
    }
    let mut called = BTreeMap::new();
    for user in &people {
        if let Some(user) = users::get(tx, *user)? {
            called.insert(Principal::User(user.id), (user.name, Some(user.username)));
        }
    }
    directory::add_people(tx, all, &people.into_iter().collect::<Vec<_>>())?;
    for group in known::told(tx, actor, (on, all), groups, now)? {
        if let Some(row) = namespaces::group(tx, group)? {
            directory::add_members(tx, all, group)?;
            called.insert(Principal::Group(group), (row.name, Some(row.full_path)));
        }
    }
    Ok(called)
}

fn electors(
    tx: &mut Tx<'_>,
    of: &Protection,
    (all, told): (&Directory, &Directory),
    known: &Known,
) -> Result<Vec<Electors>> {
    let mut found = Vec::new();
    for electorate in all.electorates(of) {
        let rule = of.rules.iter().find(|r| Some(r.entry.id) == electorate.rule);
        let entries = rule.map_or(of.deploy.as_slice(), |rule| std::slice::from_ref(&rule.entry));
        let known = entries.iter().all(|e| known.holds(e.principal, of.scope));
        let named = electorate.people.iter().filter(|user| told.tells(**user, entries, of.scope));
        let some: Vec<i64> = named.take(MOST_NAMED).map(|u| u.0).collect();
        let people = if known { Some(users::many(tx, &some)?) } else { None };
        found.push(Electors { party: rule.map(|r| r.entry.description.clone()), electorate, people });
    }
    Ok(found)
}

/// The environments of a project that are not protected by name, or the tiers that a group does not protect.
fn names(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<String>> {
    let taken: HashSet<String> = protections::list(tx, scope)?.into_iter().map(|p| p.name).collect();
    let mut names: Vec<String> = match scope {
        Scope::Project(project) => environments::list(tx, project)?.into_iter().map(|e| e.name).collect(),
        Scope::Group(_) => Tier::ALL.iter().map(|tier| tier.as_str().to_owned()).collect(),
    };
    names.retain(|name| !taken.contains(name));
    Ok(names)
}
