//! Protected tags of projects.

use super::protected_refs::{asked, levels};
use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::protected_refs;
use countersign_domain::protected_ref::{Kind, Named, NewProtectedRef, ProtectedRef, Right};
use countersign_store::Intent;
use countersign_wire::protected_ref::{ProtectTag, ProtectedTag};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_tags, protect_tag)).routes(routes!(show_tag, unprotect_tag))
}

/// Lists the protected tags of a project.
#[utoipa::path(get, path = "/projects/{id}/protected_tags", tag = "Protected tags",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = [ProtectedTag])))]
async fn list_tags(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<ProtectedTag>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let all = app.scan(move |tx| protected_refs::list(tx, &actor.0, &at, Kind::Tag, now)).await?;
    Ok(Paged::cut(page, all).map(|p| shown(&p)))
}

/// Gets one protected tag, or pattern of such.
#[utoipa::path(get, path = "/projects/{id}/protected_tags/{name}", tag = "Protected tags",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The URL-encoded name or pattern")),
    responses((status = 200, body = ProtectedTag)))]
async fn show_tag(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<ProtectedTag>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| protected_refs::show(tx, &actor.0, &at, Named::tag(&name), now)).await?;
    Ok(Json(shown(&found)))
}

/// Protects a tag, or all whose names fit a pattern.
#[utoipa::path(post, path = "/projects/{id}/protected_tags", tag = "Protected tags",
    params(("id" = Id, Path, description = "The project")), request_body = ProtectTag,
    responses((status = 201, body = ProtectedTag)))]
async fn protect_tag(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<ProtectTag>,
) -> Result<Created<ProtectedTag>, ApiError> {
    let at = Ref::from(id);
    let levels = vec![(Right::Create, body.create_access_level, asked(body.allowed_to_create))];
    let wish = NewProtectedRef { name: body.name, allow_force_push: false, levels };
    let made = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| {
            protected_refs::protect(tx, actor, &at, Kind::Tag, &wish, now)
        })
        .await?;
    Ok(Created(shown(&made)))
}

/// Takes the protection off a tag.
#[utoipa::path(delete, path = "/projects/{id}/protected_tags/{name}", tag = "Protected tags",
    params(("id" = Id, Path, description = "The project"), ("name" = String, Path, description = "The URL-encoded name or pattern")),
    responses((status = 204)))]
async fn unprotect_tag(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    app.write(actor.0, Intent::Edit, move |tx, actor, now| {
        protected_refs::unprotect(tx, actor, &at, Named::tag(&name), now)
    })
    .await?;
    Ok(NoContent)
}

fn shown(of: &ProtectedRef) -> ProtectedTag {
    ProtectedTag { name: of.name.clone(), create_access_levels: levels(of, Right::Create) }
}
