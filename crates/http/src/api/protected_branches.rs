//! Protected branches of projects.

use super::protected_refs::{asked, check_code_owners, levels};
use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::protected_refs;
use countersign_domain::protected_ref::{Kind, Named, NewProtectedRef, ProtectedRef, Right, UpdateProtectedRef};
use countersign_store::Intent;
use countersign_wire::protected_ref::{ListProtectedBranches, ProtectBranch, ProtectedBranch, UpdateProtectedBranch};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_branches, protect_branch)).routes(routes!(
        show_branch,
        update_branch,
        unprotect_branch
    ))
}

/// Lists the protected branches of a project.
#[utoipa::path(get, path = "/projects/{id}/protected_branches", tag = "Protected branches",
    params(("id" = Id, Path, description = "The project"), ListProtectedBranches),
    responses((status = 200, body = [ProtectedBranch])))]
async fn list_branches(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProtectedBranches>,
) -> Result<Paged<ProtectedBranch>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let mut all = app.scan(move |tx| protected_refs::list(tx, &actor.0, &at, Kind::Branch, now)).await?;
    if let Some(part) = query.search {
        all.retain(|p| p.name.contains(&part));
    }
    Ok(Paged::cut(page, all).map(|p| shown(&p)))
}

/// Gets one protected branch, or pattern of such.
#[utoipa::path(get, path = "/projects/{id}/protected_branches/{name}", tag = "Protected branches",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The URL-encoded name or pattern")),
    responses((status = 200, body = ProtectedBranch)))]
async fn show_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<ProtectedBranch>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| protected_refs::show(tx, &actor.0, &at, Named::branch(&name), now)).await?;
    Ok(Json(shown(&found)))
}

/// Protects a branch, or all whose names fit a pattern.
#[utoipa::path(post, path = "/projects/{id}/protected_branches", tag = "Protected branches",
    params(("id" = Id, Path, description = "The project")), request_body = ProtectBranch,
    responses((status = 201, body = ProtectedBranch)))]
async fn protect_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<ProtectBranch>,
) -> Result<Created<ProtectedBranch>, ApiError> {
    check_code_owners(body.code_owner_approval_required)?;
    let at = Ref::from(id);
    let wish = NewProtectedRef {
        name: body.name,
        allow_force_push: body.allow_force_push.unwrap_or_default(),
        levels: vec![
            (Right::Push, body.push_access_level, asked(body.allowed_to_push)),
            (Right::Merge, body.merge_access_level, asked(body.allowed_to_merge)),
            (Right::Unprotect, body.unprotect_access_level, asked(body.allowed_to_unprotect)),
        ],
    };
    let made = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| {
            protected_refs::protect(tx, actor, &at, Kind::Branch, &wish, now)
        })
        .await?;
    Ok(Created(shown(&made)))
}

/// Changes how a branch is protected.
#[utoipa::path(patch, path = "/projects/{id}/protected_branches/{name}", tag = "Protected branches",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The URL-encoded name or pattern")),
    request_body = UpdateProtectedBranch, responses((status = 200, body = ProtectedBranch)))]
async fn update_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
    Params(body): Params<UpdateProtectedBranch>,
) -> Result<Json<ProtectedBranch>, ApiError> {
    check_code_owners(body.code_owner_approval_required)?;
    let at = Ref::from(id);
    let wish = UpdateProtectedRef {
        allow_force_push: body.allow_force_push,
        levels: vec![
            (Right::Push, asked(body.allowed_to_push)),
            (Right::Merge, asked(body.allowed_to_merge)),
            (Right::Unprotect, asked(body.allowed_to_unprotect)),
        ],
    };
    let saved = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| {
            protected_refs::update(tx, actor, &at, Named::branch(&name), &wish, now)
        })
        .await?;
    Ok(Json(shown(&saved)))
}

/// Takes the protection off a branch.
#[utoipa::path(delete, path = "/projects/{id}/protected_branches/{name}", tag = "Protected branches",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The URL-encoded name or pattern")),
    responses((status = 204)))]
async fn unprotect_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    app.write(actor.0, Intent::Edit, move |tx, actor, now| {
        protected_refs::unprotect(tx, actor, &at, Named::branch(&name), now)
    })
    .await?;
    Ok(NoContent)
}

fn shown(of: &ProtectedRef) -> ProtectedBranch {
    ProtectedBranch {
        id: of.id.0,
        name: of.name.clone(),
        push_access_levels: levels(of, Right::Push),
        merge_access_levels: levels(of, Right::Merge),
        unprotect_access_levels: levels(of, Right::Unprotect),
        allow_force_push: of.allow_force_push,
        code_owner_approval_required: false,
        inherited: false,
    }
}
