//! Moving out from under a group's protections.

use crate::authorize::{self, Ref};
use crate::{Result, Tx, settings};
use countersign_domain::access::{Action, Actor, Level};
use countersign_domain::ids::GroupId;
use countersign_domain::protection::Scope;
use countersign_domain::time::Timestamp;
use countersign_store::protections;

/// Checks that the actor may take something out from under the protections of the groups it leaves: whoever could lift
/// these may also leave them. Otherwise a project would shed its group's four eyes by moving out, deploying, and moving
/// back. `before` and `after` are the groups above it then and afterwards; `least` is the role that manages the
/// protections of groups, unless the settings raised it.
///
/// # Errors
/// The actor does not manage the protections of a group that is left.
pub fn check(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (before, after): (&[GroupId], &[GroupId]),
    least: Level,
    now: Timestamp,
) -> Result<()> {
    let least = settings::group_protection_min_role(tx, least)?;
    for group in before.iter().filter(|g| !after.contains(g)) {
        if !protections::list(tx, Scope::Group(*group))?.is_empty() {
            let found = authorize::group(tx, actor, &Ref::Id(group.0), Action::Read, now)?;
            found.standing.may_as(Action::ProtectGroup, least)?;
        }
    }
    Ok(())
}
