//! How the environments of a project or group are protected: by its own protections and by those of the groups above.

use super::known::Known;
use super::listed::Listed;
use super::{Found, Managed, Target, managed, place};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, settings, sight};
use countersign_domain::access::{Action, Actor, Directory, Level};
use countersign_domain::ids::GroupId;
use countersign_domain::protection::Scope;
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::namespaces::{self, Namespace};
use countersign_store::protections;

/// How the environments of a place are protected.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The place.
    pub managed: Managed,
    /// Its own protections, oldest first.
    pub own: Vec<Listed>,
    /// Those of the groups above that have any, nearest first.
    pub inherited: Vec<Inherited>,
    /// Whether the actor may change the settings of the place beyond its protections.
    pub may_change_settings: bool,
}

/// The protections that come from a group above.
#[derive(Debug, Clone)]
pub struct Inherited {
    /// The group.
    pub group: Namespace,
    /// Whether the actor sees it.
    pub seen: bool,
    /// Whether they manage its protections too.
    pub managed: bool,
    /// The protections.
    pub listed: Vec<Listed>,
}

/// How the environments of a place are protected. `least` is the role that the server was started with for those who
/// manage the protections of groups.
///
/// # Errors
/// The actor does not manage the protections of the place.
pub fn overview(tx: &mut Tx<'_>, actor: &Actor, target: &Target, least: Level, now: Timestamp) -> Result<Overview> {
    let found = managed(tx, actor, target, now)?;
    let scope = found.managed.scope();
    let all = directory::load(tx, now.date(), place(scope), People::Everybody)?;
    let own = protections::list(tx, scope)?.into_iter().map(|p| Listed::own(p, &all)).collect();
    let above = match scope {
        Scope::Project(project) => all.groups_above(project),
        Scope::Group(group) => all.lineage(group).into_iter().skip(1).collect(),
    };
    let seen = sight::groups(tx, actor, above.iter().copied(), now)?;
    let least = settings::group_protection_min_role(tx, least)?;
    let mut inherited = Vec::new();
    for group in above {
        inherited.extend(from(tx, actor, (&found, &all), (group, seen.contains(&group)), least, now)?);
    }
    let settings = match found.managed {
        Managed::Project(_) => Action::ManageProject,
        Managed::Group(_) => Action::ManageGroup,
    };
    let may_change_settings = found.standing.may(settings).is_ok();
    Ok(Overview { managed: found.managed, own, inherited, may_change_settings })
}

/// The protections of a group above, if it has any.
fn from(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (on, all): (&Found, &Directory),
    (group, seen): (GroupId, bool),
    least: Level,
    now: Timestamp,
) -> Result<Option<Inherited>> {
    let found = protections::list(tx, Scope::Group(group))?;
    let row = namespaces::group(tx, group)?;
    let (Some(row), false) = (row, found.is_empty()) else { return Ok(None) };
    let known = Known::of(tx, actor, (on, all), &found, now)?;
    let managed = seen && manages(tx, actor, group, least, now)?;
    let listed = found.into_iter().map(|p| Listed::inherited(p, all, &known)).collect();
    Ok(Some(Inherited { group: row, seen, managed, listed }))
}

fn manages(tx: &mut Tx<'_>, actor: &Actor, group: GroupId, least: Level, now: Timestamp) -> Result<bool> {
    let found = authorize::group(tx, actor, &Ref::Id(group.0), Action::Read, now)?;
    Ok(found.standing.may_as(Action::ProtectGroup, least).is_ok())
}
