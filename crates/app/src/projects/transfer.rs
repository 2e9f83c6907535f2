//! Moves a project to another namespace.

use super::create::room_for_another;
use super::{View, reload, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, leaving, names, reassess};
use countersign_domain::access::{Action, Actor, Directory, Level};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::GroupId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::directory;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::projects::{self, Inside, Project};
use serde_json::json;

/// Moves a project to a group, or to the actor's own namespace. Wider than the group, it is narrowed. `least` is the
/// role that manages the protections of groups: leaving some behind needs it.
///
/// # Errors
/// The actor is no owner of the project, or may not create projects there; it is there already; the address is taken;
/// whoever the namespace belongs to has as many projects as they may.
pub fn transfer(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    to: &Ref,
    least: Level,
    now: Timestamp,
) -> Result<Ending<View>> {
    let found = authorize::project(tx, actor, at, Action::OwnProject, now)?;
    let home = home(tx, actor, to, now)?;
    let (before, after) = (found.directory.groups_above(found.project.id), above(tx, &home, now)?);
    leaving::check(tx, actor, (&before, &after), least, now)?;
    let old = found.project;
    if home.id == old.namespace.id {
        return Err(refused("The project is in that namespace already."));
    }
    room_for_another(tx, &home)?;
    let full_path = format!("{}/{}", home.full_path, old.path);
    names::nested_path("path", &old.path)?;
    if namespaces::path_taken(tx, &full_path)? {
        return Err(refused("The namespace already has a project or group with the same path."));
    }
    let visibility = if home.is_group() { old.visibility.min(home.visibility) } else { old.visibility };
    let new = Project { full_path, visibility, namespace: inside(&home), ..old.clone() };
    projects::save(tx, &new, now)?;
    let event = Event::new(Code::ProjectTransferred, subject(&new))
        .before(json!({"full_path": old.full_path, "visibility": old.visibility.as_str()}))
        .after(json!({"full_path": new.full_path, "visibility": new.visibility.as_str()}));
    let more = reassess::everything(tx, now)?;
    let view = reload(tx, actor, &new, now)?;
    Ok(Ending::Done(Outcome::new(view, event).with(more)))
}

/// The groups above what is in a namespace.
fn above(tx: &mut Tx<'_>, home: &Namespace, now: Timestamp) -> Result<Vec<GroupId>> {
    let mut directory = Directory::new(now.date());
    directory::add_group(tx, &mut directory, home.group_id())?;
    Ok(directory.lineage(home.group_id()))
}

/// The namespace to move to, in which the actor may create projects.
fn home(tx: &mut Tx<'_>, actor: &Actor, to: &Ref, now: Timestamp) -> Result<Namespace> {
    let personal = authorize::find_namespace(tx, to)?.filter(|n| n.owner_id.is_some());
    if let Some(own) = personal {
        let allowed = own.owner_id == actor.user() || authorize::admin(actor).is_ok();
        return if allowed { Ok(own) } else { Err(Refusal::NotFound(Missing::Group).into()) };
    }
    Ok(authorize::home_of_projects(tx, actor, to, now)?.group)
}

fn inside(home: &Namespace) -> Inside {
    Inside {
        id: home.id,
        parent_id: home.parent_id,
        owner_id: home.owner_id,
        name: home.name.clone(),
        path: home.path.clone(),
        full_path: home.full_path.clone(),
    }
}

fn refused(why: &str) -> crate::Failure {
    Refusal::BadRequest("project.transfer", format!("Transfer failed: {why}")).into()
}
