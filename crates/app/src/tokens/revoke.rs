//! Revokes tokens.

use super::{image, show, used};
use crate::{Result, Tx, bots};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::{TokenId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::tokens::{self, Token};

/// Revokes a token: one's own; for administrators, anybody's. Revoking it again changes nothing.
///
/// # Errors
/// There is none that the actor may see.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, id: TokenId, now: Timestamp) -> Result<Ending<()>> {
    let found = show(tx, actor, id)?;
    end(tx, &found, now)
}

/// Revokes a token. If it is a bot's, the bot belongs nowhere any more.
pub(crate) fn end(tx: &mut Tx<'_>, token: &Token, now: Timestamp) -> Result<Ending<()>> {
    let mut events = Vec::new();
    if tokens::revoke(tx, token.id)? {
        events.push(revoked(tx, token)?);
    }
    events.extend(bots::retire(tx, token, now)?);
    Ok(Ending::from_events((), events))
}

/// Revokes the token that the request is made with.
///
/// # Errors
/// It is made with none.
pub fn revoke_current(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<Ending<()>> {
    revoke(tx, actor, used(actor)?, now)
}

/// Somebody used a token that another has replaced, so one of the two was stolen: whichever of them lives is revoked.
/// Changes nothing where none does.
///
/// # Errors
/// The store's.
pub fn reused(tx: &mut Tx<'_>, id: TokenId, now: Timestamp) -> Result<Ending<()>> {
    let Some(used) = tokens::get(tx, id)?.filter(|t| t.revoked) else { return Ok(Ending::Unchanged(())) };
    let events = end_family(tx, &used, now)?;
    Ok(Ending::from_events((), events))
}

/// Revokes what lives of a token's family; what is to be recorded of it.
pub(super) fn end_family(tx: &mut Tx<'_>, used: &Token, now: Timestamp) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for living in tokens::living_in_family(tx, used.family)? {
        if tokens::revoke(tx, living.id)? {
            events.push(revoked(tx, &living)?);
        }
    }
    if !events.is_empty() {
        let subject = bots::subject(tx, used)?;
        events.insert(0, Event::new(Code::TokenReused, subject).before(image(used)));
        events.extend(bots::retire(tx, used, now)?);
    }
    Ok(events)
}

/// What is to be recorded of the tokens of somebody who is about to be deleted: those that still live.
pub(crate) fn of_deleted(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<Vec<Event>> {
    let living = tokens::unrevoked(tx, user)?.into_iter().filter(|token| token.is_active(now.date()));
    living.map(|token| revoked(tx, &token)).collect()
}

fn revoked(tx: &mut Tx<'_>, token: &Token) -> Result<Event> {
    Ok(Event::new(Code::TokenRevoked, bots::subject(tx, token)?).before(image(token)))
}
