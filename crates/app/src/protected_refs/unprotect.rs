//! Takes the protection off branches or tags.

use super::{changeable, image, subject};
use crate::authorize::Ref;
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::Ending;
use countersign_domain::protected_ref::Named;
use countersign_domain::time::Timestamp;
use countersign_store::protected_refs;

/// Deletes the protection of exactly that name or pattern.
///
/// # Errors
/// The actor is no maintainer or may not lift this protection, or there is none of that name.
pub fn unprotect(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, named: Named<'_>, now: Timestamp) -> Result<Ending<()>> {
    let before = changeable(tx, actor, at, named, now)?;
    protected_refs::delete(tx, before.id)?;
    Ok(Ending::done((), Event::new(Code::RefUnprotected, subject(&before)).before(image(&before))))
}
