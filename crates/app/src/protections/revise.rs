//! Changes a protection as it was shown to somebody: on a page, where it may have changed since.

use super::{KIND, Saved, Target, by_id, denied, judged, place, update, version};
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::ids::ProtectionId;
use countersign_domain::outcome::Ending;
use countersign_domain::protection::{Draft, Protection, Scope};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::{audit, users};

/// Makes a protection what the draft says, by [`update`], if it still is what the actor saw: that version.
///
/// # Errors
/// Somebody else changed or deleted it meanwhile; and as [`update`].
pub fn revise(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    (id, shown): (ProtectionId, &str),
    draft: &Draft,
    now: Timestamp,
) -> Result<Ending<Saved>> {
    let (scope, allowed) = judged(tx, actor, target, now)?;
    if let Err(why) = allowed {
        return Ok(denied(why, scope, "update", &draft.name));
    }
    let before = seen(tx, scope, (id, shown))?;
    let asked = Draft { name: before.name.clone(), ..draft.clone() }.asked(Some(&before));
    update(tx, actor, target, &before.name, &asked, now)
}

/// The protection that somebody saw as that version, if it is still the same.
///
/// # Errors
/// It is not: what happened, and by whom.
pub(super) fn seen(tx: &mut Tx<'_>, scope: Scope, (id, shown): (ProtectionId, &str)) -> Result<Protection> {
    let found = by_id(tx, scope, id)?;
    let happened = match &found {
        None => Some("unprotected the environment".to_owned()),
        Some(now) => version::changed_since(now, shown).map(|what| format!("changed {what}")),
    };
    match (found, happened) {
        (Some(found), None) => Ok(found),
        (_, happened) => {
            let by = audit::latest(tx, place(scope), KIND, id.0)?;
            let by = by.map(|user| users::record(tx, user)).transpose()?.flatten();
            let name = by.map_or_else(|| "somebody".to_owned(), |user| user.name);
            Err(Refusal::Overtaken(format!("{name} {}", happened.unwrap_or_default())).into())
        }
    }
}
