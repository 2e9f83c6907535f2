//! Personal access tokens.

mod list;
mod rotate;

pub(crate) use list::filter;
pub(crate) use rotate::{renewal, shown};

use crate::actor::{Bearer, SignedIn};
use crate::api::values::day;
use crate::api::views;
use crate::params::Params;
use crate::path::Path;
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::secrets;
use countersign_app::tokens::{self, Wanted};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::{TokenId, UserId};
use countersign_domain::token::Scope;
use countersign_store::Intent;
use countersign_wire::token::{CreateToken, NewToken, Token, TokenScope};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_tokens))
        .routes(routes!(show_own_token, revoke_own_token))
        .routes(routes!(show_token, revoke_token))
        .routes(routes!(rotate::rotate_own_token))
        .routes(routes!(rotate::rotate_token))
        .routes(routes!(create_token))
        .routes(routes!(create_own_token))
}

/// Gets the token that the request is made with.
#[utoipa::path(get, path = "/personal_access_tokens/self", tag = "Tokens", responses((status = 200, body = Token)))]
async fn show_own_token(State(app): State<AppState>, actor: Bearer) -> Result<Json<Token>, ApiError> {
    let today = countersign_app::now().date();
    let found = app.read(move |tx| tokens::current(tx, &actor.0)).await?;
    Ok(Json(views::token(&found, today)))
}

/// Revokes the token that the request is made with.
#[utoipa::path(delete, path = "/personal_access_tokens/self", tag = "Tokens", responses((status = 204)))]
async fn revoke_own_token(State(app): State<AppState>, actor: SignedIn) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::revoke_current(tx, actor, now);
    app.write(actor.0, Intent::Edit, job).await.map(|()| NoContent)
}

/// Gets one token.
#[utoipa::path(get, path = "/personal_access_tokens/{token_id}", tag = "Tokens",
    params(("token_id" = i64, Path, description = "The token")), responses((status = 200, body = Token)))]
async fn show_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Json<Token>, ApiError> {
    let today = countersign_app::now().date();
    let found = app.read(move |tx| tokens::show(tx, &actor.0, TokenId(id))).await?;
    Ok(Json(views::token(&found, today)))
}

/// Revokes a token.
#[utoipa::path(delete, path = "/personal_access_tokens/{token_id}", tag = "Tokens",
    params(("token_id" = i64, Path, description = "The token")), responses((status = 204)))]
async fn revoke_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::revoke(tx, actor, TokenId(id), now);
    app.write(actor.0, Intent::Edit, job).await.map(|()| NoContent)
}

/// Creates a token for a user. The reply alone shows its secret.
#[utoipa::path(post, path = "/users/{id}/personal_access_tokens", tag = "Tokens",
    params(("id" = i64, Path, description = "The user")), request_body = CreateToken,
    responses((status = 201, body = NewToken)))]
async fn create_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    Params(body): Params<CreateToken>,
) -> Result<Created<NewToken>, ApiError> {
    let (today, wanted) = (countersign_app::now().date(), wanted(&app, body)?);
    let secret = secret()?;
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::create(tx, actor, UserId(id), &wanted, &kept, now);
    let made = app.write(actor.0, Intent::Decide, job).await?;
    Ok(Created(NewToken { token: views::token(&made, today), secret }))
}

/// Creates a token for oneself. The reply alone shows its secret.
#[utoipa::path(post, path = "/user/personal_access_tokens", tag = "Tokens", request_body = CreateToken,
    responses((status = 201, body = NewToken)))]
async fn create_own_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Params(body): Params<CreateToken>,
) -> Result<Created<NewToken>, ApiError> {
    let (today, wanted) = (countersign_app::now().date(), wanted(&app, body)?);
    let secret = secret()?;
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::create_own(tx, actor, &wanted, &kept, now);
    let made = app.write(actor.0, Intent::Decide, job).await?;
    Ok(Created(NewToken { token: views::token(&made, today), secret }))
}

fn wanted(app: &AppState, body: CreateToken) -> Result<Wanted, ApiError> {
    let scopes = scopes(&body.scopes);
    let expires_at = day("expires_at", body.expires_at.as_deref())?;
    Ok(Wanted { name: body.name, description: body.description, scopes, expires_at, lives: app.config.tokens })
}

/// A new secret.
pub(crate) fn secret() -> Result<String, ApiError> {
    secrets::personal_token().map_err(|why| ApiError::internal(&why))
}

/// What a token is to be used for, each once.
pub(crate) fn scopes(asked: &[TokenScope]) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = asked.iter().map(|s| scope(*s)).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

fn scope(of: TokenScope) -> Scope {
    match of {
        TokenScope::Api => Scope::Api,
        TokenScope::ReadApi => Scope::ReadApi,
        TokenScope::ReadUser => Scope::ReadUser,
        TokenScope::ReadRepository => Scope::ReadRepository,
        TokenScope::WriteRepository => Scope::WriteRepository,
        TokenScope::CreateRunner => Scope::CreateRunner,
        TokenScope::ManageRunner => Scope::ManageRunner,
        TokenScope::Sudo => Scope::Sudo,
        TokenScope::K8sProxy => Scope::K8sProxy,
        TokenScope::SelfRotate => Scope::SelfRotate,
    }
}
