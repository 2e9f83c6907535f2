//! Shows access tokens, never their secrets.

use super::{Held, found};
use crate::members::{self, Target};
use crate::{Result, Tx};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::{TokenId, UserId};
use countersign_domain::time::Timestamp;
use countersign_store::bots;
use countersign_store::tokens::{self, Filter};
use std::collections::HashMap;

/// One page of the access tokens of a project or group, and how many there are in all.
///
/// # Errors
/// The actor does not manage the tokens there.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    filter: &Filter,
    now: Timestamp,
) -> Result<(Vec<Held>, i64)> {
    let on = members::managed(tx, actor, target, now)?;
    let filter = Filter { home: Some(on.place), ..filter.clone() };
    let (rows, total) = tokens::list(tx, &filter)?;
    let users: Vec<i64> = rows.iter().map(|token| token.user_id.0).collect();
    let levels: HashMap<UserId, Level> = bots::many(tx, &users)?.into_iter().map(|bot| (bot.user, bot.level)).collect();
    let held = rows.into_iter().map(|token| {
        let level = levels.get(&token.user_id).copied().unwrap_or(Level::None);
        Held { token, level }
    });
    Ok((held.collect(), total))
}

/// One access token of a project or group.
///
/// # Errors
/// The actor does not manage the tokens there, or there is no such token.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, target: &Target, id: TokenId, now: Timestamp) -> Result<Held> {
    let on = members::managed(tx, actor, target, now)?;
    found(tx, on.place, id)
}
