//! Members of projects.

use crate::actor::Actor;
use crate::api::members::{self, Extent, UpdateMember};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::members::Target;
use countersign_wire::member::{Added, CreateMember, ListMembers, Member};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_project_members, add_project_member))
        .routes(routes!(list_all_project_members))
        .routes(routes!(show_any_project_member))
        .routes(routes!(show_project_member, change_project_member, remove_project_member))
}

/// Lists the direct members of a project.
#[utoipa::path(get, path = "/projects/{id}/members", tag = "Members",
    params(("id" = Id, Path, description = "The project"), ListMembers), responses((status = 200, body = [Member])))]
async fn list_project_members(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListMembers>,
) -> Result<Paged<Member>, ApiError> {
    members::list(app, actor, Target::Project(id.into()), Extent::Direct, page, query).await
}

/// Lists everybody with access to a project, each with their highest level.
#[utoipa::path(get, path = "/projects/{id}/members/all", tag = "Members",
    params(("id" = Id, Path, description = "The project"), ListMembers), responses((status = 200, body = [Member])))]
async fn list_all_project_members(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListMembers>,
) -> Result<Paged<Member>, ApiError> {
    members::list(app, actor, Target::Project(id.into()), Extent::All, page, query).await
}

/// Gets one person with access to a project, with their highest level.
#[utoipa::path(get, path = "/projects/{id}/members/all/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The project"), ("user_id" = i64, Path, description = "The user")),
    responses((status = 200, body = Member)))]
async fn show_any_project_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
) -> Result<Json<Member>, ApiError> {
    members::show(app, actor, Target::Project(id.into()), Extent::All, user).await
}

/// Gets one direct member of a project.
#[utoipa::path(get, path = "/projects/{id}/members/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The project"), ("user_id" = i64, Path, description = "The user")),
    responses((status = 200, body = Member)))]
async fn show_project_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
) -> Result<Json<Member>, ApiError> {
    members::show(app, actor, Target::Project(id.into()), Extent::Direct, user).await
}

/// Adds members to a project.
#[utoipa::path(post, path = "/projects/{id}/members", tag = "Members",
    params(("id" = Id, Path, description = "The project")), request_body = CreateMember,
    responses((status = 201, body = Added)))]
async fn add_project_member(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateMember>,
) -> Result<Created<Added>, ApiError> {
    members::add(app, actor, Target::Project(id.into()), body).await
}

/// Changes a direct membership of a project.
#[utoipa::path(put, path = "/projects/{id}/members/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The project"), ("user_id" = i64, Path, description = "The user")),
    request_body = UpdateMember, responses((status = 200, body = Member)))]
async fn change_project_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
    Params(body): Params<UpdateMember>,
) -> Result<Json<Member>, ApiError> {
    members::change(app, actor, Target::Project(id.into()), user, body).await
}

/// Removes a direct member of a project.
#[utoipa::path(delete, path = "/projects/{id}/members/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The project"), ("user_id" = i64, Path, description = "The user")),
    responses((status = 204)))]
async fn remove_project_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    members::remove(app, actor, Target::Project(id.into()), user, true).await
}
