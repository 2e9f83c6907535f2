//! Runners, looked after: those of the instance by administrators, of a group by its owners, of a project by its
//! maintainers.

use crate::authorize::{self, Ref};
use crate::{Failure, Result, Tx, or_refused};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{GroupId, ProjectId, RunnerId};
use countersign_domain::job::Status;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::runner;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::jobs::{self, Job};
use countersign_store::namespaces::{self, Namespace};
use countersign_store::projects::Project;
use countersign_store::runners::{self, Among, Filter, MOST_TAGS, Machine, Runner};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

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

/// Which jobs of a runner are listed.
#[derive(Debug, Clone, Copy)]
pub struct OfRunner {
    /// In that status.
    pub status: Option<Status>,
    /// Whether the oldest come first.
    pub ascending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

/// A runner with whom it serves, and its machines, the last heard of first.
#[derive(Debug, Clone)]
pub struct Known {
    /// The runner.
    pub runner: Runner,
    /// The projects it was made for or given to, as far as whoever asks may see them.
    pub projects: Vec<Project>,
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

/// One page of the runners asked for, the newest first, and how many there are in all.
///
/// # Errors
/// The actor is nobody or a job, no administrator, no maintainer of the project, or no owner of the group; too many tags
/// are asked for.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, of: &Of, filter: &Filter, now: Timestamp) -> Result<(Vec<Runner>, i64)> {
    if filter.tags.len() > MOST_TAGS {
        return Err(Refusal::Field("tag_list".into(), format!("must have at most {MOST_TAGS} tags")).into());
    }
    let among = among(tx, actor, of, now)?;
    Ok(runners::list(tx, among, filter)?)
}

fn among(tx: &mut Tx<'_>, actor: &Actor, of: &Of, now: Timestamp) -> Result<Among> {
    Ok(match of {
        Of::Everybody => {
            authorize::admin(actor)?;
            Among::All
        }
        Of::Actor => {
            authorize::own_token(actor)?;
            match actor.user() {
                Some(user) if !actor.is_admin() => Among::ManagedBy(user, now.date()),
                _ => Among::All,
            }
        }
        Of::Project(at) => {
            let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project;
            let (instance, groups) = (project.shared_runners_enabled, project.group_runners_enabled);
            Among::Around { place: Place::Project(project.id), instance, groups }
        }
        Of::Group(at) => {
            let group = authorize::group(tx, actor, at, Action::ManageGroup, now)?;
            Among::Around { place: Place::Group(group.id()), instance: true, groups: true }
        }
    })
}

/// One runner.
///
/// # Errors
/// There is none that the actor looks after.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, id: RunnerId, now: Timestamp) -> Result<Known> {
    let runner = seen(tx, actor, id, now)?;
    known(tx, actor, runner, now)
}

/// One page of the jobs that a runner has or had, the newest first, and whether there is another: of one that was made for
/// a project those of that project. With the projects they belong to; left out are those whose project the actor may not
/// see, as one that has left the group of the runner.
///
/// # Errors
/// There is none that the actor looks after.
pub fn jobs(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: RunnerId,
    of: &OfRunner,
    now: Timestamp,
) -> Result<(Vec<(Project, Job)>, bool)> {
    let runner = managed(tx, actor, id, now)?;
    let project = runner.project_id.filter(|_| !actor.is_admin());
    let mut found = jobs::of_runner(tx, (id, project), of.status, of.ascending, (of.limit + 1, of.offset))?;
    let most = usize::try_from(of.limit).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let mut projects = HashMap::new();
    let mut with = Vec::with_capacity(found.len());
    for job in found {
        let project = match projects.entry(job.project_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let at = Ref::Id(job.project_id.0);
                let seen = or_refused(authorize::project(tx, actor, &at, Action::ReadDeployments, now))?;
                new.insert(seen.ok().map(|on| on.project))
            }
        };
        with.extend(project.clone().map(|project| (project, job)));
    }
    Ok((with, more))
}

/// Lets a runner that was made for a project serve another too. One that does already stays as it is.
///
/// # Errors
/// The actor does not look after both; the runner may not be shared ([`runner::may_join`]).
pub fn join(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: RunnerId, now: Timestamp) -> Result<Ending<Known>> {
    let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project;
    let of = managed(tx, actor, id, now)?;
    runner::may_join(of.project_id.is_some(), of.locked, actor.is_admin())?;
    if runners::projects_of(tx, id)?.contains(&project.id) {
        return Ok(Ending::Unchanged(known(tx, actor, of, now)?));
    }
    runners::join(tx, id, project.id)?;
    let event = Event::new(Code::RunnerJoined, Subject::of_project("Runner", id.0, project.id)).after(image(&of));
    Ok(Ending::done(known(tx, actor, of, now)?, event))
}

/// Lets a runner serve a project no more.
///
/// # Errors
/// The actor does not maintain the project; the runner does not serve it, or was made for it.
pub fn part(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: RunnerId, now: Timestamp) -> Result<Ending<()>> {
    let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project;
    let of = runners::get(tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    if !runners::projects_of(tx, id)?.contains(&project.id) {
        return Err(Refusal::NotFound(Missing::Row).into());
    }
    runner::may_part(of.project_id == Some(project.id))?;
    runners::part(tx, id, project.id)?;
    let event = Event::new(Code::RunnerParted, Subject::of_project("Runner", id.0, project.id)).before(image(&of));
    Ok(Ending::done((), event))
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
        return Ok(Ending::Unchanged(known(tx, actor, old, now)?));
    }
    runners::save(tx, &new)?;
    let event = Event::new(Code::RunnerUpdated, subject(id, new.group_id, new.project_id));
    let event = event.before(image(&old)).after(image(&new));
    Ok(Ending::done(known(tx, actor, new, now)?, event))
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

/// The runner, for somebody who looks after it or maintains a project that it was given to.
fn seen(tx: &mut Tx<'_>, actor: &Actor, id: RunnerId, now: Timestamp) -> Result<Runner> {
    let found = managed(tx, actor, id, now);
    let Err(Failure::Refused(_)) = found else { return found };
    for project in runners::projects_of(tx, id)? {
        let at = Ref::Id(project.0);
        if or_refused(authorize::project(tx, actor, &at, Action::ManageProject, now))?.is_ok() {
            return Ok(runners::get(tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?);
        }
    }
    found
}

fn known(tx: &mut Tx<'_>, actor: &Actor, runner: Runner, now: Timestamp) -> Result<Known> {
    let mut projects = Vec::new();
    for id in runners::projects_of(tx, runner.id)? {
        let seen = or_refused(authorize::project(tx, actor, &Ref::Id(id.0), Action::Read, now))?;
        projects.extend(seen.ok().map(|seen| seen.project));
    }
    let group = match runner.group_id {
        Some(id) => namespaces::group(tx, id)?,
        None => None,
    };
    let machines = runners::machines(tx, runner.id)?;
    Ok(Known { runner, projects, group, machines })
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
pub(crate) fn image(of: &Runner) -> Value {
    json!({
        "runner_type": of.runner_type, "description": of.description, "tag_list": of.tags,
        "run_untagged": of.run_untagged, "paused": of.paused, "locked": of.locked, "ref_protected": of.ref_protected,
        "maximum_timeout": of.maximum_timeout, "maintenance_note": of.maintenance_note,
    })
}
