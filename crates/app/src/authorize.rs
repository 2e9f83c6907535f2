//! From an address and an actor to the authorised thing: 404 hides, 403 explains. The rule itself is
//! [`Standing::may`]; use cases pass here before they do anything.

use crate::{Failure, Result, Tx};
use countersign_domain::access::{Action, Actor, Directory, Place, Standing};
use countersign_domain::ids::{GroupId, NamespaceId, ProjectId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::projects::{self, Project};
use countersign_store::{directory, directory::People};

/// How a request names a group or project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ref {
    /// By its id.
    Id(i64),
    /// By its full path.
    Path(String),
}

impl Ref {
    /// Reads what stands in an address: digits are an id, anything else is a path.
    pub fn parse(text: &str) -> Ref {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(id) if digits => Ref::Id(id),
            _ => Ref::Path(text.to_owned()),
        }
    }
}

/// A project that the actor may do something with.
#[derive(Debug, Clone)]
pub struct OnProject {
    /// The project.
    pub project: Project,
    /// What decides the actor's access.
    pub directory: Directory,
    /// How the actor stands towards it.
    pub standing: Standing,
}

/// A group that the actor may do something with.
#[derive(Debug, Clone)]
pub struct OnGroup {
    /// The group.
    pub group: Namespace,
    /// What decides the actor's access.
    pub directory: Directory,
    /// How the actor stands towards it.
    pub standing: Standing,
}

impl OnGroup {
    /// The group's id.
    pub fn id(&self) -> GroupId {
        self.group.group_id()
    }
}

/// The project named, whether or not the actor may know of it.
///
/// # Errors
/// There is none.
pub fn find_project(tx: &mut Tx<'_>, at: &Ref) -> Result<Project> {
    let found = match at {
        Ref::Id(id) => projects::get(tx, ProjectId(*id))?,
        Ref::Path(path) => projects::by_path(tx, path)?,
    };
    Ok(found.ok_or(Refusal::NotFound(Missing::Project))?)
}

/// The group or personal namespace named, whether or not the actor may know of it.
///
/// # Errors
/// The store's.
pub fn find_namespace(tx: &mut Tx<'_>, at: &Ref) -> Result<Option<Namespace>> {
    Ok(match at {
        Ref::Id(id) => namespaces::get(tx, NamespaceId(*id))?,
        Ref::Path(path) => namespaces::by_path(tx, path)?,
    })
}

/// Finds a project and checks that the actor may do `action` with it.
///
/// # Errors
/// Not found, or not seen by the actor; forbidden, with the least role.
pub fn project(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, action: Action, now: Timestamp) -> Result<OnProject> {
    let project = find_project(tx, at)?;
    let place = Place::Project(project.id);
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let standing = directory.standing(actor, place, project.visibility);
    standing.may(action)?;
    if action.needs_reader() {
        project.settings.check_reader(&standing)?;
    }
    Ok(OnProject { project, directory, standing })
}

/// As [`project`], for somebody who knows of the project, if only because an entry names them: they are told which role
/// they lack.
///
/// # Errors
/// Forbidden, with the least role.
pub fn known_project(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, action: Action, now: Timestamp) -> Result<OnProject> {
    project(tx, actor, at, action, now).map_err(|why| match why {
        Failure::Refused(Refusal::NotFound(_)) => Refusal::Role(action.least().name()).into(),
        why => why,
    })
}

/// Finds a group and checks that the actor may do `action` with it. Personal namespaces are no groups.
///
/// # Errors
/// As [`project`].
pub fn group(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, action: Action, now: Timestamp) -> Result<OnGroup> {
    let group = find_namespace(tx, at)?.filter(Namespace::is_group).ok_or(Refusal::NotFound(Missing::Group))?;
    let place = Place::Group(group.group_id());
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let standing = directory.standing(actor, place, group.visibility);
    standing.may(action)?;
    Ok(OnGroup { group, directory, standing })
}

/// Finds a group in which the actor may create projects, as the group's setting has it.
///
/// # Errors
/// As [`project`]; the setting lets nobody.
pub fn home_of_projects(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<OnGroup> {
    let found = group(tx, actor, at, Action::Read, now)?;
    found.group.settings.project_creation_level.check(&found.standing)?;
    Ok(found)
}

/// Finds a group in which the actor may create groups, as the group's setting has it.
///
/// # Errors
/// As [`project`].
pub fn home_of_groups(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<OnGroup> {
    let found = group(tx, actor, at, Action::Read, now)?;
    found.standing.may_as(Action::CreateSubgroups, found.group.settings.subgroup_creation_level.least())?;
    Ok(found)
}

/// Checks that the actor is a person with a token of their own, or the server itself: job tokens and nobody are not.
///
/// # Errors
/// The actor is a job or anonymous.
pub fn own_token(actor: &Actor) -> Result<(), Refusal> {
    match actor.via {
        countersign_domain::access::Via::Server => Ok(()),
        _ if actor.is_job() => Err(Refusal::JobToken),
        _ if actor.person.is_none() => Err(Refusal::Role("signed-in user")),
        _ => Ok(()),
    }
}

/// Checks that the actor administers the instance, or is the server itself.
///
/// # Errors
/// The actor does not.
pub fn admin(actor: &Actor) -> Result<(), Refusal> {
    let server = actor.via == countersign_domain::access::Via::Server;
    if server || actor.is_admin() { Ok(()) } else { Err(Refusal::AdminsOnly) }
}
