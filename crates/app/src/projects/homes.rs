//! Where somebody may want to create a project or a group.

use crate::{Result, Tx, authorize, groups, or_refused};
use countersign_domain::access::{Actor, Level};
use countersign_domain::settings::ProjectCreation;
use countersign_domain::time::Timestamp;
use countersign_store::many::MOST;
use countersign_store::namespaces::{self, Namespace, Order};

/// Where the actor may want to create a project: their own namespace, and the groups in which their role could be enough.
/// Whether it is, creating tells.
///
/// # Errors
/// The store's.
pub fn homes(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<Vec<Namespace>> {
    let own = match actor.user() {
        Some(user) => namespaces::personal(tx, user)?,
        None => None,
    };
    let mut groups = in_groups(tx, actor, Level::Developer, now)?;
    groups.retain(|group| group.settings.project_creation_level != ProjectCreation::NoOne);
    Ok(own.into_iter().chain(groups).collect())
}

/// The groups in which the actor may want to create another: those in which their role could be enough.
///
/// # Errors
/// The store's.
pub fn parents(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<Vec<Namespace>> {
    in_groups(tx, actor, Level::Maintainer, now)
}

fn in_groups(tx: &mut Tx<'_>, actor: &Actor, least: Level, now: Timestamp) -> Result<Vec<Namespace>> {
    let wanted = groups::Wanted {
        min_level: Some(least).filter(|_| !actor.is_admin()),
        order: Order::Path,
        limit: i64::try_from(MOST).unwrap_or_default(),
        ..groups::Wanted::default()
    };
    let (found, _) = groups::list(tx, actor, &wanted, now)?;
    Ok(found.into_iter().map(|view| view.group).collect())
}

/// What the actor may create in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Creates {
    /// Projects.
    pub projects: bool,
    /// Groups.
    pub groups: bool,
}

/// What the actor may create in a group.
///
/// # Errors
/// The store's.
pub fn creates(tx: &mut Tx<'_>, actor: &Actor, at: &authorize::Ref, now: Timestamp) -> Result<Creates> {
    Ok(Creates {
        projects: or_refused(authorize::home_of_projects(tx, actor, at, now))?.is_ok(),
        groups: or_refused(authorize::home_of_groups(tx, actor, at, now))?.is_ok(),
    })
}
