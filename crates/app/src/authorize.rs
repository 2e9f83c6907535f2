//! Finds a project or group for somebody who wants to do something with it, if they may.
//!
//! What they may is the rules' business (`countersign_domain::access::Standing`); what they may not know of answers
//! as if it were not there.

use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor, Directory, Place, Standing};
use countersign_domain::ids::{GroupId, ProjectId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::namespaces::{self, Namespace};
use countersign_store::projects::{self, Project};

/// How a request names a project or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref {
    /// By its id.
    Id(i64),
    /// By its full path.
    Path(String),
}

/// A project, and how the actor stands towards it.
#[derive(Debug, Clone)]
pub struct OnProject {
    /// The project.
    pub project: Project,
    /// What decides access to it, with the actor's memberships.
    pub directory: Directory,
    /// How the actor stands.
    pub standing: Standing,
}

/// A group, and how the actor stands towards it.
#[derive(Debug, Clone)]
pub struct OnGroup {
    /// The group.
    pub group: Namespace,
    /// What decides access to it, with the actor's memberships.
    pub directory: Directory,
    /// How the actor stands.
    pub standing: Standing,
}

/// Finds a project the actor may do `action` with.
///
/// # Errors
/// There is none that they may know of, or they may not do that.
pub fn project(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, action: Action, now: Timestamp) -> Result<OnProject> {
    let found = match at {
        Ref::Id(id) => projects::get(tx, ProjectId(*id))?,
        Ref::Path(path) => projects::by_path(tx, path)?,
    };
    let project = found.ok_or(Refusal::NotFound(Missing::Project))?;
    let place = Place::Project(project.id);
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let standing = directory.standing(actor, place, project.visibility);
    standing.may(action)?;
    Ok(OnProject { project, directory, standing })
}

/// Finds a group the actor may do `action` with.
///
/// # Errors
/// There is none that they may know of, or they may not do that.
pub fn group(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, action: Action, now: Timestamp) -> Result<OnGroup> {
    let found = match at {
        Ref::Id(id) => namespaces::group(tx, GroupId(*id))?,
        Ref::Path(path) => namespaces::by_path(tx, path)?.filter(Namespace::is_group),
    };
    let group = found.ok_or(Refusal::NotFound(Missing::Group))?;
    let place = Place::Group(group.group_id());
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let standing = directory.standing(actor, place, group.visibility);
    standing.may(action)?;
    Ok(OnGroup { group, directory, standing })
}
