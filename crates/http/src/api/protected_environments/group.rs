//! Protected environments of groups.

use super::{list, protect, show, unprotect, update};
use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::protections::Target;
use countersign_wire::protected_environment::{
    ListProtectedEnvironments, ProtectEnvironment, ProtectedEnvironment, UpdateProtectedEnvironment,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_group, protect_group)).routes(routes!(
        show_group,
        update_group,
        unprotect_group
    ))
}

fn target(app: &AppState, id: Id) -> Target {
    Target::Group(Ref::from(id), app.config.group_protection_min_role)
}

/// Lists the protected environments of a group.
#[utoipa::path(get, path = "/groups/{id}/protected_environments", tag = "Protected environments",
    params(("id" = Id, Path, description = "The group"), ListProtectedEnvironments),
    responses((status = 200, body = [ProtectedEnvironment])))]
async fn list_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProtectedEnvironments>,
) -> Result<Paged<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    list(app, actor, target, page, query).await
}

/// Gets one protected environment of a group.
#[utoipa::path(get, path = "/groups/{id}/protected_environments/{name}", tag = "Protected environments",
    params(("id" = Id, Path, description = "The group"), ("name" = String, Path, description = "The tier")),
    responses((status = 200, body = ProtectedEnvironment)))]
async fn show_group(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    show(app, actor, target, name).await
}

/// Protects an environment of a group.
#[utoipa::path(post, path = "/groups/{id}/protected_environments", tag = "Protected environments",
    params(("id" = Id, Path, description = "The group")), request_body = ProtectEnvironment,
    responses((status = 201, body = ProtectedEnvironment), (status = 422)))]
async fn protect_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<ProtectEnvironment>,
) -> Result<Created<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    protect(app, actor, target, body).await
}

/// Changes a protected environment of a group.
#[utoipa::path(put, path = "/groups/{id}/protected_environments/{name}", tag = "Protected environments",
    params(("id" = Id, Path, description = "The group"), ("name" = String, Path, description = "The tier")),
    request_body = UpdateProtectedEnvironment, responses((status = 200, body = ProtectedEnvironment), (status = 422)))]
async fn update_group(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
    Params(body): Params<UpdateProtectedEnvironment>,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    update(app, actor, target, name, body).await
}

/// Unprotects a tier of a group. Answers what was deleted.
#[utoipa::path(delete, path = "/groups/{id}/protected_environments/{name}", tag = "Protected environments",
    params(("id" = Id, Path, description = "The group"), ("name" = String, Path, description = "The tier")),
    responses((status = 200, body = ProtectedEnvironment)))]
async fn unprotect_group(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    unprotect(app, actor, target, name).await.map(Json)
}
