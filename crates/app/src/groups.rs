//! Groups: trees of people and projects.

mod create;
mod delete;
mod read;
mod share;
#[cfg(test)]
mod tests;
mod transfer;
mod update;

pub use create::{NewGroup, create};
pub use delete::{Deleted, delete};
pub use read::{Wanted, list, show};
pub use share::{share, unshare};
pub use transfer::transfer;
pub use update::{Changes, update};

use crate::Tx;
use countersign_domain::access::Place;
use countersign_domain::event::Subject;
use countersign_store::Error;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::shares::{self, Share};
use serde_json::{Value, json};

/// A group with what is shown of its surroundings.
#[derive(Debug, Clone)]
pub struct View {
    /// The group.
    pub group: Namespace,
    /// "Parent / Child".
    pub full_name: String,
    /// The groups invited to it; left out in lists.
    pub shares: Vec<Share>,
}

fn view(tx: &mut Tx<'_>, group: Namespace) -> Result<View, Error> {
    let names = namespaces::full_names(tx, &[group.id.0])?;
    let full_name = names.get(&group.id).cloned().unwrap_or_else(|| group.name.clone());
    let shares = shares::list(tx, Place::Group(group.group_id()))?;
    Ok(View { group, full_name, shares })
}

/// A group as it is now.
fn reload(tx: &mut Tx<'_>, group: &Namespace) -> Result<View, Error> {
    let fresh = namespaces::get(tx, group.id)?;
    let fresh = fresh.ok_or_else(|| Error::Corrupt(format!("group {} is gone in its own transaction", group.id)))?;
    view(tx, fresh)
}

fn subject(group: &Namespace) -> Subject {
    Subject::of_group("Group", group.id.0, group.group_id())
}

/// What the audit keeps of a group.
fn image(of: &Namespace) -> Value {
    json!({
        "name": of.name,
        "full_path": of.full_path,
        "description": of.description,
        "visibility": of.visibility.as_str(),
        "allow_pipeline_trigger_approve_deployment": of.allow_pipeline_trigger_approve_deployment,
        "settings": of.settings,
    })
}
