//! Of which entries somebody who manages protections may know who belongs to them.

use super::{Found, place};
use crate::{Result, Tx, sight};
use countersign_domain::access::{Actor, Directory};
use countersign_domain::ids::GroupId;
use countersign_domain::protection::{Principal, Protection, Scope};
use countersign_domain::time::Timestamp;
use std::collections::HashSet;

/// Of which parties the actor may know who belongs to them.
pub(super) struct Known {
    /// The groups they may know of, among those concerned.
    groups: HashSet<GroupId>,
    /// Whether they administer the instance: others are not told who does.
    admin: bool,
}

impl Known {
    /// What the actor may know of the parties that some protections name.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn of<'p>(
        tx: &mut Tx<'_>,
        actor: &Actor,
        (on, all): (&Found, &Directory),
        protections: impl IntoIterator<Item = &'p Protection>,
        now: Timestamp,
    ) -> Result<Known> {
        let mut named = HashSet::new();
        for protection in protections {
            let entries = protection.deploy.iter().chain(protection.rules.iter().map(|r| &r.entry));
            named.extend(entries.filter_map(|e| e.principal.group(protection.scope)));
        }
        Ok(Known { groups: told(tx, actor, (on, all), named, now)?, admin: actor.is_admin() })
    }

    /// Whether they may know who belongs to a party of a protection in that scope. Whoever manages the protections of a
    /// project knows its members.
    pub(super) fn holds(&self, party: Principal, scope: Scope) -> bool {
        party.is_open(scope, |group| self.groups.contains(&group), (self.admin, true))
    }
}

/// Those of some groups that the actor may know of, with their members: they see them, or are told that they are invited
/// to the place.
///
/// # Errors
/// The store's.
pub(super) fn told(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (on, all): (&Found, &Directory),
    groups: impl IntoIterator<Item = GroupId>,
    now: Timestamp,
) -> Result<HashSet<GroupId>> {
    let groups: HashSet<GroupId> = groups.into_iter().collect();
    let mut told = sight::groups(tx, actor, groups.iter().copied(), now)?;
    let invited = all.living_invitations(place(on.managed.scope())).map(|i| i.group);
    told.extend(invited.filter(|g| groups.contains(g) && on.standing.shows_invitation(false)));
    Ok(told)
}
