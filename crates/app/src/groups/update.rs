//! Changes a group's settings.

use super::{View, image, reload, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, names, reassess};
use countersign_domain::access::{Action, Actor, Visibility};
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::settings::GroupSettingsChanges;
use countersign_domain::time::Timestamp;
use countersign_store::Error;
use countersign_store::namespaces::{self, Namespace};

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
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: Option<bool>,
    /// What else is to change.
    pub settings: GroupSettingsChanges,
}

/// Changes a group's settings. A new path moves the addresses of all below it.
///
/// # Errors
/// The actor is no owner; a field is not acceptable; the new address is taken.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, changes: &Changes, now: Timestamp) -> Result<Ending<View>> {
    let old = authorize::group(tx, actor, at, Action::ManageGroup, now)?.group;
    let new = changed(&old, changes)?;
    if new == old {
        let view = reload(tx, &old)?;
        return Ok(Ending::Unchanged(view));
    }
    fits_around(tx, &old, &new)?;
    if new.full_path != old.full_path {
        let renamed_case = new.full_path.eq_ignore_ascii_case(&old.full_path);
        if !renamed_case && namespaces::path_taken(tx, &new.full_path)? {
            return Err(names::taken("path").into());
        }
        let paths = (old.full_path.as_str(), new.full_path.as_str());
        namespaces::move_subtree(tx, old.group_id(), old.parent_id, &new.path, paths)?;
    }
    namespaces::save(tx, &new, now)?;
    let event = Event::new(Code::GroupUpdated, subject(&new)).before(image(&old)).after(image(&new));
    // Votes are given under the names of groups, and those below go by this one's path.
    let renamed = (&new.name, &new.full_path) != (&old.name, &old.full_path);
    let touches =
        renamed || new.allow_pipeline_trigger_approve_deployment != old.allow_pipeline_trigger_approve_deployment;
    let more = if touches { reassess::everything(tx, now)? } else { Vec::new() };
    let view = reload(tx, &new)?;
    Ok(Ending::Done(Outcome::new(view, event).with(more)))
}

fn changed(old: &Namespace, changes: &Changes) -> Result<Namespace, Refusal> {
    let mut new = old.clone();
    if let Some(name) = &changes.name {
        names::group_name(name)?;
        new.name.clone_from(name);
    }
    if let Some(description) = &changes.description {
        names::description(description)?;
        new.description.clone_from(description);
    }
    if let Some(path) = changes.path.as_ref().filter(|p| **p != old.path) {
        match old.full_path.rsplit_once('/') {
            None => {
                names::top_path("path", path)?;
                new.full_path.clone_from(path);
            }
            Some((above, _)) => {
                names::nested_path("path", path)?;
                new.full_path = format!("{above}/{path}");
            }
        }
        new.path.clone_from(path);
    }
    new.settings = old.settings.with(&changes.settings);
    if let Some(branch) = &new.settings.default_branch {
        names::branch(branch)?;
    }
    new.visibility = changes.visibility.unwrap_or(old.visibility);
    let allow = changes.allow_pipeline_trigger_approve_deployment;
    new.allow_pipeline_trigger_approve_deployment = allow.unwrap_or(old.allow_pipeline_trigger_approve_deployment);
    Ok(new)
}

/// A group is no wider than its parent, and nothing in it is wider than it.
fn fits_around(tx: &mut Tx<'_>, old: &Namespace, new: &Namespace) -> Result<()> {
    if new.visibility == old.visibility {
        return Ok(());
    }
    if let Some(parent) = new.parent_id {
        let parent = namespaces::group(tx, parent)?;
        let parent = parent.ok_or_else(|| Error::Corrupt(format!("group {} has no parent", new.id)))?;
        names::within(new.visibility, parent.visibility)?;
    }
    let widest = namespaces::below(tx, new.group_id())?.widest;
    if widest.is_some_and(|w| w > new.visibility) {
        let why = format!(
            "{} is not allowed since this group contains subgroups or projects with higher visibility.",
            new.visibility.as_str()
        );
        return Err(names::invalid("visibility_level", &why).into());
    }
    Ok(())
}
