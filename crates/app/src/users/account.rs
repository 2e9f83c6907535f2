//! Shows administrators a person, and what they could change about them.

use super::bound;
use crate::{Result, Tx, authorize};
use countersign_domain::access::Actor;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::user::{Change, State};
use countersign_store::users::{self, User};

/// A person or bot as administrators see them.
#[derive(Debug, Clone)]
pub struct Account {
    /// They.
    pub user: User,
    /// Who created them, also one who was deleted since.
    pub creator: Option<User>,
    /// What would move them to another state and would not be refused.
    pub changes: Vec<Change>,
    /// Why they must stay an active administrator, if they must.
    pub bound: Option<Refusal>,
}

/// The person with that username, in any case.
///
/// # Errors
/// The actor is no administrator, or there is nobody of that name.
pub fn account(tx: &mut Tx<'_>, actor: &Actor, username: &str) -> Result<Account> {
    authorize::admin(actor)?;
    let found = users::by_username(tx, username)?.filter(|user| user.state != State::Deleted);
    let user = found.ok_or(Refusal::NotFound(Missing::User))?;
    let creator = user.created_by.map(|id| users::record(tx, id)).transpose()?.flatten();
    let bound = bound(tx, &user)?;
    let works = |change: &Change| match user.state.after(*change) {
        Ok(Some(state)) => bound.is_none() || state == State::Active,
        Ok(None) | Err(_) => false,
    };
    let changes = Change::ALL.into_iter().filter(works).collect();
    Ok(Account { user, creator, changes, bound })
}
