//! Namespaces: what projects can lie in.

use crate::actor::SignedIn;
use crate::api::values::total;
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::namespaces::{self, Wanted};
use countersign_wire::namespace::{ListNamespaces, LookForPath, PathTaken};
use countersign_wire::project::ProjectNamespace;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_namespaces))
        .routes(routes!(show_namespace))
        .routes(routes!(look_for_namespace))
}

/// Lists one's own namespace and those of the groups one belongs to; for administrators, all.
#[utoipa::path(get, path = "/namespaces", tag = "Namespaces", params(ListNamespaces),
    responses((status = 200, body = [ProjectNamespace])))]
async fn list_namespaces(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
    Params(query): Params<ListNamespaces>,
) -> Result<Paged<ProjectNamespace>, ApiError> {
    let wanted = Wanted {
        search: query.search.filter(|s| !s.is_empty()),
        owned_only: query.owned_only.unwrap_or_default(),
        top_level_only: query.top_level_only.unwrap_or_default(),
        limit: page.limit(),
        offset: page.offset(),
    };
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let (rows, count) = app.scan(move |tx| namespaces::list(tx, &actor.0, &wanted, now)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|of| views::namespace(&url, &of.into())))
}

/// Gets one namespace.
#[utoipa::path(get, path = "/namespaces/{id}", tag = "Namespaces",
    params(("id" = Id, Path, description = "The namespace")), responses((status = 200, body = ProjectNamespace)))]
async fn show_namespace(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
) -> Result<Json<ProjectNamespace>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| namespaces::show(tx, &actor.0, &at, now)).await?;
    Ok(Json(views::namespace(&app.config.external_url, &found.into())))
}

/// Tells whether a path is taken.
#[utoipa::path(get, path = "/namespaces/{id}/exists", tag = "Namespaces",
    params(("id" = String, Path, description = "The path"), LookForPath),
    responses((status = 200, body = PathTaken)))]
async fn look_for_namespace(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(path): Path<String>,
    Params(query): Params<LookForPath>,
) -> Result<Json<PathTaken>, ApiError> {
    let (parent, now) = (query.parent_id.map(Ref::Id), countersign_app::now());
    let look = move |tx: &mut countersign_app::Tx<'_>| namespaces::exists(tx, &actor.0, &path, parent.as_ref(), now);
    let (exists, other) = app.read(look).await?;
    Ok(Json(PathTaken { exists, suggests: other.into_iter().collect() }))
}
