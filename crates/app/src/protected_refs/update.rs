//! Changes how branches are protected.

use super::{changeable, image, subject};
use crate::authorize::Ref;
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::Ending;
use countersign_domain::protected_ref::{Named, ProtectedRef, UpdateProtectedRef, check_update};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::protected_refs;

/// Changes a protection by partial lists, all or nothing.
///
/// # Errors
/// The actor is no maintainer or may not lift this protection, there is none of that name, or the request is not valid.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    named: Named<'_>,
    asked: &UpdateProtectedRef,
    now: Timestamp,
) -> Result<Ending<ProtectedRef>> {
    let before = changeable(tx, actor, at, named, now)?;
    let change = check_update(asked, &before)?;
    if change.levels.is_empty() && change.allow_force_push == before.allow_force_push {
        return Ok(Ending::Unchanged(before));
    }
    protected_refs::save(tx, before.id, &change, now)?;
    let after = protected_refs::by_name(tx, before.project, named.kind, named.name)?;
    let after = after.ok_or(Refusal::NotFound(Missing::Row))?;
    let event = Event::new(Code::RefProtectionUpdated, subject(&before)).before(image(&before)).after(image(&after));
    Ok(Ending::done(after, event))
}
