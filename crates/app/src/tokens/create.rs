//! Creates tokens.

use super::{Lives, image, insert, subject};
use crate::{Result, Tx, authorize, names};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::{self, Scope};
use countersign_store::tokens::{NewToken, Token};
use countersign_store::users;

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
    /// Whether it must end at all.
    pub lives: Lives,
}

/// Creates a token for a person. Its `secret` is made by the caller, who alone can show it, this once.
///
/// # Errors
/// The actor is no administrator, there is no such person, they are a bot, or a field is not acceptable.
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
    if owner.bot {
        return Err(
            Refusal::BotAccount("A bot has the one token it came with; create another bot's, or rotate it").into()
        );
    }
    made(tx, owner.id, wanted, secret, now)
}

/// Creates a token for oneself, as [`create`].
///
/// # Errors
/// The actor is a job, a bot or anonymous, or a field is not acceptable.
pub fn create_own(
    tx: &mut Tx<'_>,
    actor: &Actor,
    wanted: &Wanted,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Token>> {
    authorize::own_token(actor)?;
    let person = actor.person.filter(|p| !p.bot).ok_or(Refusal::BotToken)?;
    made(tx, person.id, wanted, secret, now)
}

fn made(tx: &mut Tx<'_>, owner: UserId, wanted: &Wanted, secret: &str, now: Timestamp) -> Result<Ending<Token>> {
    names::name("name", &wanted.name)?;
    if let Some(description) = &wanted.description {
        names::description(description)?;
    }
    if wanted.scopes.is_empty() {
        return Err(names::invalid("scopes", "can't be blank").into());
    }
    let lives = wanted.lives;
    let row = NewToken {
        user_id: owner,
        family: None,
        name: &wanted.name,
        description: wanted.description.as_deref(),
        hash: token::hash(secret),
        scopes: &wanted.scopes,
        expires_at: token::end(wanted.expires_at, lives.default_days(), lives.bounded(), now.date())?,
    };
    let made = insert(tx, &row, now)?;
    let event = Event::new(Code::TokenCreated, subject(made.id)).after(image(&made));
    Ok(Ending::done(made, event))
}
