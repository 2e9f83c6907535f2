//! Invites groups to projects.

use super::{View, reload, subject};
use crate::authorize::{self, Ref};
use crate::invitations::{self, Invite};
use crate::{Result, Tx, reassess};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::GroupId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces;

/// Invites a group: its direct and inherited members get up to the level given.
///
/// # Errors
/// The actor is no maintainer, grants more than they have, or is no member of the invited group; the group is the
/// project's own or one above it, or is invited already; a group above shares nothing.
pub fn share(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, invite: &Invite, now: Timestamp) -> Result<Ending<View>> {
    let found = authorize::project(tx, actor, at, Action::ManageProject, now)?;
    if invite.level > found.standing.acting_level() {
        return Err(Refusal::Role(invite.level.name()).into());
    }
    if namespaces::settings_above(tx, found.project.namespace.id)?.iter().any(|group| group.share_with_group_lock) {
        let why = "The project sharing with group is disabled: share_with_group_lock of a group above is on";
        return Err(Refusal::BadRequest("share.locked", why.into()).into());
    }
    let place = Place::Project(found.project.id);
    let after = invitations::add(tx, actor, &found.directory, place, invite, now)?;
    let event = Event::new(Code::ShareAdded, subject(&found.project)).after(after);
    let more = reassess::everything(tx, now)?;
    let view = reload(tx, actor, &found.project, now)?;
    Ok(Ending::Done(Outcome::new(view, event).with(more)))
}

/// Ends an invitation.
///
/// # Errors
/// The actor is no maintainer, or there is no such invitation.
pub fn unshare(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, invited: GroupId, now: Timestamp) -> Result<Ending<()>> {
    let found = authorize::project(tx, actor, at, Action::ManageProject, now)?;
    let before = invitations::remove(tx, Place::Project(found.project.id), invited)?;
    let event = Event::new(Code::ShareRemoved, subject(&found.project)).before(before);
    let more = reassess::everything(tx, now)?;
    Ok(Ending::Done(Outcome::new((), event).with(more)))
}
