//! Members of groups.

use crate::actor::Actor;
use crate::api::members::{self, Extent, UpdateMember};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::members::Target;
use countersign_wire::member::{Added, CreateMember, ListMembers, Member, RemoveMember};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_group_members, add_group_member))
        .routes(routes!(list_all_group_members))
        .routes(routes!(show_any_group_member))
        .routes(routes!(show_group_member, change_group_member, remove_group_member))
}

/// Lists the direct members of a group.
#[utoipa::path(get, path = "/groups/{id}/members", tag = "Members",
    params(("id" = Id, Path, description = "The group"), ListMembers), responses((status = 200, body = [Member])))]
async fn list_group_members(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListMembers>,
) -> Result<Paged<Member>, ApiError> {
    members::list(app, actor, Target::Group(id.into()), Extent::Direct, page, query).await
}

/// Lists everybody with access to a group, each with their highest level.
#[utoipa::path(get, path = "/groups/{id}/members/all", tag = "Members",
    params(("id" = Id, Path, description = "The group"), ListMembers), responses((status = 200, body = [Member])))]
async fn list_all_group_members(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListMembers>,
) -> Result<Paged<Member>, ApiError> {
    members::list(app, actor, Target::Group(id.into()), Extent::All, page, query).await
}

/// Gets one person with access to a group, with their highest level.
#[utoipa::path(get, path = "/groups/{id}/members/all/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The group"), ("user_id" = i64, Path, description = "The user")),
    responses((status = 200, body = Member)))]
async fn show_any_group_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
) -> Result<Json<Member>, ApiError> {
    members::show(app, actor, Target::Group(id.into()), Extent::All, user).await
}

/// Gets one direct member of a group.
#[utoipa::path(get, path = "/groups/{id}/members/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The group"), ("user_id" = i64, Path, description = "The user")),
    responses((status = 200, body = Member)))]
async fn show_group_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
) -> Result<Json<Member>, ApiError> {
    members::show(app, actor, Target::Group(id.into()), Extent::Direct, user).await
}

/// Adds members to a group.
#[utoipa::path(post, path = "/groups/{id}/members", tag = "Members",
    params(("id" = Id, Path, description = "The group")), request_body = CreateMember,
    responses((status = 201, body = Added)))]
async fn add_group_member(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateMember>,
) -> Result<Created<Added>, ApiError> {
    members::add(app, actor, Target::Group(id.into()), body).await
}

/// Changes a direct membership of a group.
#[utoipa::path(put, path = "/groups/{id}/members/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The group"), ("user_id" = i64, Path, description = "The user")),
    request_body = UpdateMember, responses((status = 200, body = Member)))]
async fn change_group_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
    Params(body): Params<UpdateMember>,
) -> Result<Json<Member>, ApiError> {
    members::change(app, actor, Target::Group(id.into()), user, body).await
}

/// Removes a direct member of a group, and their memberships in what lies below it unless that is to stay.
#[utoipa::path(delete, path = "/groups/{id}/members/{user_id}", tag = "Members",
    params(("id" = Id, Path, description = "The group"), ("user_id" = i64, Path, description = "The user"), RemoveMember),
    responses((status = 204)))]
async fn remove_group_member(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, user)): Path<(Id, i64)>,
    Params(query): Params<RemoveMember>,
) -> Result<NoContent, ApiError> {
    let keep_below = query.skip_subresources.unwrap_or_default();
    members::remove(app, actor, Target::Group(id.into()), user, keep_below).await
}
