//! Who makes a request: tokens from headers, what their scopes allow, and in whose name it is made.

use crate::params::query_pairs;
use crate::places::{client, network};
use crate::reply::{ApiError, DeadToken};
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use countersign_app::authenticate::{self, AuthError, Authenticated, Credential, authenticate, touch};
use countersign_app::authorize::Ref;
use countersign_app::{Failure, Tx, tokens};
use countersign_domain::access::{Actor as Who, Via};
use countersign_domain::event::By;
use countersign_domain::refusal::{Missing, Refusal};
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

/// As [`Actor`], for one look at something: who asks is found out in the snapshot in which they look.
#[derive(Clone)]
pub struct Asker(Shown);

/// As [`SignedIn`], for profiles, which a token with `read_user` may read too.
#[derive(Debug, Clone)]
pub struct ProfileReader(
    /// The person.
    pub Who,
);

/// As [`Actor`], for files of a repository, which a token with `read_repository` may read too.
#[derive(Debug, Clone)]
pub struct FileReader(
    /// The person.
    pub Who,
);

/// As [`SignedIn`], for the very token of the request, which one of any scope may show.
#[derive(Debug, Clone)]
pub struct Bearer(
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

/// As [`SignedIn`], for changing and deleting runners, which a token with `manage_runner` may do too.
#[derive(Debug, Clone)]
pub struct RunnerManager(
    /// The person.
    pub Who,
);

impl FromRequestParts<AppState> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Actor, ApiError> {
        let (need, reads) = need(parts);
        let actor = identify(shown(parts)?, state, need).await?;
        // What is public may be read by anybody; nothing is changed by nobody.
        if reads { Ok(Actor(actor)) } else { somebody(actor).map(Actor) }
    }
}

impl FromRequestParts<AppState> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Asker, ApiError> {
        shown(parts).map(Asker)
    }
}

impl Asker {
    /// Reads in one snapshot what `job` reads for whoever asks.
    ///
    /// # Errors
    /// As [`Actor`] and [`AppState::read`].
    pub async fn read<T: Send + 'static>(
        self,
        state: &AppState,
        job: impl Fn(&mut Tx<'_>, &Who) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<T, ApiError> {
        match self.0 {
            Shown { credential: Some(credential), sudo: None, from } => {
                let look = move |tx: &mut Tx<'_>, who: &Who| suffices(who, Need::Read).then(|| job(tx, who));
                let (_, found) = prove_and(state, credential, from, look).await?;
                Ok(found.ok_or_else(|| insufficient(Need::Read))??)
            }
            shown => {
                let actor = identify(shown, state, Need::Read).await?;
                state.read(move |tx| job(tx, &actor)).await
            }
        }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SignedIn, ApiError> {
        somebody(identify(shown(parts)?, state, need(parts).0).await?).map(SignedIn)
    }
}

impl FromRequestParts<AppState> for ProfileReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<ProfileReader, ApiError> {
        somebody(identify(shown(parts)?, state, Need::ReadUser).await?).map(ProfileReader)
    }
}

impl FromRequestParts<AppState> for FileReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<FileReader, ApiError> {
        identify(shown(parts)?, state, Need::ReadFiles).await.map(FileReader)
    }
}

impl FromRequestParts<AppState> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Bearer, ApiError> {
        somebody(identify(shown(parts)?, state, Need::Own).await?).map(Bearer)
    }
}

impl FromRequestParts<AppState> for SelfRotator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<SelfRotator, ApiError> {
        somebody(identify(shown(parts)?, state, Need::SelfRotate).await?).map(SelfRotator)
    }
}

impl FromRequestParts<AppState> for RunnerCreator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<RunnerCreator, ApiError> {
        somebody(identify(shown(parts)?, state, Need::CreateRunner).await?).map(RunnerCreator)
    }
}

