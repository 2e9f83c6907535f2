//! Where a project or group lies, and which parts of it somebody may open: what all its pages have in common.

use crate::authorize::Ref;
use crate::{Result, Tx, or_refused, settings, sight};
use countersign_domain::access::{Action, Actor, Level, Place};
use countersign_domain::ids::GroupId;
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::namespaces::Namespace;
use countersign_store::projects::Project;

/// A project or group as somebody may look around in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The places above it, from the top.
    pub above: Vec<Above>,
    /// Which parts of it they may open.
    pub parts: Parts,
}

/// A group or personal namespace above a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Above {
    /// Its whole address.
    pub full_path: String,
    /// Whether it is a group that they see.
    pub seen: bool,
}

/// The parts of a place that somebody may open besides the place itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    /// Its environments, if only those that an entry lets them see.
    pub environments: bool,
    /// Its pipelines and jobs.
    pub pipelines: bool,
    /// Who belongs to it.
    pub members: bool,
    /// How it is set up.
    pub settings: bool,
}

/// Looks around in a project that the actor sees, if only because an entry names them.
///
/// # Errors
/// The store's.
pub fn in_project(tx: &mut Tx<'_>, actor: &Actor, project: &Project, now: Timestamp) -> Result<Around> {
    let place = Place::Project(project.id);
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let standing = directory.standing(actor, place, project.visibility);
    let seen = or_refused(sight::project(tx, actor, &Ref::Id(project.id.0), now))?;
    let parts = Parts {
        environments: seen.is_ok(),
        pipelines: seen.is_ok_and(|seen| seen.whole),
        members: standing.may(Action::Read).is_ok(),
        settings: standing.may(Action::ManageProject).is_ok(),
    };
    Ok(Around { above: above(tx, actor, &project.full_path, directory.groups_above(project.id), now)?, parts })
}

/// Looks around in a group that the actor sees. `least` is the configured least role for its protections.
///
/// # Errors
/// The store's.
pub fn in_group(tx: &mut Tx<'_>, actor: &Actor, group: &Namespace, least: Level, now: Timestamp) -> Result<Around> {
    let place = Place::Group(group.group_id());
    let directory = directory::load(tx, now.date(), place, People::One(actor.user()))?;
    let standing = directory.standing(actor, place, group.visibility);
    let least = settings::group_protection_min_role(tx, least)?;
    let parts = Parts {
        members: standing.may(Action::Read).is_ok(),
        settings: standing.may_as(Action::ProtectGroup, least).is_ok(),
        ..Parts::default()
    };
    let line = directory.lineage(group.group_id()).into_iter().skip(1).collect();
    Ok(Around { above: above(tx, actor, &group.full_path, line, now)?, parts })
}

/// What lies above an address, given the groups there, nearest first: none where it is a personal namespace.
fn above(tx: &mut Tx<'_>, actor: &Actor, full_path: &str, line: Vec<GroupId>, now: Timestamp) -> Result<Vec<Above>> {
    let seen = if line.is_empty() { Default::default() } else { sight::groups(tx, actor, line.iter().copied(), now)? };
    let paths = full_path.match_indices('/').map(|(at, _)| &full_path[..at]);
    let mut groups = line.into_iter().rev();
    let each = paths.map(|path| Above {
        full_path: path.to_owned(),
        seen: groups.next().is_some_and(|group| seen.contains(&group)),
    });
    Ok(each.collect())
}
