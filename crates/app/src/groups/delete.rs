//! Deletes a group with all below it.

use super::{image, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, flow, invitations, names, reassess, users};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::ProjectId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::protection::Scope;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Below};
use countersign_store::protections;
use serde_json::json;
use std::collections::BTreeSet;

/// What went with a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The projects whose repositories are to be removed, after the change is durable.
    pub projects: Vec<ProjectId>,
}

/// Deletes a group, the groups below it and all their projects, if its address is the one given. Entries of protections elsewhere that name one of the
/// groups stay, orphaned, and keep blocking.
///
/// # Errors
/// The actor is no owner; the address is another.
pub fn delete(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    full_path: Option<&str>,
    now: Timestamp,
) -> Result<Ending<Deleted>> {
    let group = authorize::group(tx, actor, at, Action::ManageGroup, now)?.group;
    names::confirmed(&group.full_path, full_path, "group")?;
    let below = namespaces::below(tx, group.group_id())?;
    let orphaned = orphaned(tx, &below)?;
    let uninvited = invitations::of_deleted(tx, &below)?;
    let canceled = flow::gone(tx, Place::Group(group.group_id()))?;
    let bots = users::bots_within(tx, Place::Group(group.group_id()), now)?;
    namespaces::delete(tx, group.group_id())?;
    let before = json!({"group": image(&group), "groups": below.groups, "projects": below.projects});
    let event = Event::new(Code::GroupDeleted, subject(&group)).before(before);
    let more = reassess::everything(tx, now)?;
    let deleted = Deleted { projects: below.projects };
    Ok(Ending::Done(Outcome::new(deleted, event).with(canceled).with(orphaned).with(uninvited).with(bots).with(more)))
}

/// The protections that outlive the groups and name one of them.
fn orphaned(tx: &mut Tx<'_>, below: &Below) -> Result<Vec<Event>> {
    let mut named = BTreeSet::new();
    let mut events = Vec::new();
    for group in &below.groups {
        for (id, scope) in protections::naming_group(tx, *group)? {
            let (gone, subject) = match scope {
                Scope::Group(g) => (below.groups.contains(&g), Subject::of_group("ProtectedEnvironment", id.0, g)),
                Scope::Project(p) => {
                    (below.projects.contains(&p), Subject::of_project("ProtectedEnvironment", id.0, p))
                }
            };
            if !gone && named.insert((id, *group)) {
                events.push(Event::new(Code::ProtectionOrphaned, subject).before(json!({"group_id": group})));
            }
        }
    }
    Ok(events)
}
