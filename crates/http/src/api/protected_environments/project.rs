//! Protected environments of projects.

use super::{list, protect, show, unprotect, update};
use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
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
    OpenApiRouter::new().routes(routes!(list_project, protect_project)).routes(routes!(
        show_project,
        update_project,
        unprotect_project
    ))
}

fn target(_app: &AppState, id: Id) -> Target {
    Target::Project(Ref::from(id))
}

/// Lists the protected environments of a project.
#[utoipa::path(get, path = "/projects/{id}/protected_environments", tag = "Protected environments",
    params(("id" = Id, Path, description = "The project"), ListProtectedEnvironments),
    responses((status = 200, body = [ProtectedEnvironment])))]
async fn list_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProtectedEnvironments>,
) -> Result<Paged<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    list(app, actor, target, page, query).await
}

/// Gets one protected environment of a project.
#[utoipa::path(get, path = "/projects/{id}/protected_environments/{name}", tag = "Protected environments",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The name of the environment")),
    responses((status = 200, body = ProtectedEnvironment)))]
async fn show_project(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    show(app, actor, target, name).await
}

/// Protects an environment of a project.
#[utoipa::path(post, path = "/projects/{id}/protected_environments", tag = "Protected environments",
    params(("id" = Id, Path, description = "The project")), request_body = ProtectEnvironment,
    responses((status = 201, body = ProtectedEnvironment), (status = 422)))]
async fn protect_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<ProtectEnvironment>,
) -> Result<Created<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    protect(app, actor, target, body).await
}

/// Changes a protected environment of a project.
#[utoipa::path(put, path = "/projects/{id}/protected_environments/{name}", tag = "Protected environments",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The name of the environment")),
    request_body = UpdateProtectedEnvironment, responses((status = 200, body = ProtectedEnvironment), (status = 422)))]
async fn update_project(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
    Params(body): Params<UpdateProtectedEnvironment>,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let target = target(&app, id);
    update(app, actor, target, name, body).await
}

/// Unprotects an environment of a project.
#[utoipa::path(delete, path = "/projects/{id}/protected_environments/{name}", tag = "Protected environments",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The name of the environment")),
    responses((status = 204)))]
async fn unprotect_project(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<NoContent, ApiError> {
    let target = target(&app, id);
    unprotect(app, actor, target, name).await.map(|_| NoContent)
}
