//! Whom an entry of a protection may name: the assignable parties that the actor may know of.

use super::known;
use super::{Found, Managed};
use crate::authorize::Ref;
use crate::members::{self, Wanted};
use crate::{Result, Tx, groups};
use countersign_domain::access::{Actor, Directory, Place};
use countersign_domain::ids::{EntryId, GroupId};
use countersign_domain::protection::{Entry, Inheritance, Principal, Role, Scope};
use countersign_domain::time::Timestamp;
use countersign_store::fold::fold;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::{directory, many};

/// How many parties are offered at once.
const MOST: usize = 12;
/// How many groups are offered to somebody who looks for nothing in particular.
const FEW: usize = 5;

/// One of the two lists of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Who may deploy.
    Deploy,
    /// Who must approve.
    Rules,
}

/// A party that may be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The party.
    pub principal: Principal,
    /// What it is called.
    pub name: String,
    /// The full path of a group, or the username of a user.
    pub path: Option<String>,
    /// How many people it stands for.
    pub people: usize,
}

/// What is looked for.
pub(super) struct Search<'s> {
    /// For which list.
    pub(super) list: List,
    /// Part of the name, path or username; everybody looks for roles and groups without one.
    pub(super) text: &'s str,
    /// What the list names already.
    pub(super) taken: &'s [Principal],
}

/// Some of the parties looked for, and whether there are more. The members of groups that are offered are added to the
/// directory, which holds everybody around the place.
pub(super) fn find(
    tx: &mut Tx<'_>,
    actor: &Actor,
    on: &Found,
    all: &mut Directory,
    search: &Search<'_>,
    now: Timestamp,
) -> Result<(Vec<Candidate>, bool)> {
    let text = fold(search.text.trim());
    let scope = on.managed.scope();
    let mut found = roles(&text);
    let groups = groups(tx, actor, on, all, search.text.trim(), now)?;
    found.extend(groups.into_iter().take(if text.is_empty() { FEW } else { MOST }));
    if !text.is_empty() {
        found.extend(people(tx, actor, &on.managed, (all, search), now)?);
    }
    found.retain(|(principal, ..)| !search.taken.contains(principal) && all.unassignable(*principal, scope).is_none());
    let more = found.len() > MOST;
    found.truncate(MOST);
    let mut candidates = Vec::new();
    for (principal, name, path) in found {
        if let Principal::Group(group) = principal {
            directory::add_members(tx, all, group)?;
        }
        let people = all.eligible(&entry(principal), scope).len();
        candidates.push(Candidate { principal, name, path, people });
    }
    Ok((candidates, more))
}

/// A party, what it is called, and its path.
type Named = (Principal, String, Option<String>);

fn roles(text: &str) -> Vec<Named> {
    let all = [Role::Developer, Role::Maintainer, Role::Administrator];
    let called = all.into_iter().filter(|role| fold(role.description()).contains(text));
    called.map(|role| (Principal::Role(role), role.description().to_owned(), None)).collect()
}

/// The groups that may be assignable, as far as the actor may know of them; they are in the directory afterwards.
fn groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    on: &Found,
    all: &mut Directory,
    text: &str,
    now: Timestamp,
) -> Result<Vec<Named>> {
    let found = match on.managed.scope() {
        Scope::Project(project) => {
            let place = Place::Project(project);
            let mut near: Vec<GroupId> = all.groups_above(project);
            near.extend(all.living_invitations(place).map(|i| i.group));
            let told = known::told(tx, actor, (on, all), near.iter().copied(), now)?;
            let ids: Vec<i64> = near.iter().filter(|g| told.contains(g)).map(|g| g.0).collect();
            let mut rows = Vec::new();
            for some in ids.chunks(many::MOST) {
                rows.extend(namespaces::many(tx, some)?);
            }
            let wanted = fold(text);
            rows.retain(|g| fold(&g.name).contains(&wanted) || fold(&g.full_path).contains(&wanted));
            rows
        }
        Scope::Group(group) => {
            let wanted = groups::Wanted {
                search: Some(text.to_owned()).filter(|text| !text.is_empty()),
                parent: Some(Ref::Id(group.0)),
                below: true,
                limit: many::MOST as i64,
                ..groups::Wanted::default()
            };
            groups::list(tx, actor, &wanted, now)?.0.into_iter().map(|view| view.group).collect()
        }
    };
    for group in &found {
        directory::add_group(tx, all, group.group_id())?;
    }
    let named = |g: Namespace| (Principal::Group(g.group_id()), g.name, Some(g.full_path));
    Ok(found.into_iter().map(named).collect())
}

/// Those with access that the actor is told of. Bots cannot approve.
fn people(
    tx: &mut Tx<'_>,
    actor: &Actor,
    managed: &Managed,
    (all, search): (&Directory, &Search<'_>),
    now: Timestamp,
) -> Result<Vec<Named>> {
    let target = match managed {
        Managed::Project(project) => members::Target::Project(Ref::Id(project.id.0)),
        Managed::Group(group) => members::Target::Group(Ref::Id(group.id.0)),
    };
    let query = Some(search.text.trim().to_owned());
    let wanted = Wanted { query, limit: usize::MAX, ..Wanted::default() };
    let (mut found, _) = members::list_all(tx, actor, &target, &wanted, now)?;
    let bot = |user| all.people.get(&user).is_some_and(|p| p.bot);
    found.retain(|m| search.list == List::Deploy || !bot(m.user_id));
    Ok(found.into_iter().map(|m| (Principal::User(m.user_id), m.name, Some(m.username))).collect())
}

fn entry(principal: Principal) -> Entry {
    Entry {
        id: EntryId(0),
        principal,
        echoed_level: None,
        inheritance: Inheritance::Direct,
        description: String::new(),
        path: None,
        orphaned: false,
    }
}
