//! Changes a project's settings.

use super::create::check_timeout;
use super::{View, image, reload, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, names, protected_refs, reassess};
use countersign_domain::access::{Action, Actor, Visibility};
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::settings::ProjectSettingsChanges;
use countersign_domain::time::Timestamp;
use countersign_store::projects::{self, Project};
use countersign_store::{Error, namespaces};

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The name people call it.
    pub name: Option<String>,
    /// The last part of its address.
    pub path: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it.
    pub visibility: Option<Visibility>,
    /// The branch that clones check out. The repository is told when this is durable.
    pub default_branch: Option<String>,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: Option<bool>,
    /// How long a job may run, in seconds.
    pub build_timeout: Option<i64>,
    /// What it is about.
    pub topics: Option<Vec<String>>,
    /// Whether the instance's runners serve it.
    pub shared_runners_enabled: Option<bool>,
    /// Whether the runners of the groups above serve it.
    pub group_runners_enabled: Option<bool>,
    /// Whether giving variables takes more than the role that runs pipelines.
    pub restrict_variables: Option<bool>,
    /// What else is to change.
    pub settings: ProjectSettingsChanges,
}

/// Changes a project's settings. A branch that becomes the default one is protected from then on.
///
/// # Errors
/// The actor is no maintainer; a field is not acceptable; the new address is taken.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, changes: &Changes, now: Timestamp) -> Result<Ending<View>> {
    let old = authorize::project(tx, actor, at, Action::ManageProject, now)?.project;
    let new = changed(&old, changes)?;
    if new == old {
        let view = reload(tx, actor, &old, now)?;
        return Ok(Ending::Unchanged(view));
    }
    if let (Some(group), true) = (new.namespace.group(), new.visibility > old.visibility) {
        let group = namespaces::group(tx, group)?;
        let group = group.ok_or_else(|| Error::Corrupt(format!("project {} lies in no group", new.id)))?;
        names::within(new.visibility, group.visibility)?;
    }
    let moved = !new.full_path.eq_ignore_ascii_case(&old.full_path);
    if moved && namespaces::path_taken(tx, &new.full_path)? {
        return Err(names::taken("path").into());
    }
    projects::save(tx, &new, now)?;
    let event = Event::new(Code::ProjectUpdated, subject(&new)).before(image(&old)).after(image(&new));
    let touches = new.allow_pipeline_trigger_approve_deployment != old.allow_pipeline_trigger_approve_deployment;
    let more = if touches { reassess::everything(tx, now)? } else { Vec::new() };
    let protected = match new.default_branch == old.default_branch {
        true => None,
        false => protected_refs::default_branch(tx, new.id, &new.default_branch, now)?,
    };
    let view = reload(tx, actor, &new, now)?;
    Ok(Ending::Done(Outcome::new(view, event).with(protected).with(more)))
}

fn changed(old: &Project, changes: &Changes) -> Result<Project, Refusal> {
    let mut new = old.clone();
    if let Some(name) = &changes.name {
        names::project_name(name)?;
        new.name.clone_from(name);
    }
    if let Some(path) = changes.path.as_ref().filter(|p| **p != old.path) {
        names::nested_path("path", path)?;
        new.path.clone_from(path);
        new.full_path = format!("{}/{path}", old.namespace.full_path);
    }
    if let Some(description) = &changes.description {
        names::description(description)?;
        new.description = Some(description.clone()).filter(|d| !d.is_empty());
    }
    if let Some(branch) = &changes.default_branch {
        names::branch(branch)?;
        new.default_branch.clone_from(branch);
    }
    if let Some(seconds) = changes.build_timeout {
        check_timeout(seconds)?;
        new.build_timeout = seconds;
    }
    choose(&mut new, changes)?;
    new.visibility = changes.visibility.unwrap_or(old.visibility);
    let allow = changes.allow_pipeline_trigger_approve_deployment;
    new.allow_pipeline_trigger_approve_deployment = allow.unwrap_or(old.allow_pipeline_trigger_approve_deployment);
    Ok(new)
}

fn choose(new: &mut Project, changes: &Changes) -> Result<(), Refusal> {
    if let Some(topics) = &changes.topics {
        new.topics = names::topics(topics)?;
    }
    new.shared_runners_enabled = changes.shared_runners_enabled.unwrap_or(new.shared_runners_enabled);
    new.group_runners_enabled = changes.group_runners_enabled.unwrap_or(new.group_runners_enabled);
    let role = changes.settings.ci_pipeline_variables_minimum_override_role;
    new.settings = new.settings.with(&changes.settings);
    if let (Some(restrict), None) = (changes.restrict_variables, role) {
        new.settings.restrict_variables(restrict);
    }
    new.settings.check()
}
