//! Who makes a request: tokens from headers, what their scopes allow, and in whose name it is made.

use crate::params::query_pairs;
use crate::places::network;
use crate::reply::{ApiError, DeadToken};
use crate::state::AppState;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method};
use countersign_app::authenticate::{self, AuthError, Authenticated, Credential, authenticate, touch};
use countersign_app::{Failure, tokens};
use countersign_domain::access::{Actor as Who, Via};
use countersign_domain::event::By;
use countersign_domain::token::{Need, Scope};
use countersign_store::Intent;
use std::net::SocketAddr;

/// Whoever makes the request, possibly nobody in particular: the token's scopes allow reading, or writing for methods
/// that write.
#[derive(Debug, Clone)]
pub struct Actor(
    /// The person, and how they proved who they are.
    pub Who,
);

/// As [`Actor`], but somebody: 401 without a token.
#[derive(Debug, Clone)]
pub struct SignedIn(
    /// The person, and how they proved who they are.
    pub Who,
);

/// As [`SignedIn`], for the own profile, which a token with `read_user` may read too.
#[derive(Debug, Clone)]
pub struct ProfileReader(
    /// The person.
    pub Who,
);

/// As [`SignedIn`], for replacing the very token of the request, which one with `self_rotate` may do too.
#[derive(Debug, Clone)]
pub struct SelfRotator(
    /// The person.
    pub Who,
);

/// As [`SignedIn`], for creating runners, which a token with `create_runner` may do too.
#[derive(Debug, Clone)]
pub struct RunnerCreator(
    /// The person.
    pub Who,
);

impl FromRequestParts<AppState> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Actor, ApiError> {
        let (need, reads) = need(parts);
        let actor = identify(parts, state, need).await?;
        // What is public may be read by anybody; nothing is changed by nobody.
        if reads { Ok(Actor(actor)) } else { somebody(actor).map(Actor) }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SignedIn, ApiError> {
        somebody(identify(parts, state, need(parts).0).await?).map(SignedIn)
    }
}

impl FromRequestParts<AppState> for ProfileReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<ProfileReader, ApiError> {
        somebody(identify(parts, state, Need::ReadUser).await?).map(ProfileReader)
    }
}

impl FromRequestParts<AppState> for SelfRotator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SelfRotator, ApiError> {
        somebody(identify(parts, state, Need::SelfRotate).await?).map(SelfRotator)
    }
}

impl FromRequestParts<AppState> for RunnerCreator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<RunnerCreator, ApiError> {
        somebody(identify(parts, state, Need::CreateRunner).await?).map(RunnerCreator)
    }
}

/// What the method needs of a token, and whether it only reads.
fn need(parts: &Parts) -> (Need, bool) {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    (if reads { Need::Read } else { Need::Write }, reads)
}

fn somebody(actor: Who) -> Result<Who, ApiError> {
    if actor.person.is_some() { Ok(actor) } else { Err(ApiError::unauthorized()) }
}

async fn identify(parts: &Parts, state: &AppState, need: Need) -> Result<Who, ApiError> {
    let credential = match presented(&parts.headers)? {
        None => in_query(parts, "private_token")?.map(Credential::Personal),
        found => found,
    };
    let name = match in_query(parts, "sudo")? {
        None => header(&parts.headers, "sudo")?.map(str::to_owned),
        found => found,
    };
    if name.as_ref().is_some_and(|name| name.contains('\0')) {
        return Err(ApiError::parameters(&["sudo is invalid"]));
    }
    let Some(credential) = credential else {
        return if name.is_none() { Ok(Who::anonymous()) } else { Err(ApiError::unauthorized()) };
    };
    let actor = prove(state, credential, &parts.extensions).await?;
    meets(&actor, need)?;
    match name {
        None => Ok(actor),
        Some(name) => in_the_name_of(state, actor, name).await,
    }
}

