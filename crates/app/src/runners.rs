//! Runners, looked after: those of the instance by administrators, of a group by its owners, of a project by its
//! maintainers.

use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{GroupId, ProjectId, RunnerId};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::projects::{self, Project};
use countersign_store::runners::{self, Machine, Runner};
use serde_json::{Value, json};

/// Which runners are listed.
#[derive(Debug, Clone)]
pub enum Of {
    /// Those the actor looks after for projects and groups; all for administrators.
    Actor,
    /// All, for administrators.
    Everybody,
    /// Those that serve a project.
    Project(Ref),
    /// Those of a group and the groups above it, and of the instance.
    Group(Ref),
}

/// A runner with whom it serves, and its machines, the last heard of first.
#[derive(Debug, Clone)]
pub struct Known {
    /// The runner.
    pub runner: Runner,
    /// The project it serves alone.
    pub project: Option<Project>,
    /// The group it serves.
    pub group: Option<Namespace>,
    /// The machines that use its token.
    pub machines: Vec<Machine>,
}

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What it is called.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// Whether it takes jobs without tags.
    pub run_untagged: Option<bool>,
    /// Whether it gets no jobs for now.
    pub paused: Option<bool>,
    /// Whether it is bound to its project.
    pub locked: Option<bool>,
    /// Whether it gets only what runs on protected branches and tags.
    pub ref_protected: Option<bool>,
    /// The longest it may take for a job, in seconds; the inner `None` for no limit of its own.
    pub maximum_timeout: Option<Option<i64>>,
    /// What those who look after it note about it; the inner `None` for nothing.
    pub maintenance_note: Option<Option<String>>,
}

/// The runners asked for, the newest first.
///
/// # Errors
/// The actor is nobody or a job, no administrator, no maintainer of the project, or no owner of the group.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, of: &Of, now: Timestamp) -> Result<Vec<Runner>> {
    match of {
        Of::Everybody => {
            authorize::admin(actor)?;
            Ok(runners::all(tx)?)
        }
        Of::Actor => {
            authorize::own_token(actor)?;
            match actor.user() {
                Some(user) if !actor.is_admin() => Ok(runners::managed_by(tx, user, now.date())?),
                _ => Ok(runners::all(tx)?),
            }
        }
        Of::Project(at) => {
            let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project;
            let around = runners::around(tx, Place::Project(project.id))?.into_iter();
            Ok(around.filter(|runner| serves(runner, &project)).collect())
        }
        Of::Group(at) => {
            let group = authorize::group(tx, actor, at, Action::ManageGroup, now)?;
            Ok(runners::around(tx, Place::Group(group.id()))?)
        }
    }
}

/// Whether the project wants to be served by runners of that kind.
fn serves(runner: &Runner, project: &Project) -> bool {
    match (runner.project_id, runner.group_id) {
        (Some(_), _) => true,
        (None, Some(_)) => project.group_runners_enabled,
        (None, None) => project.shared_runners_enabled,
    }
}

/// One runner.
///
/// # Errors
/// There is none that the actor looks after.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, id: RunnerId, now: Timestamp) -> Result<Known> {
    let runner = managed(tx, actor, id, now)?;
    known(tx, runner)
}

/// Changes a runner; what is waiting already goes by the new settings.
///
/// # Errors
/// There is none that the actor looks after; it would take no job at all; a text is not acceptable.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: RunnerId,
    changes: &Changes,
    now: Timestamp,
) -> Result<Ending<Known>> {
    let old = managed(tx, actor, id, now)?;
    let new = changed(&old, changes);
    check(&new.tags, new.run_untagged)?;
    check_texts(&new)?;
    if new == old {
        return Ok(Ending::Unchanged(known(tx, old)?));
    }
    runners::save(tx, &new)?;
    let event = Event::new(Code::RunnerUpdated, subject(id, new.group_id, new.project_id));
    let event = event.before(image(&old)).after(image(&new));
    Ok(Ending::done(known(tx, new)?, event))
}

/// Deletes a runner: its token opens nothing any more. What it has of jobs it may end.
///
/// # Errors
/// There is none that the actor looks after.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, id: RunnerId, now: Timestamp) -> Result<Ending<()>> {
    let old = managed(tx, actor, id, now)?;
    runners::delete(tx, id)?;
    let event = Event::new(Code::RunnerDeleted, subject(id, old.group_id, old.project_id));
    Ok(Ending::done((), event.before(image(&old))))
}

