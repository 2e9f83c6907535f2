//! From a presented secret to an actor.

use crate::authorize::Ref;
use countersign_domain::access::{Actor, Person, Via};
use countersign_domain::event::By;
use countersign_domain::ids::{ProjectId, SessionId, TokenId, UserId};
use countersign_domain::refusal::Refusal;
use countersign_domain::session::is_alive;
use countersign_domain::time::Timestamp;
use countersign_domain::token::{self, Dead};
use countersign_store::users::State;
use countersign_store::{Error, Failure, Tx, jobs, projects, sessions, tokens, triggers, users};
use subtle::ConstantTimeEq;

/// How long a noted last use counts as current, in milliseconds.
const NOTED_FOR_MS: i64 = 10 * 60 * 1000;

/// How long a noted use of a session counts as current, in milliseconds.
const SEEN_FOR_MS: i64 = 60 * 1000;

/// The user name that goes with a job token in Basic authentication.
const JOB_USER: &str = "gitlab-ci-token";

/// A secret as presented.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A personal access token: as `PRIVATE-TOKEN`, as Bearer, or as the password of git.
    Personal(String),
    /// The token of a running job.
    Job(String),
}

impl Credential {
    /// The secret itself.
    pub fn secret(&self) -> &str {
        match self {
            Credential::Personal(secret) | Credential::Job(secret) => secret,
        }
    }
}

/// Why a presented secret does not let anybody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthError {
    /// There is no such token, or its job has ended.
    Unknown,
    /// It was revoked.
    Revoked,
    /// Its last day has passed.
    Expired,
    /// Another replaced it, and lives: whoever has this one may have stolen it. To be followed by
    /// [`crate::tokens::reused`].
    Reused(TokenId, UserId),
    /// Whoever it belongs to is blocked or banned.
    Blocked,
    /// Whoever it belongs to is deactivated.
    Deactivated,
}

/// Somebody who proved who they are.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// They.
    pub actor: Actor,
    /// The token whose use should be noted with [`touch`]: none if that was done lately.
    pub unnoted: Option<TokenId>,
}

/// Finds out who presents a secret, from `address`.
///
/// # Errors
/// The store's; a secret that lets nobody in is the inner error.
pub fn authenticate(
    tx: &mut Tx<'_>,
    credential: &Credential,
    address: Option<String>,
    now: Timestamp,
) -> Result<Result<Authenticated, AuthError>, Error> {
    match credential {
        Credential::Personal(secret) => personal(tx, secret, address, now),
        Credential::Job(secret) => job(tx, secret, address),
    }
}

/// Somebody whom their browser's cookie proves.
#[derive(Debug, Clone)]
pub struct InSession {
    /// They.
    pub actor: Actor,
    /// Their session.
    pub session: SessionId,
    /// Whether somebody else chose their password, so that they must change it before anything else.
    pub must_change_password: bool,
    /// Whether the session's use should be noted: that was not done lately.
    pub unnoted: bool,
}

/// Finds out whose browser presents a cookie, from `address`; `None` if the session has ended or never was.
///
/// # Errors
/// The store's.
pub fn session(
    tx: &mut Tx<'_>,
    cookie: &str,
    address: Option<String>,
    now: Timestamp,
) -> Result<Option<InSession>, Error> {
    let hash = token::hash(cookie);
    let Some(found) = sessions::presented(tx, &hash)?.filter(|found| same(&hash, &found.hash)) else { return Ok(None) };
    let (id, seen) = (found.session.id, found.session.seen_at);
    if !is_alive(found.session.created_at, seen, now) {
        return Ok(None);
    }
    let actor = actor((found.person, found.state), Via::Session(id), None, address);
    let in_session = |actor| InSession {
        actor,
        session: id,
        must_change_password: found.must_change_password,
        unnoted: now.since(seen) >= SEEN_FOR_MS,
    };
    Ok(actor.ok().map(in_session))
}

/// Finds out as whom somebody who presents a trigger token, from `address`, may create pipelines of a project: as the
/// owner of the token.
///
/// # Errors
/// The store's; a secret that is no trigger token of that project, or one whose owner is not active, is the inner error.
pub fn trigger(
    tx: &mut Tx<'_>,
    secret: &str,
    project: &Ref,
    address: Option<String>,
) -> Result<Result<Actor, AuthError>, Error> {
    let hash = token::hash(secret);
    let Some(found) = triggers::presented(tx, &hash)?.filter(|found| same(&hash, &found.hash)) else {
        return Ok(Err(AuthError::Unknown));
    };
    let named = match project {
        Ref::Id(id) => projects::get(tx, ProjectId(*id))?,
        Ref::Path(path) => projects::by_path(tx, path)?,
    };
    if named.is_none_or(|project| project.id != found.trigger.project) {
        return Ok(Err(AuthError::Unknown));
    }
    Ok(actor((found.person, found.state), Via::Trigger(found.trigger.id), None, address))
}

/// Reads the user name and password that git presents: a personal token as password under any name, or a job's token
/// under its own name. `None` without a password.
pub fn git_credential(user: &str, password: &str) -> Option<Credential> {
    match (user, password) {
        (_, "") => None,
        (JOB_USER, secret) => Some(Credential::Job(secret.to_owned())),
        (_, secret) => Some(Credential::Personal(secret.to_owned())),
    }
}

