//! Revokes tokens.

use super::{image, show, subject, used};
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::TokenId;
use countersign_domain::outcome::Ending;
use countersign_store::tokens::{self, Token};

/// Revokes a token: one's own; for administrators, anybody's. Revoking it again changes nothing.
///
/// # Errors
/// There is none that the actor may see.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, id: TokenId) -> Result<Ending<()>> {
    let found = show(tx, actor, id)?;
    if !tokens::revoke(tx, id)? {
        return Ok(Ending::Unchanged(()));
    }
    Ok(Ending::done((), revoked(&found)))
}

/// Revokes the token that the request is made with.
///
/// # Errors
/// It is made with none.
pub fn revoke_current(tx: &mut Tx<'_>, actor: &Actor) -> Result<Ending<()>> {
    revoke(tx, actor, used(actor)?)
}

/// Somebody used a token that another has replaced, so one of the two was stolen: whichever of them lives is revoked.
/// Changes nothing where none does.
///
/// # Errors
/// The store's.
pub fn reused(tx: &mut Tx<'_>, id: TokenId) -> Result<Ending<()>> {
    let Some(used) = tokens::get(tx, id)?.filter(|t| t.revoked) else { return Ok(Ending::Unchanged(())) };
    let events = end_family(tx, &used)?;
    Ok(Ending::from_events((), events))
}

/// Revokes what lives of a token's family; what is to be recorded of it.
pub(super) fn end_family(tx: &mut Tx<'_>, used: &Token) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for living in tokens::living_in_family(tx, used.family)? {
        if tokens::revoke(tx, living.id)? {
            events.push(revoked(&living));
        }
    }
    if !events.is_empty() {
        events.insert(0, Event::new(Code::TokenReused, subject(used.id)).before(image(used)));
    }
    Ok(events)
}

fn revoked(token: &Token) -> Event {
    Event::new(Code::TokenRevoked, subject(token.id)).before(image(token))
}
