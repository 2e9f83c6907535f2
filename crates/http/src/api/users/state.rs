//! Shuts users out, and lets them in again.

use crate::actor::SignedIn;
use crate::path::Path;
use crate::reply::{ApiError, Created, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::users::{self, Admission};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::UserId;
use countersign_domain::user::Change;
use countersign_store::Intent;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(block_user))
        .routes(routes!(unblock_user))
        .routes(routes!(ban_user))
        .routes(routes!(unban_user))
        .routes(routes!(activate_user))
        .routes(routes!(deactivate_user))
        .routes(routes!(approve_user))
        .routes(routes!(reject_user))
}

/// Makes a change; tells whether it is new.
async fn change(app: AppState, actor: SignedIn, id: i64, change: Change) -> Result<bool, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| users::change_state(tx, actor, UserId(id), change, now);
    app.write(actor.0, Intent::Edit, job).await
}

/// Blocks a user. Answers `true`, or `null` for one who is blocked already.
#[utoipa::path(post, path = "/users/{id}/block", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = Option<bool>)))]
async fn block_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<Option<bool>>, ApiError> {
    let changed = change(app, actor, id, Change::Block).await?;
    Ok(Created(changed.then_some(true)))
}

/// Lets a blocked user in again. Answers `true`, or `false` for one who is not blocked.
#[utoipa::path(post, path = "/users/{id}/unblock", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = bool, content_type = "application/json")))]
async fn unblock_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<bool>, ApiError> {
    change(app, actor, id, Change::Unblock).await.map(Created)
}

/// Bans an active user. Answers `true`.
#[utoipa::path(post, path = "/users/{id}/ban", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = bool, content_type = "application/json")))]
async fn ban_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<bool>, ApiError> {
    change(app, actor, id, Change::Ban).await.map(Created)
}

/// Lets a banned user in again. Answers `true`.
#[utoipa::path(post, path = "/users/{id}/unban", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = bool, content_type = "application/json")))]
async fn unban_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<bool>, ApiError> {
    change(app, actor, id, Change::Unban).await.map(Created)
}

/// Takes a deactivated user into use again. Answers `true`, or `false` for one who is active.
#[utoipa::path(post, path = "/users/{id}/activate", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = bool, content_type = "application/json")))]
async fn activate_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<bool>, ApiError> {
    change(app, actor, id, Change::Activate).await.map(Created)
}

/// Takes an active user out of use. Answers `true`, or `null` for one who is so already.
#[utoipa::path(post, path = "/users/{id}/deactivate", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = Option<bool>)))]
async fn deactivate_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<Option<bool>>, ApiError> {
    let changed = change(app, actor, id, Change::Deactivate).await?;
    Ok(Created(changed.then_some(true)))
}

/// Lets somebody in who asked for it. Nobody can be waiting, as only administrators create users: always 409.
#[utoipa::path(post, path = "/users/{id}/approve", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 409)))]
async fn approve_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>| users::admit(tx, &actor.0, UserId(id), Admission::Approve);
    app.read(job).await.map(|()| NoContent)
}

/// Turns somebody away who asked to be let in. Nobody can be waiting, as only administrators create users: always
/// 409.
#[utoipa::path(post, path = "/users/{id}/reject", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 409)))]
async fn reject_user(State(app): State<AppState>, actor: SignedIn, Path(id): Path<i64>) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>| users::admit(tx, &actor.0, UserId(id), Admission::Reject);
    app.read(job).await.map(|()| NoContent)
}
