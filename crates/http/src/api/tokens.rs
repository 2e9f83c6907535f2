//! Personal access tokens.

use crate::actor::SignedIn;
use crate::api::values::{day, total};
use crate::api::views;
use crate::pagination::{Page, Paged};
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
use countersign_store::tokens::Filter;
use countersign_wire::token::{CreateToken, ListTokens, NewToken, Token, TokenScope, TokenState};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_tokens))
        .routes(routes!(show_own_token, revoke_own_token))
        .routes(routes!(show_token, revoke_token))
        .routes(routes!(create_token))
}

/// Lists tokens: one's own; for administrators, everybody's.
#[utoipa::path(get, path = "/personal_access_tokens", tag = "Tokens", params(ListTokens),
    responses((status = 200, body = [Token])))]
async fn list_tokens(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
    Params(query): Params<ListTokens>,
) -> Result<Paged<Token>, ApiError> {
    let today = countersign_app::now().date();
    let filter = Filter {
        user: query.user_id.map(UserId),
        active: query.state.map(|s| (s == TokenState::Active, today)),
        revoked: query.revoked,
        search: query.search.filter(|s| !s.is_empty()),
        limit: page.limit(),
        offset: page.offset(),
    };
    let (rows, count) = app.scan(move |tx| tokens::list(tx, &actor.0, &filter)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|t| views::token(&t, today)))
}

/// Gets the token that the request is made with.
#[utoipa::path(get, path = "/personal_access_tokens/self", tag = "Tokens", responses((status = 200, body = Token)))]
async fn show_own_token(State(app): State<AppState>, actor: SignedIn) -> Result<Json<Token>, ApiError> {
    let today = countersign_app::now().date();
    let found = app.read(move |tx| tokens::current(tx, &actor.0)).await?;
    Ok(Json(views::token(&found, today)))
}

/// Revokes the token that the request is made with.
#[utoipa::path(delete, path = "/personal_access_tokens/self", tag = "Tokens", responses((status = 204)))]
async fn revoke_own_token(State(app): State<AppState>, actor: SignedIn) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, _| tokens::revoke_current(tx, actor);
    app.write(actor.0, Intent::Decide, job).await.map(|()| NoContent)
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
    let job = move |tx: &mut Tx<'_>, actor: &Who, _| tokens::revoke(tx, actor, TokenId(id));
    app.write(actor.0, Intent::Decide, job).await.map(|()| NoContent)
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
    let today = countersign_app::now().date();
    let mut scopes: Vec<Scope> = body.scopes.iter().map(|s| scope(*s)).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let expires_at = day("expires_at", body.expires_at.as_deref())?;
    let wanted = Wanted { name: body.name, description: body.description, scopes, expires_at };
    let secret = secrets::personal_token().map_err(|why| ApiError::internal(&why))?;
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::create(tx, actor, UserId(id), &wanted, &kept, now);
    let made = app.write(actor.0, Intent::Decide, job).await?;
    Ok(Created(NewToken { token: views::token(&made, today), secret }))
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
    }
}
