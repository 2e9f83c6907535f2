//! Personal access tokens: created once shown, listed without secrets, revoked for good.

use crate::{Result, Tx, authorize, names};
use countersign_domain::access::{Actor, Via};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{TokenId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::{self, MAX_DAYS, Scope};
use countersign_store::tokens::{self, Filter, NewToken, Token};
use countersign_store::{Error, users};
use serde_json::{Value, json};

#[cfg(test)]
mod tests;

/// A token to be created, as asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be used for: at least one.
    pub scopes: Vec<Scope>,
    /// The first date on which it is dead; none for the longest life.
    pub expires_at: Option<Date>,
}

/// Creates a token for a person. Its `secret` is made by the caller, who alone can show it, this once.
///
/// # Errors
/// The actor is no administrator, there is no such person, or a field is not acceptable.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    user: UserId,
    wanted: &Wanted,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Token>> {
    authorize::admin(actor)?;
    let owner = users::get(tx, user)?.ok_or(Refusal::NotFound(Missing::User))?;
    let expires_at = check(wanted, now.date())?;
    let row = NewToken {
        user_id: owner.id,
        name: &wanted.name,
        description: wanted.description.as_deref(),
        hash: token::hash(secret),
        scopes: &wanted.scopes,
        expires_at: Some(expires_at),
    };
    let id = tokens::insert(tx, &row, now)?;
    let made = tokens::get(tx, id)?.ok_or_else(|| Error::Corrupt("a token just created is not there".into()))?;
    let event = Event::new(Code::TokenCreated, subject(id)).after(image(&made));
    Ok(Ending::done(made, event))
}

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

/// Revokes a token: one's own; for administrators, anybody's. Revoking it again changes nothing.
///
/// # Errors
/// There is none that the actor may see.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, id: TokenId) -> Result<Ending<()>> {
    let found = show(tx, actor, id)?;
    if found.revoked {
        return Ok(Ending::Unchanged(()));
    }
    tokens::revoke(tx, id)?;
    let event = Event::new(Code::TokenRevoked, subject(id)).before(image(&found));
    Ok(Ending::done((), event))
}

/// Revokes the token that the request is made with.
///
/// # Errors
/// It is made with none.
pub fn revoke_current(tx: &mut Tx<'_>, actor: &Actor) -> Result<Ending<()>> {
    revoke(tx, actor, used(actor)?)
}

fn used(actor: &Actor) -> Result<TokenId, Refusal> {
    match (&actor.via, actor.by.token) {
        (Via::Token(_), Some(id)) => Ok(id),
        _ => Err(Refusal::NotFound(Missing::Row)),
    }
}

/// The date on which the token will be dead.
fn check(wanted: &Wanted, today: Date) -> Result<Date, Refusal> {
    names::name("name", &wanted.name)?;
    if let Some(description) = &wanted.description {
        names::description(description)?;
    }
    if wanted.scopes.is_empty() {
        return Err(names::invalid("scopes", "can't be blank"));
    }
    let latest = today.plus_days(MAX_DAYS);
    match wanted.expires_at {
        None => Ok(latest),
        Some(date) if date.has_passed(today) => Err(names::invalid("expires_at", "must be in the future")),
        Some(date) if date > latest => {
            let why = format!("must be at most {MAX_DAYS} days from today, so {latest} or earlier");
            Err(names::invalid("expires_at", &why))
        }
        Some(date) => Ok(date),
    }
}

fn subject(id: TokenId) -> Subject {
    Subject::instance("PersonalAccessToken", id.0)
}

fn image(of: &Token) -> Value {
    let scopes: Vec<_> = of.scopes.iter().map(|s| s.as_str()).collect();
    json!({"user_id": of.user_id, "name": of.name, "scopes": scopes, "expires_at": of.expires_at.map(|d| d.to_string())})
}
