//! Moves a group to another parent, or to the top.

use super::create::{may_create_at_the_top, owned_by};
use super::{View, reload, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, leaving, members as members_of, names, reassess};
use countersign_domain::access::{Action, Actor, Level, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::members::{self, Member};
use countersign_store::namespaces::{self, Namespace};
use serde_json::json;

/// Moves a group with all below it to another group, or to the top. What is wider than the new parent is narrowed.
/// `least` is the role that manages the protections of groups: leaving some behind needs it.
///
/// # Errors
/// The actor is no owner of the group, or no maintainer of the new parent, or may create no groups at the top; the group is
/// there already, would lie in itself or too deep; the address is taken; at the top it would have no owner, since the actor
/// is a bot.
pub fn transfer(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    to: Option<&Ref>,
    least: Level,
    now: Timestamp,
) -> Result<Ending<View>> {
    let found = authorize::group(tx, actor, at, Action::ManageGroup, now)?;
    let group = &found.group;
    let parent = match to {
        None => {
            may_create_at_the_top(tx, actor)?;
            None
        }
        Some(to) => Some(authorize::home_of_groups(tx, actor, to, now)?),
    };
    if let Some(parent) = &parent
        && parent.directory.lineage(parent.id()).contains(&group.group_id())
    {
        return Err(refused("A group cannot be moved into itself or one of its subgroups."));
    }
    let after = parent.as_ref().map(|p| p.directory.lineage(p.id())).unwrap_or_default();
    let before = found.directory.lineage(group.group_id()).split_off(1);
    leaving::check(tx, actor, (&before, &after), least, now)?;
    let parent = parent.map(|p| p.group);
    if group.parent_id == parent.as_ref().map(Namespace::group_id) {
        let why =
            if parent.is_some() { "The group is in that group already." } else { "The group is at the top already." };
        return Err(refused(why));
    }
    let full_path = check(tx, group, parent.as_ref())?;
    let paths = (group.full_path.as_str(), full_path.as_str());
    namespaces::move_subtree(tx, group.group_id(), parent.as_ref().map(Namespace::group_id), &group.path, paths)?;
    let narrowed = match &parent {
        Some(parent) => namespaces::narrow(tx, group.group_id(), parent.visibility)?,
        None => 0,
    };
    namespaces::save(tx, &Namespace { visibility: visibility(group, parent.as_ref()), ..group.clone() }, now)?;
    let event = Event::new(Code::GroupTransferred, subject(group))
        .before(json!({"full_path": group.full_path, "parent_id": group.parent_id}))
        .after(json!({"full_path": full_path, "parent_id": parent.as_ref().map(|p| p.id), "narrowed": narrowed}));
    let owned = if parent.is_none() { keep_an_owner(tx, actor, group, now)? } else { None };
    let more: Vec<Event> = owned.into_iter().chain(reassess::everything(tx, now)?).collect();
    let view = reload(tx, group)?;
    Ok(Ending::Done(Outcome::new(view, event).with(more)))
}

/// A group that comes to the top leaves the owners above it behind: without an own one who can act it belongs to whoever
/// moves it.
fn keep_an_owner(tx: &mut Tx<'_>, actor: &Actor, group: &Namespace, now: Timestamp) -> Result<Option<Event>> {
    let place = Place::Group(group.group_id());
    if members::list(tx, place)?.iter().any(|m| members_of::tenure(m).owns(now.date())) {
        return Ok(None);
    }
    let owner = actor.user().filter(|_| !actor.is_bot()).ok_or(Refusal::LastOwner)?;
    let Some(old) = members::get(tx, place, owner)? else { return owned_by(tx, group, owner, now).map(Some) };
    members::save(tx, place, owner, Level::Owner, None)?;
    let new = Member { level: Level::Owner, expires_at: None, ..old.clone() };
    let about = members_of::subject(place, owner);
    Ok(Some(Event::new(Code::MemberUpdated, about).before(members_of::image(&old)).after(members_of::image(&new))))
}

fn visibility(group: &Namespace, parent: Option<&Namespace>) -> countersign_domain::access::Visibility {
    parent.map_or(group.visibility, |p| p.visibility.min(group.visibility))
}

/// The full path the group will have.
fn check(tx: &mut Tx<'_>, group: &Namespace, parent: Option<&Namespace>) -> Result<String> {
    let full_path = match parent {
        None => {
            names::top_path("path", &group.path)?;
            group.path.clone()
        }
        Some(parent) => {
            names::nested_path("path", &group.path)?;
            format!("{}/{}", parent.full_path, group.path)
        }
    };
    if namespaces::path_taken(tx, &full_path)? {
        return Err(refused("The parent group already has a subgroup or a project with the same path."));
    }
    let own = group.full_path.split('/').count();
    let height = namespaces::below(tx, group.group_id())?.deepest.saturating_sub(own);
    if full_path.split('/').count() + height > names::DEEPEST {
        return Err(refused(&format!("Groups nest at most {} deep.", names::DEEPEST)));
    }
    Ok(full_path)
}

fn refused(why: &str) -> crate::Failure {
    Refusal::BadRequest("group.transfer", format!("Transfer failed: {why}")).into()
}
