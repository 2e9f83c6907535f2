//! Directories of a project's repository.

use super::repository::{blocking, resolve};
use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::git::TreeError;
use countersign_app::git_access;
use countersign_wire::history::{ListTree, TreeEntry};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_tree))
}

/// Lists a directory, its directories first.
#[utoipa::path(get, path = "/projects/{id}/repository/tree", tag = "Repositories",
    params(("id" = Id, Path, description = "The project"), ListTree),
    responses((status = 200, body = [TreeEntry])))]
async fn list_tree(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListTree>,
) -> Result<Paged<TreeEntry>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let project = app.read(move |tx| git_access::fetch(tx, &actor.0, &at, now)).await?;
    let asked = query.ref_name.filter(|name| !name.is_empty() && name != "HEAD");
    let (path, recursive) = (query.path.unwrap_or_default(), query.recursive == Some(true));
    let repositories = app.repositories.clone();
    let read = move || {
        let name = asked.as_deref().unwrap_or(&project.default_branch);
        let Some(sha) = resolve(&repositories, project.id.0, name)? else {
            return Err(ApiError::not_found_of("Tree"));
        };
        repositories.directory(project.id.0, &sha, &path, recursive).map_err(|why| match why {
            TreeError::NoDirectory => ApiError::not_found_of("invalid revision or path"),
            TreeError::Git(why) => why.into(),
        })
    };
    let entries = blocking(read).await?;
    Ok(Paged::cut(page, entries).map(|of| TreeEntry {
        id: of.sha,
        name: of.path.rsplit('/').next().unwrap_or_default().to_owned(),
        kind: of.kind,
        path: of.path,
        mode: of.mode,
    }))
}
