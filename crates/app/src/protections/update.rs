//! Changes how an environment is protected.

use super::{Saved, Target, denied, image, judged, judges, place, saved, subject};
use crate::{Result, Tx, reassess};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::protection::{NewProtection, check_update};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::protections;

/// Changes a protection by partial lists, all or nothing, and re-evaluates what it touches.
///
/// # Errors
/// The actor does not manage protections there, there is none of that name, or the request is not valid.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    name: &str,
    asked: &NewProtection,
    now: Timestamp,
) -> Result<Ending<Saved>> {
    let (scope, allowed) = judged(tx, actor, target, now)?;
    if let Err(why) = allowed {
        return Ok(denied(why, scope, "update", name));
    }
    let before = protections::by_name(tx, scope, name)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let directory = judges(tx, scope, asked, now)?;
    let change = check_update(asked, &before, &directory)?;
    protections::save(tx, before.id, &change, now)?;
    let saved = saved(tx, scope, name, now)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let event = Event::new(Code::ProtectionUpdated, subject(&before));
    let event = event.before(image(&before)).after(image(&saved.protection));
    let moved = reassess::place(tx, place(scope), now)?;
    Ok(Ending::Done(Outcome::new(saved, event).with(moved)))
}
