//! Shows tokens, never their secrets.

use super::used;
use crate::{Result, Tx, authorize};
use countersign_domain::access::Actor;
use countersign_domain::ids::TokenId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::tokens::{self, Filter, Token};

/// One page of the tokens the actor may see: their own; for administrators, anybody's.
///
/// # Errors
/// The actor is a job, anonymous, or asks for somebody else's.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, filter: &Filter) -> Result<(Vec<Token>, i64)> {
    authorize::own_token(actor)?;
    let mut filter = filter.clone();
    if !actor.is_admin() {
        if filter.user.is_some() && filter.user != actor.user() {
            return Err(Refusal::AdminsOnly.into());
        }
        filter.user = actor.user();
    }
    Ok(tokens::list(tx, &filter)?)
}

/// One token: the actor's own; for administrators, anybody's.
///
/// # Errors
/// There is none that the actor may see.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, id: TokenId) -> Result<Token> {
    authorize::own_token(actor)?;
    let found = tokens::get(tx, id)?.filter(|t| actor.is_admin() || Some(t.user_id) == actor.user());
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// The token that the request is made with.
///
/// # Errors
/// It is made with none.
pub fn current(tx: &mut Tx<'_>, actor: &Actor) -> Result<Token> {
    show(tx, actor, used(actor)?)
}
