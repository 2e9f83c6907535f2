//! Replaces access tokens by others.

use super::{Held, found};
use crate::members::{self, Target};
use crate::tokens::{self, Renewal, Rotated};
use crate::{Result, Tx};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::TokenId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;

/// Replaces an access token of a project or group by a new one of the same bot, as [`crate::tokens::rotate`]. The level
/// that goes with the new one is told beside it.
///
/// # Errors
/// The actor does not manage the tokens there, or is another bot; there is no such token, its level is above their own,
/// or it is dead; the date is not acceptable.
pub fn rotate(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    id: TokenId,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<(Rotated, Level)>> {
    let on = members::managed(tx, actor, target, now)?;
    let old = found(tx, on.place, id)?;
    if actor.user() != Some(old.token.user_id) {
        actor.may_create_tokens()?;
    }
    on.standing.may_wield(old.level)?;
    replaced(tx, old, renewal, secret, now)
}

/// Replaces the access token that the request is made with, as [`rotate`]; whatever its role.
///
/// # Errors
/// The request is made with no token of that project or group; the date is not acceptable.
pub fn rotate_current(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<(Rotated, Level)>> {
    let on = members::seen(tx, actor, target, now)?;
    let old = found(tx, on.place, tokens::used(actor)?)?;
    replaced(tx, old, renewal, secret, now)
}

fn replaced(
    tx: &mut Tx<'_>,
    old: Held,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<(Rotated, Level)>> {
    let ending = tokens::replace(tx, &old.token, renewal, secret, now)?;
    Ok(ending.map(|rotated| (rotated, old.level)))
}
