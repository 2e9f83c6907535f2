//! Shows people where they are signed in, and signs them out there.

use super::event;
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::event::Code;
use countersign_domain::ids::SessionId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::session::is_alive;
use countersign_domain::time::Timestamp;
use countersign_store::sessions::{self, Session};
use serde_json::json;

/// The actor's own sessions that live, the latest used first.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<Vec<Session>> {
    let Some(user) = actor.user() else { return Ok(Vec::new()) };
    let mut found = sessions::of_user(tx, user)?;
    found.retain(|s| is_alive(s.created_at, s.seen_at, now));
    Ok(found)
}

/// Ends the session that the request is made with.
///
/// # Errors
/// The store's.
pub fn sign_out(tx: &mut Tx<'_>, actor: &Actor, id: SessionId) -> Result<Ending<()>> {
    ended(tx, actor, id, Code::SignedOut)
}

/// Ends another of the actor's own sessions.
///
/// # Errors
/// They have none of that id.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, id: SessionId) -> Result<Ending<()>> {
    ended(tx, actor, id, Code::SessionRevoked)
}

fn ended(tx: &mut Tx<'_>, actor: &Actor, id: SessionId, code: Code) -> Result<Ending<()>> {
    let own = |s: &Session| actor.user() == Some(s.user_id);
    let found = sessions::get(tx, id)?.filter(own).ok_or(Refusal::NotFound(Missing::Row))?;
    sessions::end(tx, id)?;
    let before = json!({"session_id": id, "address": found.address, "agent": found.agent});
    Ok(Ending::done((), event(code, found.user_id).before(before)))
}
