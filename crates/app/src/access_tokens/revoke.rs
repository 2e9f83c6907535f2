//! Revokes access tokens.

use super::show;
use crate::members::Target;
use crate::{Result, Tx, tokens};
use countersign_domain::access::Actor;
use countersign_domain::ids::TokenId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;

/// Revokes an access token of a project or group, also one above the actor's own role: the sooner the better. Its bot
/// belongs nowhere any more. Revoking it again changes nothing.
///
/// # Errors
/// The actor does not manage the tokens there, or there is no such token.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, target: &Target, id: TokenId, now: Timestamp) -> Result<Ending<()>> {
    let held = show(tx, actor, target, id, now)?;
    tokens::end(tx, &held.token, now)
}