/// The request in the name of another person, by id or username, as `sudo` asks for. Whether the token may, the caller
/// has checked.
///
/// # Errors
/// The actor is no administrator; there is nobody of that name, or they are blocked.
pub fn sudo(tx: &mut Tx<'_>, actor: &Actor, name: &str) -> Result<Actor, Failure> {
    actor.may_sudo()?;
    let found = match Ref::parse(name) {
        Ref::Id(id) => users::get(tx, UserId(id))?,
        Ref::Path(name) => users::by_username(tx, &name)?,
    };
    let user = found.ok_or_else(|| Refusal::SudoAsUnknown(name.to_owned()))?;
    let person = Person {
        id: user.id,
        admin: user.admin,
        bot: user.bot,
        active: user.state == State::Active,
        external: user.settings.external,
    };
    Ok(actor.in_the_name_of(person)?)
}

/// The actor as they are inside the transaction that decides: what was proved before it may have ended since.
///
/// # Errors
/// The token was revoked, its job ended, or the account was blocked; the store's.
pub fn refresh(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<Actor, Failure> {
    let alive = match (&actor.via, actor.by.token) {
        (Via::Token(_), Some(id)) => {
            tokens::get(tx, id)?.is_some_and(|t| token::dead(t.revoked, t.expires_at, now.date()).is_none())
        }
        (Via::Session(id), _) => sessions::get(tx, *id)?.is_some_and(|s| is_alive(s.created_at, s.seen_at, now)),
        (Via::Job(job, _), _) => jobs::get(tx, *job)?.is_some_and(|j| j.status.is_claimed()),
        (Via::Trigger(id), _) => triggers::get(tx, *id)?.is_some_and(|t| Some(t.owner) == actor.user()),
        _ => true,
    };
    let administered = match actor.by.sudo {
        Some(id) => users::get(tx, id)?.is_some_and(|u| u.admin && u.state == State::Active),
        None => true,
    };
    let Some(known) = actor.person.filter(|_| !matches!(actor.via, Via::Nothing | Via::Server)) else {
        return Ok(actor.clone());
    };
    let person = users::get(tx, known.id)?.map(|u| Person {
        admin: u.admin,
        active: u.state == State::Active,
        external: u.settings.external,
        ..known
    });
    match person.filter(|p| alive && administered && p.active) {
        Some(person) => Ok(Actor { person: Some(person), ..actor.clone() }),
        None => Err(Refusal::SignedOut.into()),
    }
}

/// Notes that a token was used, and that its owner was seen. Housekeeping: nobody decides this.
///
/// # Errors
/// The store's.
pub fn touch(tx: &mut Tx<'_>, token: TokenId, user: UserId, now: Timestamp) -> Result<(), Error> {
    tokens::touch(tx, token, now, now.plus_ms(-NOTED_FOR_MS))?;
    users::seen(tx, user, now.date())
}

fn personal(
    tx: &mut Tx<'_>,
    secret: &str,
    address: Option<String>,
    now: Timestamp,
) -> Result<Result<Authenticated, AuthError>, Error> {
    let hash = token::hash(secret);
    let found = tokens::presented(tx, &hash)?;
    let Some(found) = found.as_ref() else { return Ok(Err(AuthError::Unknown)) };
    if !same(&hash, &found.hash) {
        return Ok(Err(AuthError::Unknown));
    }
    let dead = token::dead(found.token.revoked, found.token.expires_at, now.date());
    if let Some(why) = dead {
        return Ok(Err(match why {
            Dead::Revoked if tokens::living_in_family(tx, found.token.family)?.is_empty() => AuthError::Revoked,
            Dead::Revoked => AuthError::Reused(found.token.id, found.token.user_id),
            Dead::Expired => AuthError::Expired,
        }));
    }
    let id = found.token.id;
    let noted = found.token.last_used_at.is_some_and(|at| now.since(at) < NOTED_FOR_MS);
    let actor = actor((found.person, found.state), Via::Token(found.token.scopes.clone()), Some(id), address);
    Ok(actor.map(|actor| Authenticated { actor, unnoted: (!noted).then_some(id) }))
}

fn job(tx: &mut Tx<'_>, secret: &str, address: Option<String>) -> Result<Result<Authenticated, AuthError>, Error> {
    let hash = token::hash(secret);
    let Some(found) = tokens::presented_by_job(tx, &hash)? else { return Ok(Err(AuthError::Unknown)) };
    if !same(&hash, &found.hash) {
        return Ok(Err(AuthError::Unknown));
    }
    let actor = actor((found.person, found.state), Via::Job(found.job, found.project), None, address);
    Ok(actor.map(|actor| Authenticated { actor, unnoted: None }))
}

fn actor(
    (person, state): (Person, State),
    via: Via,
    token: Option<TokenId>,
    address: Option<String>,
) -> Result<Actor, AuthError> {
    match state {
        State::Active => {}
        State::Deactivated => return Err(AuthError::Deactivated),
        State::Blocked | State::Banned | State::Deleted => return Err(AuthError::Blocked),
    }
    Ok(Actor { person: Some(person), via, by: By { user: Some(person.id), token, address, sudo: None } })
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
