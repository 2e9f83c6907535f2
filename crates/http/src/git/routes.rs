//! Routes of git, and who may use them.

use super::{
    Client, GitAccess, GitLimits, Host, PushIdentity, RefUpdate, Service, info_refs, receive_pack, upload_pack,
};
use crate::actor::{meets, prove};
use crate::places::client;
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_app::authenticate::{Credential, git_credential};
use countersign_app::authorize::Ref;
use countersign_app::git_access::{self, Pusher};
use countersign_app::{App, push};
use countersign_domain::access::Actor;
use countersign_domain::token;
use countersign_domain::token::Need;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// The routes of git: everything below a path that ends in `.git`. What is not git's is an unknown route, so that this
/// must come after all others.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/{*path}", any(serve))
}

/// What a path asks of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Refs,
    Fetch,
    Push,
}

async fn serve(State(app): State<AppState>, request: Request) -> Response {
    let Some((path, asked)) = repository(request.uri().path()) else { return web::not_found(request).await };
    let method = if asked == Asked::Refs { Method::GET } else { Method::POST };
    if request.method() != method {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let pushes = asked == Asked::Push || Service::requested(request.uri()) == Some(Service::ReceivePack);
    let proved = match credential(request.headers()) {
        Ok(Some(credential)) => prove(&app, credential, client(request.extensions())).await,
        Ok(None) => Ok(Actor::anonymous()),
        Err(why) => Err(why),
    };
    let actor = match proved {
        Ok(actor) => actor,
        Err(why) => return plain(&why),
    };
    let git = app.repositories.git().clone();
    let whose = Client::of(&actor, client(request.extensions()));
    let host = Host { git, limits: GitLimits::default(), room: app.1.git.clone(), client: whose };
    if !pushes {
        return match fetching(&app, &actor, path).await {
            Err(why) => refused(&actor, &why),
            Ok(access) if asked == Asked::Refs => info_refs(&host, &access, request).await,
            Ok(access) => upload_pack(&host, &access, request).await,
        };
    }
    match pushing(&app, &actor, path).await {
        Err(why) => refused(&actor, &why),
        Ok((access, _)) if asked == Asked::Refs => info_refs(&host, &access, request).await,
        Ok((access, pusher)) => {
            let server = Arc::clone(&app.0);
            let identity = access.push.clone();
            let follow = move || follow(&server, identity.as_ref());
            let (server, project) = (Arc::clone(&app.0), pusher.project().id);
            let check = move |updates: &[RefUpdate]| git_access::judge(&server, &actor, project, updates);
            receive_pack(&host, &access, request, check, follow).await
        }
    }
}

/// The full path of the project that a path names, and what is asked of its repository.
fn repository(path: &str) -> Option<(String, Asked)> {
    let endings = [("/info/refs", Asked::Refs), ("/git-upload-pack", Asked::Fetch), ("/git-receive-pack", Asked::Push)];
    let (front, asked) = endings.into_iter().find_map(|(end, asked)| Some((path.strip_suffix(end)?, asked)))?;
    let project = front.strip_prefix('/')?.strip_suffix(".git")?;
    let project = percent_decode_str(project).decode_utf8().ok()?;
    (!project.is_empty() && !project.contains('\0')).then(|| (project.into_owned(), asked))
}

/// The secret that a request to git would be judged by; the outer `None` for what is none of git's.
pub(crate) fn shown_secret(headers: &HeaderMap, path: &str) -> Option<Option<String>> {
    repository(path)?;
    let credential = credential(headers).ok().flatten();
    Some(credential.map(|credential| credential.secret().to_owned()))
}

/// What Basic authentication presents.
fn credential(headers: &HeaderMap) -> Result<Option<Credential>, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let read = || {
        let (kind, secret) = value.to_str().ok()?.trim().split_once(' ')?;
        if !kind.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(secret.trim()).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some(git_credential(user, password))
    };
    read().ok_or_else(ApiError::unauthorized)
}

async fn fetching(app: &AppState, actor: &Actor, path: String) -> Result<GitAccess, ApiError> {
    meets(actor, Need::GitRead)?;
    let (who, at, now) = (actor.clone(), Ref::Path(path), countersign_app::now());
    let project = app.read(move |tx| git_access::fetch(tx, &who, &at, now)).await?;
    // Runners ask without credentials first, and a public repository answers them: it shows what their jobs need.
    let pipeline_refs = actor.is_job() || actor.person.is_none();
    Ok(GitAccess { repository: app.repositories.path(project.id.0), push: None, pipeline_refs })
}

async fn pushing(app: &AppState, actor: &Actor, path: String) -> Result<(GitAccess, Pusher), ApiError> {
    meets(actor, Need::GitWrite)?;
    let (who, at, now) = (actor.clone(), Ref::Path(path), countersign_app::now());
    let pusher = app.read(move |tx| git_access::push(tx, &who, &at, now)).await?;
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| ApiError::internal(&e))?;
    let push_id = token::hex(&bytes);
    let project = pusher.project().id.0;
    let identity = PushIdentity { by: actor.by.clone(), project_id: project, push_id };
    let repository = app.repositories.path(project);
    Ok((GitAccess { repository, push: Some(identity), pipeline_refs: false }, pusher))
}

/// Follows a push as soon as git has ended, so that its pipelines are there when the client hears of success. What
/// fails stays in the spool and is followed later.
fn follow(app: &App, identity: Option<&PushIdentity>) {
    let Some(pushed) = identity.and_then(|i| app.repositories.spool_entry(i.project_id, &i.push_id)) else { return };
    if let Err(why) = push::settle(app, &pushed) {
        tracing::error!(project = pushed.project, %why, "a push could not be followed; it is tried again later");
    }
}

/// A refusal: somebody unknown is asked who they are, whatever there is or is not.
fn refused(actor: &Actor, why: &ApiError) -> Response {
    let answerable = matches!(why.status(), StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
    if actor.person.is_none() && answerable { plain(&ApiError::unauthorized()) } else { plain(why) }
}

/// A refusal in plain text, which git shows to people.
fn plain(why: &ApiError) -> Response {
    let text = why.body().get("message").or(why.body().get("error_description"));
    let text = text.and_then(|t| t.as_str()).unwrap_or("the request was refused").to_owned();
    let mut reply = (why.status(), super::reply::no_cache(), format!("{text}\n")).into_response();
    if let Some(wait) = why.clone().into_response().headers().get(RETRY_AFTER) {
        reply.headers_mut().insert(RETRY_AFTER, wait.clone());
    }
    if why.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"Countersign\"");
        reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_git_name_a_project_at_any_depth() {
        let found = repository;
        assert_eq!(found("/a/b/c.git/info/refs"), Some(("a/b/c".into(), Asked::Refs)));
        assert_eq!(found("/a/b.x.git/git-upload-pack"), Some(("a/b.x".into(), Asked::Fetch)));
        assert_eq!(found("/a/b.git/git-receive-pack"), Some(("a/b".into(), Asked::Push)));
        for other in ["/a/b/info/refs", "/.git/info/refs", "/a/b.git", "/a/b.git/HEAD", "/api/v4/x"] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
