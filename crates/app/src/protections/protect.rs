//! Protects an environment.

use super::{Saved, Target, denied, image, judged, judges, place, saved, subject};
use crate::{Result, Tx, reassess};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::protection::{NewProtection, check_new};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::protections;

/// Protects an environment of a project (by name) or of a group (by tier), and blocks what it now holds up.
///
/// # Errors
/// The actor does not manage protections there, the request is not valid, or the name is protected already.
pub fn protect(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    asked: &NewProtection,
    now: Timestamp,
) -> Result<Ending<Saved>> {
    let (scope, allowed) = judged(tx, actor, target, now)?;
    if let Err(why) = allowed {
        return Ok(denied(why, scope, "protect", asked.name.as_deref().unwrap_or_default()));
    }
    let directory = judges(tx, scope, asked, now)?;
    let change = check_new(asked, scope, &directory)?;
    if protections::by_name(tx, scope, &change.name)?.is_some() {
        return Err(Refusal::AlreadyProtected(change.name).into());
    }
    let id = protections::insert(tx, scope, &change, now)?;
    protections::save(tx, id, &change, now)?;
    let saved = saved(tx, scope, &change.name, now)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let event = Event::new(Code::ProtectionCreated, subject(&saved.protection)).after(image(&saved.protection));
    let moved = reassess::place(tx, place(scope), now)?;
    Ok(Ending::Done(Outcome::new(saved, event).with(moved)))
}
