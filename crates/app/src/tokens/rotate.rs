//! Replaces a token by another.

use super::revoke::end_family;
use super::{Lives, image, insert, show, used};
use crate::{Result, Tx, bots};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::TokenId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::{self, ROTATED_DAYS};
use countersign_store::tokens::{self, NewToken, Token};

/// How the new token is to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Renewal {
    /// The first date on which it is dead; none for a week from now.
    pub expires_at: Option<Date>,
    /// Whether it must end at all.
    pub lives: Lives,
}

/// What came of replacing a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// This one takes its place.
    New(Box<Token>),
    /// It had been replaced before: that one is revoked now.
    Reused,
}

/// Replaces a token, one's own or for administrators anybody's, by a new one with the same name and scopes. The old one
/// is revoked at once. The new one's `secret` is made by the caller, who alone can show it, this once.
///
/// # Errors
/// There is none that the actor may see; it is dead; the date is not acceptable.
pub fn rotate(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: TokenId,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Rotated>> {
    let old = show(tx, actor, id)?;
    replace(tx, &old, renewal, secret, now)
}

/// Replaces a token. If it is a bot's, the bot belongs where it does for as long as the new one lives.
pub(crate) fn replace(
    tx: &mut Tx<'_>,
    old: &Token,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Rotated>> {
    if old.expires_at.is_some_and(|d| d.has_passed(now.date())) && !old.revoked {
        return Err(dead("has expired"));
    }
    let expires_at = token::end(renewal.expires_at, Some(ROTATED_DAYS), renewal.lives.bounded(), now.date())?;
    if !tokens::revoke(tx, old.id)? {
        return match Ending::from_events(Rotated::Reused, end_family(tx, old, now)?) {
            Ending::Done(outcome) => Ok(Ending::Done(outcome)),
            _ => Err(dead("was revoked")),
        };
    }
    let row = NewToken {
        user_id: old.user_id,
        family: Some(old.family),
        name: &old.name,
        description: old.description.as_deref(),
        hash: token::hash(secret),
        scopes: &old.scopes,
        expires_at,
    };
    let made = insert(tx, &row, now)?;
    let event = Event::new(Code::TokenRotated, bots::subject(tx, old)?).before(image(old)).after(image(&made));
    let created = Event::new(Code::TokenCreated, bots::subject(tx, &made)?).after(image(&made));
    let more = bots::renew(tx, &made, now)?;
    Ok(Ending::Done(Outcome::new(Rotated::New(Box::new(made)), event).and(created).with(more)))
}

/// Replaces a token, as [`rotate`], for somebody who proves by other means than a token who they are: that they ask twice
/// tells nothing of a thief, so a token that was replaced before is only refused.
///
/// # Errors
/// As [`rotate`]; it was revoked or replaced.
pub fn rotate_living(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: TokenId,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Rotated>> {
    if show(tx, actor, id)?.revoked {
        return Err(dead("was revoked"));
    }
    rotate(tx, actor, id, renewal, secret, now)
}

/// Replaces the token that the request is made with, as [`rotate`].
///
/// # Errors
/// It is made with none, or the date is not acceptable.
pub fn rotate_current(
    tx: &mut Tx<'_>,
    actor: &Actor,
    renewal: Renewal,
    secret: &str,
    now: Timestamp,
) -> Result<Ending<Rotated>> {
    rotate(tx, actor, used(actor)?, renewal, secret, now)
}

fn dead(how: &str) -> crate::Failure {
    Refusal::BadRequest("token.dead", format!("This token {how}; create a new one")).into()
}