/// Checks that the scopes of the token allow it.
///
/// # Errors
/// 403 with the scopes that would.
pub fn meets(actor: &Who, need: Need) -> Result<(), ApiError> {
    match &actor.via {
        Via::Token(scopes) if !need.met_by(scopes) => {
            let wanted: Vec<_> = need.scopes().iter().map(|s: &Scope| s.as_str()).collect();
            Err(ApiError::insufficient_scope(&wanted.join(" ")))
        }
        _ => Ok(()),
    }
}

/// The request in the name of another person, which an administrator may ask for.
async fn in_the_name_of(state: &AppState, actor: Who, name: String) -> Result<Who, ApiError> {
    actor.may_sudo()?;
    meets(&actor, Need::Sudo)?;
    state.read(move |tx| authenticate::sudo(tx, &actor, &name)).await
}

/// Finds out who a credential belongs to, and notes its use.
///
/// # Errors
/// 401 for an unknown or dead token, 403 for a person who is not active, 429 when that happens too often.
pub(crate) async fn prove(state: &AppState, credential: Credential, of: &Extensions) -> Result<Who, ApiError> {
    let now = countersign_app::now();
    let attempt = state.1.attempts.begin(network(of), credential.secret(), now)?;
    let address = of.get::<ConnectInfo<SocketAddr>>().map(|at| at.0.ip().to_string());
    let from = address.clone();
    let found = state.read(move |tx| authenticate(tx, &credential, address.clone(), now).map_err(Failure::from));
    match found.await? {
        Ok(Authenticated { actor, unnoted }) => {
            attempt.worked();
            if let (Some(token), Some(user)) = (unnoted, actor.user()) {
                let noted = state.store.housekeeping(move |tx| Ok(touch(tx, token, user, now)?)).await;
                noted.unwrap_or_else(|why| tracing::warn!(%why, "the use of a token was not noted"));
            }
            Ok(actor)
        }
        Err(why) => {
            if let AuthError::Reused(token, user) = why {
                let by = By { user: Some(user), token: Some(token), address: from, sudo: None };
                state.store.write(by, now, Intent::Decide, move |tx| tokens::reused(tx, token)).await?;
            }
            Err(attempt.failed(refusal(why)))
        }
    }
}

/// What is answered to a secret that lets nobody in.
fn refusal(why: AuthError) -> ApiError {
    match why {
        AuthError::Unknown => ApiError::unauthorized(),
        AuthError::Revoked | AuthError::Reused(..) => ApiError::dead_token(DeadToken::Revoked),
        AuthError::Expired => ApiError::dead_token(DeadToken::Expired),
        AuthError::Blocked => ApiError::forbidden_because("Your account has been blocked."),
        AuthError::Deactivated => ApiError::forbidden_because("Your account has been deactivated."),
    }
}

/// The credential that the headers carry. A runner's `JOB-TOKEN` is looked at last.
fn presented(headers: &HeaderMap) -> Result<Option<Credential>, ApiError> {
    if let Some(secret) = header(headers, "private-token")? {
        return Ok(Some(Credential::Personal(secret.to_owned())));
    }
    if let Some(value) = header(headers, AUTHORIZATION.as_str())? {
        let bearer = value.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let (_, secret) = bearer.ok_or_else(ApiError::unauthorized)?;
        return Ok(Some(Credential::Personal(secret.trim().to_owned())));
    }
    Ok(header(headers, "job-token")?.map(|secret| Credential::Job(secret.to_owned())))
}

/// The text of a header; nothing if it is empty.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ApiError> {
    match headers.get(name).map(|value| value.to_str()) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value.trim()).filter(|v| !v.is_empty())),
        Some(Err(_)) => Err(ApiError::unauthorized()),
    }
}

/// The first value of that name in the query, where GitLab's clients may put a token, and whom they act for.
fn in_query(parts: &Parts, wanted: &str) -> Result<Option<String>, ApiError> {
    for pair in query_pairs(parts.uri.query().unwrap_or_default().as_bytes()) {
        match pair? {
            (name, value) if name == wanted && !value.is_empty() => return Ok(Some(value)),
            _ => {}
        }
    }
    Ok(None)
}
