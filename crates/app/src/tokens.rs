//! Personal access tokens: created once shown, listed without secrets, replaced by others, revoked for good.

mod create;
mod read;
mod revoke;
mod rotate;
#[cfg(test)]
mod tests;

pub use create::{Wanted, create, create_own};
pub use read::{current, list, show};
pub(crate) use revoke::{end, of_deleted};
pub use revoke::{reused, revoke, revoke_current};
pub(crate) use rotate::replace;
pub use rotate::{Renewal, Rotated, rotate, rotate_current, rotate_living};

use countersign_domain::access::{Actor, Via};
use countersign_domain::event::Subject;
use countersign_domain::ids::TokenId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::token::MAX_DAYS;
use countersign_store::tokens::{self, NewToken, Token};
use countersign_store::{Error, Tx};
use serde_json::{Value, json};

/// Whether the instance wants every token to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lives {
    /// Within a year.
    #[default]
    Bounded,
    /// As whoever creates a token says; it may live forever.
    AsAsked,
}

impl Lives {
    pub(crate) fn bounded(self) -> bool {
        self == Lives::Bounded
    }

    /// How long a token lives if nobody says how long, in days; none for ever.
    pub(crate) fn default_days(self) -> Option<u64> {
        self.bounded().then_some(MAX_DAYS)
    }
}

/// The token that the request is made with.
pub(crate) fn used(actor: &Actor) -> Result<TokenId, Refusal> {
    match (&actor.via, actor.by.token) {
        (Via::Token(_), Some(id)) => Ok(id),
        _ => Err(Refusal::NotFound(Missing::Row)),
    }
}

pub(crate) fn insert(tx: &mut Tx<'_>, row: &NewToken<'_>, now: Timestamp) -> Result<Token, Error> {
    let id = tokens::insert(tx, row, now)?;
    tokens::get(tx, id)?.ok_or_else(|| Error::Corrupt("a token just created is not there".into()))
}

pub(crate) fn subject(id: TokenId) -> Subject {
    Subject::instance("PersonalAccessToken", id.0)
}

/// What the audit keeps of a token.
pub(crate) fn image(of: &Token) -> Value {
    let scopes: Vec<_> = of.scopes.iter().map(|s| s.as_str()).collect();
    json!({"user_id": of.user_id, "name": of.name, "scopes": scopes, "expires_at": of.expires_at.map(|d| d.to_string())})
}
