//! Creates, changes, moves and deletes groups.

use super::settings::changes as chosen;
use crate::actor::Actor;
use crate::api::values::visibility;
use crate::api::views;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{Accepted, ApiError, Created, Json, Notice};
use crate::state::{AppState, clear_projects};
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::groups::{self, Changes, Deleted, NewGroup};
use countersign_app::{App, Tx};
use countersign_domain::access::Actor as Who;
use countersign_store::Intent;
use countersign_wire::group::{CreateGroup, GroupDetails, TransferGroup, UpdateGroup};
use countersign_wire::project::DeleteNamed;

/// Creates a group.
#[utoipa::path(post, path = "/groups", tag = "Groups", request_body = CreateGroup,
    responses((status = 201, body = GroupDetails)))]
pub(super) async fn create_group(
    State(app): State<AppState>,
    actor: Actor,
    Params(body): Params<CreateGroup>,
) -> Result<Created<GroupDetails>, ApiError> {
    let allow = body.allow_pipeline_trigger_approve_deployment;
    let new = NewGroup {
        name: body.name,
        path: body.path,
        parent_id: body.parent_id,
        description: body.description.unwrap_or_default(),
        visibility: body.visibility.map(visibility),
        allow_pipeline_trigger_approve_deployment: allow.unwrap_or_default(),
        settings: chosen(body.settings),
    };
    let made = app.write(actor.0, Intent::Edit, move |tx, actor, now| groups::create(tx, actor, &new, now)).await?;
    Ok(Created(views::group_details(&app.config.external_url, &made, None)))
}

/// Changes a group. A new path moves the addresses of all below it.
#[utoipa::path(put, path = "/groups/{id}", tag = "Groups", params(("id" = Id, Path, description = "The group")),
    request_body = UpdateGroup, responses((status = 200, body = GroupDetails)))]
pub(super) async fn update_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<UpdateGroup>,
) -> Result<Json<GroupDetails>, ApiError> {
    let at = Ref::from(id);
    let changes = Changes {
        name: body.name,
        path: body.path,
        description: body.description,
        visibility: body.visibility.map(visibility),
        allow_pipeline_trigger_approve_deployment: body.allow_pipeline_trigger_approve_deployment,
        settings: chosen(body.settings),
    };
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| groups::update(tx, actor, &at, &changes, now);
    let changed = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(views::group_details(&app.config.external_url, &changed, None)))
}

/// Moves a group to another parent, or to the top.
#[utoipa::path(post, path = "/groups/{id}/transfer", tag = "Groups",
    params(("id" = Id, Path, description = "The group")), request_body = TransferGroup,
    responses((status = 201, body = GroupDetails)))]
pub(super) async fn transfer_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<TransferGroup>,
) -> Result<Created<GroupDetails>, ApiError> {
    let (at, to) = (Ref::from(id), body.group_id.map(Ref::Id));
    let least = app.config.group_protection_min_role;
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| groups::transfer(tx, actor, &at, to.as_ref(), least, now);
    let moved = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Created(views::group_details(&app.config.external_url, &moved, None)))
}

/// Deletes a group with all below it, at once.
#[utoipa::path(delete, path = "/groups/{id}", tag = "Groups",
    params(("id" = Id, Path, description = "The group"), DeleteNamed), responses((status = 202, body = Notice)))]
pub(super) async fn delete_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<DeleteNamed>,
) -> Result<Accepted<Notice>, ApiError> {
    let at = Ref::from(id);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| groups::delete(tx, actor, &at, body.full_path.as_deref(), now);
    let remove = |app: &App, deleted: Deleted| {
        clear_projects(app, &deleted.projects);
        Ok(())
    };
    app.delete(actor.0, job, (Intent::Edit, remove)).await?;
    Ok(Accepted(Notice::accepted()))
}
