//! Creates access tokens with their bots.

use super::Held;
use crate::members::{self, On, Target};
use crate::tokens::{Lives, image, insert};
use crate::{Result, Tx, bots, names};
use countersign_domain::access::{Actor, Level, bot_username, check_bot_scopes};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::{self, Scope};
use countersign_domain::user::Settings;
use countersign_store::bots::Bot;
use countersign_store::tokens::NewToken;
use countersign_store::{members as rows, users};
use serde_json::json;

/// An access token to be created, as asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name, and that of its bot.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be used for: at least one.
    pub scopes: Vec<Scope>,
    /// What its bot may do.
    pub level: Level,
    /// The first date on which it is dead; none for the longest life.
    pub expires_at: Option<Date>,
    /// Whether it must end at all.
    pub lives: Lives,
}

/// What is made at random for a new token, by the caller, who alone can show the secret.
#[derive(Clone)]
pub struct Material {
    /// The secret.
    pub secret: String,
    /// Digits that keep the username of the bot apart from others.
    pub digits: String,
    /// The host under which the server is known, for the mail address of the bot, which gets no mail.
    pub host: String,
}

/// Creates an access token of a project or group, with a bot that is a member there for as long as the token lives.
///
/// # Errors
/// The actor is a bot, or does not manage the tokens there; the level is above their own; a field is not acceptable.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    wanted: &Wanted,
    made: &Material,
    now: Timestamp,
) -> Result<Ending<Held>> {
    let on = members::managed(tx, actor, target, now)?;
    actor.may_create_tokens()?;
    on.standing.may_wield(wanted.level)?;
    names::name("name", &wanted.name)?;
    if let Some(description) = &wanted.description {
        names::description(description)?;
    }
    check_bot_scopes(&wanted.scopes)?;
    let lives = wanted.lives;
    let expires_at = token::end(wanted.expires_at, lives.default_days(), lives.bounded(), now.date())?;
    let user = bot(tx, actor, &on, wanted, made, now)?;
    rows::insert(tx, on.place, user, wanted.level, expires_at, (actor.user(), now))?;
    let row = NewToken {
        user_id: user,
        family: None,
        name: &wanted.name,
        description: wanted.description.as_deref(),
        hash: token::hash(&made.secret),
        scopes: &wanted.scopes,
        expires_at,
    };
    let token = insert(tx, &row, now)?;
    let mut after = image(&token);
    after["access_level"] = wanted.level.number().into();
    let event = Event::new(Code::TokenCreated, bots::subject_at(on.place, &token)).after(after);
    let after = json!({"username": bot_username(on.place, &made.digits), "name": wanted.name, "bot": true});
    let created = Event::new(Code::UserCreated, Subject::instance("User", user.0)).after(after);
    let end = expires_at.map(|d| d.to_string());
    let after = json!({"user_id": user, "access_level": wanted.level.number(), "expires_at": end});
    let added = Event::new(Code::MemberAdded, members::subject(on.place, user)).after(after);
    Ok(Ending::Done(Outcome::new(Held { token, level: wanted.level }, event).and(created).and(added)))
}

/// The user that the token belongs to: sees of what is internal only its home, and has nothing of its own.
fn bot(tx: &mut Tx<'_>, actor: &Actor, on: &On, wanted: &Wanted, made: &Material, now: Timestamp) -> Result<UserId> {
    let username = bot_username(on.place, &made.digits);
    let row = users::NewUser {
        username: &username,
        name: &wanted.name,
        email: &format!("{username}@noreply.{}", made.host),
        password_hash: None,
        admin: false,
        bot: true,
        note: None,
        settings: Settings { external: true, ..Settings::default() }.checked()?,
        created_by: actor.user(),
    };
    let user = users::insert(tx, &row, now)?;
    countersign_store::bots::insert(tx, Bot { user, home: on.place, level: wanted.level })?;
    Ok(user)
}
