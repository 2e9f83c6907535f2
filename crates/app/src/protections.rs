//! Protecting environments of projects and groups.

mod candidates;
mod known;
mod listed;
mod overview;
mod protect;
mod read;
mod release;
mod revise;
mod sheet;
mod unprotect;
mod update;
mod version;

pub use candidates::{Candidate, List};
pub use listed::{Listed, Party};
pub use overview::{Inherited, Overview, overview};
pub use protect::protect;
pub use read::{list, show};
pub use release::{Release, Released, release, unprotect_seen};
pub use revise::revise;
pub use sheet::{Electors, Sheet, Typed, sheet};
pub use unprotect::unprotect;
pub use update::update;

use crate::authorize::{self, Ref};
use crate::{Result, Tx, refused, settings};
use countersign_domain::access::{Action, Actor, Directory, Level, Place, Standing};
use countersign_domain::event::Subject;
use countersign_domain::ids::{GroupId, ProtectionId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::protection::{Entry, NewProtection, Protection, Scope, Warning};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::Namespace;
use countersign_store::projects::Project;
use countersign_store::{directory, protections};
use serde_json::{Value, json};

/// Where somebody wants to protect environments.
#[derive(Debug, Clone)]
pub enum Target {
    /// On a project.
    Project(Ref),
    /// On a group; with the least role that manages the protections of groups, unless the settings raised it.
    Group(Ref, Level),
}

/// The project or group whose protections somebody manages.
#[derive(Debug, Clone)]
pub enum Managed {
    /// A project.
    Project(Box<Project>),
    /// A group.
    Group(Box<Namespace>),
}

impl Managed {
    /// Where its protections live.
    pub fn scope(&self) -> Scope {
        match self {
            Managed::Project(project) => Scope::Project(project.id),
            Managed::Group(group) => Scope::Group(group.group_id()),
        }
    }

    /// Its whole address.
    pub fn full_path(&self) -> &str {
        match self {
            Managed::Project(project) => &project.full_path,
            Managed::Group(group) => &group.full_path,
        }
    }

    /// Whether whoever triggered a deployment may approve it under the rules that live there.
    pub fn triggerer_may_approve(&self) -> bool {
        match self {
            Managed::Project(project) => project.allow_pipeline_trigger_approve_deployment,
            Managed::Group(group) => group.allow_pipeline_trigger_approve_deployment,
        }
    }
}

/// A place where somebody wants to protect environments, and how they stand towards it.
struct Found {
    managed: Managed,
    standing: Standing,
    /// Whether they manage its protections.
    allowed: std::result::Result<(), Refusal>,
}

/// A protection as saved, and what is odd about it.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The protection.
    pub protection: Protection,
    /// What is odd about it, though legal.
    pub warnings: Vec<Warning>,
}

/// Finds the target and checks that the actor manages its protections: maintainers of the project; maintainers of the
/// group, or its owners where the instance says so.
fn authorized(tx: &mut Tx<'_>, actor: &Actor, target: &Target, now: Timestamp) -> Result<Scope> {
    managed(tx, actor, target, now).map(|found| found.managed.scope())
}

/// As [`authorized`], with what was found.
fn managed(tx: &mut Tx<'_>, actor: &Actor, target: &Target, now: Timestamp) -> Result<Found> {
    let found = find(tx, actor, target, now)?;
    found.allowed.clone()?;
    Ok(found)
}

/// Finds the target, and says whether the actor manages its protections.
fn judged(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    now: Timestamp,
) -> Result<(Scope, std::result::Result<(), Refusal>)> {
    let found = find(tx, actor, target, now)?;
    Ok((found.managed.scope(), found.allowed))
}

fn find(tx: &mut Tx<'_>, actor: &Actor, target: &Target, now: Timestamp) -> Result<Found> {
    match target {
        Target::Project(at) => {
            let found = authorize::project(tx, actor, at, Action::Read, now)?;
            let allowed = found.standing.may(Action::ProtectProject);
            Ok(Found { managed: Managed::Project(Box::new(found.project)), standing: found.standing, allowed })
        }
        Target::Group(at, least) => {
            let found = authorize::group(tx, actor, at, Action::Read, now)?;
            let least = settings::group_protection_min_role(tx, *least)?;
            let allowed = found.standing.may_as(Action::ProtectGroup, least);
            Ok(Found { managed: Managed::Group(Box::new(found.group)), standing: found.standing, allowed })
        }
    }
}

/// How an attempt to change protections ends that the actor may not make: recorded.
fn denied<T>(why: Refusal, scope: Scope, attempt: &str, name: &str) -> Ending<T> {
    let subject = match scope {
        Scope::Project(id) => Subject::of_project("Project", id.0, id),
        Scope::Group(id) => Subject::of_group("Group", id.0, id),
    };
    refused(why, subject, &format!("{attempt} {name}"), true)
}

fn place(scope: Scope) -> Place {
    match scope {
        Scope::Project(id) => Place::Project(id),
        Scope::Group(id) => Place::Group(id),
    }
}

/// Everybody and everything that decides whether the parties a request names are assignable.
fn judges(tx: &mut Tx<'_>, scope: Scope, asked: &NewProtection, now: Timestamp) -> Result<Directory> {
    let mut all = directory::load(tx, now.date(), place(scope), directory::People::Everybody)?;
    let entries = || asked.deploy.iter().flatten().chain(asked.rules.iter().flatten());
    let named: Vec<UserId> = entries().filter_map(|entry| entry.user_id).map(UserId).collect();
    directory::add_people(tx, &mut all, &named)?;
    for entry in entries() {
        if let Some(group) = entry.group_id {
            directory::add_group(tx, &mut all, GroupId(group))?;
        }
    }
    Ok(all)
}

/// The protection of that id in a place.
fn by_id(tx: &mut Tx<'_>, scope: Scope, id: ProtectionId) -> Result<Option<Protection>> {
    Ok(protections::list(tx, scope)?.into_iter().find(|p| p.id == id))
}

/// A protection as it is now, and what is odd about it.
fn saved(tx: &mut Tx<'_>, scope: Scope, name: &str, now: Timestamp) -> Result<Option<Saved>> {
    let Some(protection) = protections::by_name(tx, scope, name)? else { return Ok(None) };
    let all = directory::load(tx, now.date(), place(scope), directory::People::Everybody)?;
    let warnings = all.warnings(&protection);
    Ok(Some(Saved { protection, warnings }))
}

/// What records call the subject of a protection.
const KIND: &str = "ProtectedEnvironment";

fn subject(protection: &Protection) -> Subject {
    match protection.scope {
        Scope::Project(id) => Subject::of_project(KIND, protection.id.0, id),
        Scope::Group(id) => Subject::of_group(KIND, protection.id.0, id),
    }
}

/// What the audit keeps of a protection.
fn image(of: &Protection) -> Value {
    let entry = |e: &Entry| json!({"id": e.id, "principal": e.principal, "name": e.description, "inheritance": e.inheritance.number()});
    json!({
        "name": of.name,
        "deploy_access_levels": of.deploy.iter().map(entry).collect::<Vec<_>>(),
        "approval_rules": of.rules.iter().map(|r| json!({"entry": entry(&r.entry), "required_approvals": r.required_approvals})).collect::<Vec<_>>(),
        "required_approval_count": of.required_approval_count,
        "run_after_approval": of.run_after_approval.as_str(),
    })
}