/// Gives a runner another token, of which only the hash is kept: the old one opens nothing any more.
///
/// # Errors
/// There is none that the actor looks after.
pub fn reset_token(tx: &mut Tx<'_>, actor: &Actor, id: RunnerId, secret: &str, now: Timestamp) -> Result<Ending<()>> {
    let runner = managed(tx, actor, id, now)?;
    runners::set_token(tx, id, token::hash(secret))?;
    Ok(Ending::done((), Event::new(Code::RunnerTokenReset, subject(id, runner.group_id, runner.project_id))))
}

/// A runner that takes jobs at all.
///
/// # Errors
/// It has no tags, and takes no jobs without.
pub(crate) fn check(tags: &[String], run_untagged: bool) -> Result<(), Refusal> {
    if tags.is_empty() && !run_untagged {
        let text = "must have at least one tag when the runner is not allowed to run untagged jobs";
        return Err(Refusal::Field("tag_list".into(), text.into()));
    }
    Ok(())
}

fn check_texts(of: &Runner) -> Result<(), Refusal> {
    let texts = [("description", Some(&of.description)), ("maintenance_note", of.maintenance_note.as_ref())];
    let tags = of.tags.iter().map(|tag| ("tag_list", Some(tag)));
    match texts.into_iter().chain(tags).find(|(_, text)| text.is_some_and(|text| text.contains('\0'))) {
        Some((field, _)) => Err(Refusal::Field(field.into(), "can't contain null characters".into())),
        None => Ok(()),
    }
}

/// The runner, for somebody who looks after it.
fn managed(tx: &mut Tx<'_>, actor: &Actor, id: RunnerId, now: Timestamp) -> Result<Runner> {
    let runner = runners::get(tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    if let Some(project) = runner.project_id {
        authorize::project(tx, actor, &Ref::Id(project.0), Action::ManageProject, now)?;
    } else if let Some(group) = runner.group_id {
        authorize::group(tx, actor, &Ref::Id(group.0), Action::ManageGroup, now)?;
    } else {
        authorize::admin(actor)?;
    }
    Ok(runner)
}

fn known(tx: &mut Tx<'_>, runner: Runner) -> Result<Known> {
    let project = match runner.project_id {
        Some(id) => projects::get(tx, id)?,
        None => None,
    };
    let group = match runner.group_id {
        Some(id) => namespaces::group(tx, id)?,
        None => None,
    };
    let machines = runners::machines(tx, runner.id)?;
    Ok(Known { runner, project, group, machines })
}

fn changed(old: &Runner, changes: &Changes) -> Runner {
    let mut new = old.clone();
    new.description = changes.description.clone().unwrap_or(new.description);
    new.tags = changes.tags.clone().unwrap_or(new.tags);
    new.run_untagged = changes.run_untagged.unwrap_or(new.run_untagged);
    new.paused = changes.paused.unwrap_or(new.paused);
    new.locked = changes.locked.unwrap_or(new.locked);
    new.ref_protected = changes.ref_protected.unwrap_or(new.ref_protected);
    new.maximum_timeout = changes.maximum_timeout.unwrap_or(new.maximum_timeout);
    new.maintenance_note = changes.maintenance_note.clone().unwrap_or(new.maintenance_note);
    new
}

/// A runner, as the audit records name it.
pub(crate) fn subject(id: RunnerId, group: Option<GroupId>, project: Option<ProjectId>) -> Subject {
    match (group, project) {
        (Some(group), _) => Subject::of_group("Runner", id.0, group),
        (_, Some(project)) => Subject::of_project("Runner", id.0, project),
        _ => Subject::instance("Runner", id.0),
    }
}

/// What the audit keeps of a runner.
fn image(of: &Runner) -> Value {
    json!({
        "runner_type": of.runner_type, "description": of.description, "tag_list": of.tags,
        "run_untagged": of.run_untagged, "paused": of.paused, "locked": of.locked, "ref_protected": of.ref_protected,
        "maximum_timeout": of.maximum_timeout, "maintenance_note": of.maintenance_note,
    })
}
