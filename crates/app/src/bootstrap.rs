//! The first start: what the server itself creates, before there is anybody who could.

use crate::{Result, Tx, secrets};
use countersign_domain::access::Visibility;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{RunnerId, UserId};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::session::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use countersign_domain::settings::GroupSettings;
use countersign_domain::time::Timestamp;
use countersign_domain::token::{self, MAX_DAYS, Scope};
use countersign_domain::user::Settings;
use countersign_store::{Error, namespaces, runners, tokens, users};
use serde_json::json;

/// The username of the first administrator.
pub const ROOT: &str = "root";
/// The name people call the first administrator.
const NAME: &str = "Administrator";
/// The first administrator's mail address, until they change it.
const EMAIL: &str = "root@localhost";
/// The name of the first token.
const TOKEN_NAME: &str = "first start";
/// How many characters the first password may have.
const PASSWORD: std::ops::RangeInclusive<usize> = SHORTEST_PASSWORD..=LONGEST_PASSWORD;
/// How many characters the first token may have.
const TOKEN: std::ops::RangeInclusive<usize> = 20..=255;

/// Why the first administrator cannot be created so.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unfit {
    /// The password is too short or too long.
    #[error("the password of root has {0} characters; {min} to {max} are right", min = PASSWORD.start(), max = PASSWORD.end())]
    Password(usize),
    /// The token is too short or too long.
    #[error("the token of root has {0} characters; {min} to {max} are right", min = TOKEN.start(), max = TOKEN.end())]
    TokenLength(usize),
    /// The token could not travel in a header.
    #[error(
        "the token of root holds a space or another character that no header can carry; use letters, digits, - and _"
    )]
    TokenCharacter,
    /// No hash or random number could be made.
    #[error(transparent)]
    Secret(#[from] secrets::SecretError),
}

/// The first administrator, with everything slow done.
#[derive(Clone)]
pub struct Prepared {
    password_hash: String,
    token_hash: Vec<u8>,
}

/// Checks and hashes the first password and token. Slow: for a thread that may block.
///
/// # Errors
/// One of them is too short, too long, or not fit for a header.
pub fn prepare(password: &str, token: &str) -> Result<Prepared, Unfit> {
    let length = password.chars().count();
    if !PASSWORD.contains(&length) {
        return Err(Unfit::Password(length));
    }
    let length = token.chars().count();
    if !TOKEN.contains(&length) {
        return Err(Unfit::TokenLength(length));
    }
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Unfit::TokenCharacter);
    }
    Ok(Prepared { password_hash: secrets::hash_password(password)?, token_hash: token::hash(token) })
}

/// Whether nobody is there yet, so that the first administrator must be created.
///
/// # Errors
/// The store's.
pub fn is_needed(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(users::count(tx)? == 0)
}

/// Creates the administrator `root` with a personal namespace and a token for everything, unless somebody is there
/// already; tells whether it did. To be run as an edit: of two servers that start on one database, one creates it.
///
/// # Errors
/// The store's.
pub fn administrator(tx: &mut Tx<'_>, prepared: &Prepared, now: Timestamp) -> Result<Ending<bool>> {
    if !is_needed(tx)? {
        return Ok(Ending::Unchanged(false));
    }
    let row = users::NewUser {
        username: ROOT,
        name: NAME,
        email: EMAIL,
        password_hash: Some(&prepared.password_hash),
        admin: true,
        bot: false,
        note: None,
        settings: Settings::default(),
        created_by: None,
    };
    let id = users::insert(tx, &row, now)?;
    personal_namespace(tx, id, now)?;
    let after = json!({"username": ROOT, "name": NAME, "email": EMAIL, "admin": true});
    let created = Event::new(Code::UserCreated, Subject::instance("User", id.0)).after(after);
    let token = first_token(tx, id, prepared, now)?;
    Ok(Ending::Done(Outcome::new(true, created).and(token)))
}

/// The runner of the server's own machine: the one with that token, created if there is none.
///
/// # Errors
/// The store's.
pub fn runner(tx: &mut Tx<'_>, token: &str, now: Timestamp) -> Result<Ending<RunnerId>> {
    let token_hash = token::hash(token);
    if let Some(runner) = runners::by_token(tx, token_hash.clone())? {
        return Ok(Ending::Unchanged(runner.id));
    }
    let row = runners::NewRunner {
        runner_type: "instance_type",
        group_id: None,
        project_id: None,
        token_hash,
        description: "built-in",
        tags: &[],
        run_untagged: true,
        paused: false,
        locked: false,
        maximum_timeout: None,
        ref_protected: false,
        maintenance_note: None,
        created_by: None,
    };
    let id = runners::insert(tx, &row, now)?;
    let event = Event::new(Code::RunnerCreated, Subject::instance("Runner", id.0));
    Ok(Ending::done(id, event.after(json!({"runner_type": row.runner_type, "description": row.description}))))
}

fn personal_namespace(tx: &mut Tx<'_>, owner: UserId, now: Timestamp) -> Result<(), Error> {
    let namespace = namespaces::NewNamespace {
        parent_id: None,
        owner_id: Some(owner),
        name: NAME,
        path: ROOT,
        full_path: ROOT,
        description: "",
        // What a personal namespace holds is as visible as each project says.
        visibility: Visibility::Public,
        allow_pipeline_trigger_approve_deployment: false,
        settings: GroupSettings::default(),
    };
    namespaces::insert(tx, &namespace, now).map(drop)
}

fn first_token(tx: &mut Tx<'_>, owner: UserId, prepared: &Prepared, now: Timestamp) -> Result<Event, Error> {
    let expires_at = now.date().plus_days(MAX_DAYS);
    let row = tokens::NewToken {
        user_id: owner,
        family: None,
        name: TOKEN_NAME,
        description: None,
        hash: prepared.token_hash.clone(),
        scopes: &Scope::ALL,
        expires_at: Some(expires_at),
    };
    let id = tokens::insert(tx, &row, now)?;
    let scopes: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let after = json!({
        "user_id": owner, "name": TOKEN_NAME, "scopes": scopes, "expires_at": expires_at.to_string(),
    });
    Ok(Event::new(Code::TokenCreated, Subject::instance("PersonalAccessToken", id.0)).after(after))
}

#[cfg(test)]
mod tests;