impl FromRequestParts<AppState> for RunnerManager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<RunnerManager, ApiError> {
        somebody(identify(shown(parts)?, state, Need::ManageRunner).await?).map(RunnerManager)
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

/// What a request shows of who makes it.
#[derive(Clone)]
struct Shown {
    credential: Option<Credential>,
    /// The person in whose name it is made, in place of whoever the credential belongs to.
    sudo: Option<String>,
    from: Option<SocketAddr>,
}

fn shown(parts: &Parts) -> Result<Shown, ApiError> {
    let credential = match presented(&parts.headers)? {
        None => in_query(&parts.uri, "private_token")?.map(Credential::Personal),
        found => found,
    };
    let sudo = match in_query(&parts.uri, "sudo")? {
        None => header(&parts.headers, "sudo")?.map(str::to_owned),
        found => found,
    };
    if sudo.as_ref().is_some_and(|name| name.contains('\0')) {
        return Err(ApiError::parameters(&["sudo is invalid"]));
    }
    Ok(Shown { credential, sudo, from: client(&parts.extensions) })
}

async fn identify(shown: Shown, state: &AppState, need: Need) -> Result<Who, ApiError> {
    let Some(credential) = shown.credential else {
        return if shown.sudo.is_none() { Ok(Who::anonymous()) } else { Err(ApiError::unauthorized()) };
    };
    let actor = prove(state, credential, shown.from).await?;
    meets(&actor, need)?;
    match shown.sudo {
        None => Ok(actor),
        Some(name) => in_the_name_of(state, actor, name).await,
    }
}

/// Checks that the scopes of the token allow it.
///
/// # Errors
/// 403 with the scopes that would.
pub fn meets(actor: &Who, need: Need) -> Result<(), ApiError> {
    if suffices(actor, need) { Ok(()) } else { Err(insufficient(need)) }
}

fn suffices(actor: &Who, need: Need) -> bool {
    !matches!(&actor.via, Via::Token(scopes) if !need.met_by(scopes))
}

fn insufficient(need: Need) -> ApiError {
    let wanted: Vec<_> = need.scopes().iter().map(|s: &Scope| s.as_str()).collect();
    ApiError::insufficient_scope(&wanted.join(" "))
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
pub(crate) async fn prove(state: &AppState, credential: Credential, from: Option<SocketAddr>) -> Result<Who, ApiError> {
    prove_and(state, credential, from, |_, _| ()).await.map(|(who, ())| who)
}

/// Finds out as whom a trigger token creates pipelines of a project.
///
/// # Errors
/// 404 for what is no trigger token of that project, 403 for an owner who is not active, 429 when that happens too often.
pub(crate) async fn prove_trigger(
    state: &AppState,
    secret: String,
    project: Ref,
    from: Option<SocketAddr>,
) -> Result<Who, ApiError> {
    let attempt = state.1.attempts.begin(from.map(network), &secret, countersign_app::now())?;
    let address = from.map(|at| at.ip().to_string());
    let found = state.read(move |tx| Ok(authenticate::trigger(tx, &secret, &project, address.clone())?));
    match found.await? {
        Ok(actor) => {
            attempt.worked();
            Ok(actor)
        }
        Err(AuthError::Unknown) => Err(attempt.failed(Refusal::NotFound(Missing::Row).into())),
        Err(why) => Err(attempt.failed(refusal(why))),
    }
}

/// As [`prove`], and does `then` for them in the same snapshot.
async fn prove_and<T: Send + 'static>(
    state: &AppState,
    credential: Credential,
    from: Option<SocketAddr>,
    then: impl Fn(&mut Tx<'_>, &Who) -> T + Send + Sync + 'static,
) -> Result<(Who, T), ApiError> {
    let now = countersign_app::now();
    let attempt = state.1.attempts.begin(from.map(network), credential.secret(), now)?;
    let address = from.map(|at| at.ip().to_string());
    let by = address.clone();
    let found = state.read(move |tx| {
        let found = authenticate(tx, &credential, by.clone(), now)?;
        Ok(found.map(|found| {
            let done = then(tx, &found.actor);
            (found, done)
        }))
    });
    match found.await? {
        Ok((Authenticated { actor, unnoted }, done)) => {
            attempt.worked();
            if let (Some(token), Some(user)) = (unnoted, actor.user()) {
                let noted = state.store.housekeeping(move |tx| Ok(touch(tx, token, user, now)?)).await;
                noted.unwrap_or_else(|why| tracing::warn!(%why, "the use of a token was not noted"));
            }
            Ok((actor, done))
        }
        Err(why) => {
            if let AuthError::Reused(token, user) = why {
                let by = By { user: Some(user), token: Some(token), address, sudo: None };
                state.store.write(by, now, Intent::Edit, move |tx| tokens::reused(tx, token, now)).await?;
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
        AuthError::Blocked => ApiError::forbidden_because("Your account has been blocked.").code("user.blocked"),
        AuthError::Deactivated => {
            ApiError::forbidden_because("Your account has been deactivated.").code("user.deactivated")
        }
    }
}

/// The secret that a request to the API would be judged by; none where it shows none, or none that could be read.
pub(crate) fn shown_secret(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    match presented(headers) {
        Ok(Some(credential)) => Some(credential.secret().to_owned()),
        Ok(None) => in_query(uri, "private_token").ok().flatten(),
        Err(_) => None,
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
fn in_query(uri: &Uri, wanted: &str) -> Result<Option<String>, ApiError> {
    for pair in query_pairs(uri.query().unwrap_or_default().as_bytes()) {
        match pair? {
            (name, value) if name == wanted && !value.is_empty() => return Ok(Some(value)),
            _ => {}
        }
    }
    Ok(None)
}
