//! Takes the protection off an environment.

use super::{Target, denied, image, judged, place, subject};
use crate::{Result, Tx, reassess};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::protection::Protection;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::protections;

/// Deletes a protection and releases what nothing blocks any more. Answers what was deleted.
///
/// # Errors
/// The actor does not manage protections there, or there is none of that name.
pub fn unprotect(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    name: &str,
    now: Timestamp,
) -> Result<Ending<Protection>> {
    let (scope, allowed) = judged(tx, actor, target, now)?;
    if let Err(why) = allowed {
        return Ok(denied(why, scope, "unprotect", name));
    }
    let before = protections::by_name(tx, scope, name)?.ok_or(Refusal::NotFound(Missing::Row))?;
    protections::delete(tx, before.id)?;
    let event = Event::new(Code::ProtectionDeleted, subject(&before)).before(image(&before));
    let moved = reassess::place(tx, place(scope), now)?;
    Ok(Ending::Done(Outcome::new(before, event).with(moved)))
}
