//! Access tokens of groups.

use crate::actor::{SelfRotator, SignedIn};
use crate::api::access_tokens;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::members::Target;
use countersign_wire::access_token::{AccessToken, CreateAccessToken, NewAccessToken};
use countersign_wire::token::{ListTokens, RotateToken};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_group_access_tokens, create_group_access_token))
        .routes(routes!(rotate_own_group_access_token))
        .routes(routes!(show_group_access_token, revoke_group_access_token))
        .routes(routes!(rotate_group_access_token))
}

/// Lists the access tokens of a group.
#[utoipa::path(get, path = "/groups/{id}/access_tokens", tag = "Access tokens",
    params(("id" = Id, Path, description = "The group"), ListTokens), responses((status = 200, body = [AccessToken])))]
async fn list_group_access_tokens(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListTokens>,
) -> Result<Paged<AccessToken>, ApiError> {
    access_tokens::list(app, actor, Target::Group(id.into()), page, query).await
}

/// Gets one access token of a group.
#[utoipa::path(get, path = "/groups/{id}/access_tokens/{token_id}", tag = "Access tokens",
    params(("id" = Id, Path, description = "The group"), ("token_id" = i64, Path, description = "The token")),
    responses((status = 200, body = AccessToken)))]
async fn show_group_access_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path((id, token)): Path<(Id, i64)>,
) -> Result<Json<AccessToken>, ApiError> {
    access_tokens::show(app, actor, Target::Group(id.into()), token).await
}

/// Creates an access token of a group, with a bot that is a member there and nowhere else. The reply alone shows the
/// secret.
#[utoipa::path(post, path = "/groups/{id}/access_tokens", tag = "Access tokens",
    params(("id" = Id, Path, description = "The group")), request_body = CreateAccessToken,
    responses((status = 201, body = NewAccessToken)))]
async fn create_group_access_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
    Params(body): Params<CreateAccessToken>,
) -> Result<Created<NewAccessToken>, ApiError> {
    access_tokens::create(app, actor, Target::Group(id.into()), body).await
}

/// Revokes an access token of a group; its bot is no member any more.
#[utoipa::path(delete, path = "/groups/{id}/access_tokens/{token_id}", tag = "Access tokens",
    params(("id" = Id, Path, description = "The group"), ("token_id" = i64, Path, description = "The token")),
    responses((status = 204)))]
async fn revoke_group_access_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path((id, token)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    access_tokens::revoke(app, actor, Target::Group(id.into()), token).await
}

/// Replaces an access token of a group by a new one of the same bot, as `/personal_access_tokens/{token_id}/rotate`.
#[utoipa::path(post, path = "/groups/{id}/access_tokens/{token_id}/rotate", tag = "Access tokens",
    params(("id" = Id, Path, description = "The group"), ("token_id" = i64, Path, description = "The token")),
    request_body = RotateToken, responses((status = 200, body = NewAccessToken)))]
async fn rotate_group_access_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path((id, token)): Path<(Id, i64)>,
    Params(body): Params<RotateToken>,
) -> Result<Json<NewAccessToken>, ApiError> {
    access_tokens::rotate(app, actor, Target::Group(id.into()), token, body).await
}

/// Replaces the access token that the request is made with, if it is one of the group.
#[utoipa::path(post, path = "/groups/{id}/access_tokens/self/rotate", tag = "Access tokens",
    params(("id" = Id, Path, description = "The group")), request_body = RotateToken,
    responses((status = 200, body = NewAccessToken)))]
async fn rotate_own_group_access_token(
    State(app): State<AppState>,
    actor: SelfRotator,
    Path(id): Path<Id>,
    Params(body): Params<RotateToken>,
) -> Result<Json<NewAccessToken>, ApiError> {
    access_tokens::rotate_current(app, actor, Target::Group(id.into()), body).await
}
