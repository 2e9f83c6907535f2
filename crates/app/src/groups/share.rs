//! Invites groups to groups.

use super::{View, reload, subject};
use crate::authorize::{self, Ref};
use crate::invitations::{self, Invite};
use crate::{Result, Tx, reassess};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::GroupId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::time::Timestamp;

/// Invites a group: its direct members get up to the level given here and below.
///
/// # Errors
/// The actor is no owner, or no member of the invited group; the group is this one, one above or below it, or is
/// invited already.
pub fn share(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, invite: &Invite, now: Timestamp) -> Result<Ending<View>> {
    let found = authorize::group(tx, actor, at, Action::ManageGroup, now)?;
    let place = Place::Group(found.id());
    let after = invitations::add(tx, actor, &found.directory, place, invite, now)?;
    let event = Event::new(Code::ShareAdded, subject(&found.group)).after(after);
    let more = reassess::everything(tx, now)?;
    let view = reload(tx, &found.group)?;
    Ok(Ending::Done(Outcome::new(view, event).with(more)))
}

/// Ends an invitation.
///
/// # Errors
/// The actor is no owner, or there is no such invitation.
pub fn unshare(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, invited: GroupId, now: Timestamp) -> Result<Ending<()>> {
    let found = authorize::group(tx, actor, at, Action::ManageGroup, now)?;
    let before = invitations::remove(tx, Place::Group(found.id()), invited)?;
    let event = Event::new(Code::ShareRemoved, subject(&found.group)).before(before);
    let more = reassess::everything(tx, now)?;
    Ok(Ending::Done(Outcome::new((), event).with(more)))
}
