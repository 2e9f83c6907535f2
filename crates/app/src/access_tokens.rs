//! Access tokens of projects and groups: each belongs to a bot, which is a member there and nowhere else.

mod create;
mod read;
mod revoke;
mod rotate;
#[cfg(test)]
mod tests;

pub use create::{Material, Wanted, create};
pub use read::{list, show};
pub use revoke::revoke;
pub use rotate::{rotate, rotate_current};

use crate::{Result, Tx};
use countersign_domain::access::{Level, Place};
use countersign_domain::ids::TokenId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::bots;
use countersign_store::tokens::{self, Token};

/// An access token with what its bot may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The token.
    pub token: Token,
    /// The level of its bot.
    pub level: Level,
}

/// The token with that id of a project or group.
fn found(tx: &mut Tx<'_>, home: Place, id: TokenId) -> Result<Held> {
    let missing = Refusal::NotFound(Missing::Row);
    let token = tokens::get(tx, id)?.ok_or(missing.clone())?;
    let bot = bots::get(tx, token.user_id)?.filter(|bot| bot.home == home).ok_or(missing)?;
    Ok(Held { token, level: bot.level })
}
