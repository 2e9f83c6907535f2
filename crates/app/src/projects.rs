//! Projects: what is built and deployed.

mod archive;
mod create;
mod delete;
mod groups;
mod homes;
mod overview;
mod read;
mod readme;
mod repository;
mod share;
#[cfg(test)]
mod tests;
mod transfer;
mod update;

pub use archive::archive;
pub use create::{DEFAULT_BRANCH, NewProject, create, create_for, may_create};
pub use delete::delete;
pub use groups::{GroupAround, WantedGroups, groups};
pub use homes::{Creates, creates, homes, parents};
pub use overview::{Overview, overview};
pub use read::{InGroup, Of, Shown, Wanted, list, show, show_to_named};
pub use readme::readme;
pub use repository::ensure_repository;
pub use share::{share, unshare};
pub use transfer::transfer;
pub use update::{Changes, update};

use crate::Tx;
use countersign_domain::access::{Action, Actor, Directory, Level, Place};
use countersign_domain::event::Subject;
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::imports::{self, Import};
use countersign_store::namespaces;
use countersign_store::projects::{self, Project};
use countersign_store::shares::{self, Share};
use countersign_store::users::User;
use countersign_store::{Error, users};
use serde_json::{Value, json};

/// A project with what is shown of its surroundings.
#[derive(Debug, Clone)]
pub struct View {
    /// The project.
    pub project: Project,
    /// "Group / Subgroup" of the namespace.
    pub namespace_full_name: String,
    /// The groups invited to it.
    pub shares: Vec<Share>,
    /// Whose personal namespace it lies in.
    pub owner: Option<User>,
    /// The level of the actor's own membership.
    pub direct: Option<Level>,
    /// The actor's level on the project's group.
    pub group: Option<Level>,
    /// Whether the actor manages it.
    pub manages: bool,
    /// From where its repository is fetched, if it is.
    pub import: Option<Import>,
}

fn view(tx: &mut Tx<'_>, actor: &Actor, directory: &Directory, mut project: Project) -> Result<View, Error> {
    // What is remembered of a project does not follow this.
    project.last_activity_at = projects::last_activity(tx, project.id)?.unwrap_or(project.last_activity_at);
    let names = namespaces::full_names(tx, &[project.namespace.id.0])?;
    let namespace_full_name = names.get(&project.namespace.id).cloned().unwrap_or_default();
    let shares = shares::list(tx, Place::Project(project.id))?;
    let owner = match project.namespace.owner_id {
        Some(id) => users::get(tx, id)?,
        None => None,
    };
    let held = |level: Level| Some(level).filter(|l| *l > Level::None);
    let direct = actor.user().and_then(|u| held(directory.direct(u, Place::Project(project.id))));
    let group = match (actor.user(), project.namespace.group()) {
        (Some(user), Some(group)) => held(directory.on_group(user, group)),
        _ => None,
    };
    let standing = directory.standing(actor, Place::Project(project.id), project.visibility);
    let manages = standing.may(Action::ManageProject).is_ok();
    let import = imports::get(tx, project.id)?;
    Ok(View { project, namespace_full_name, shares, owner, direct, group, manages, import })
}

/// A project as it is now.
fn reload(tx: &mut Tx<'_>, actor: &Actor, project: &Project, now: Timestamp) -> Result<View, Error> {
    let fresh = projects::get(tx, project.id)?;
    let fresh =
        fresh.ok_or_else(|| Error::Corrupt(format!("project {} is gone in its own transaction", project.id)))?;
    let directory = directory::load(tx, now.date(), Place::Project(fresh.id), People::One(actor.user()))?;
    view(tx, actor, &directory, fresh)
}

fn subject(project: &Project) -> Subject {
    Subject::of_project("Project", project.id.0, project.id)
}

/// What the audit keeps of a project.
fn image(of: &Project) -> Value {
    json!({
        "name": of.name,
        "full_path": of.full_path,
        "description": of.description,
        "visibility": of.visibility.as_str(),
        "default_branch": of.default_branch,
        "allow_pipeline_trigger_approve_deployment": of.allow_pipeline_trigger_approve_deployment,
        "build_timeout": of.build_timeout,
        "topics": of.topics,
        "shared_runners_enabled": of.shared_runners_enabled,
        "group_runners_enabled": of.group_runners_enabled,
        "settings": of.settings,
    })
}
