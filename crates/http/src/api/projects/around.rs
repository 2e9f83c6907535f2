//! Who and what is around a project: the groups above and beside it, and those with access.

use crate::actor::Actor;
use crate::api::values::total;
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::members::{self, Target};
use countersign_app::projects::{self, WantedGroups};
use countersign_wire::project::{ListProjectGroups, ListProjectUsers, ProjectGroup, ProjectImport};
use countersign_wire::user::UserBasic;

/// Lists the groups above a project, and those it is shared with.
#[utoipa::path(get, path = "/projects/{id}/groups", tag = "Projects",
    params(("id" = Id, Path, description = "The project"), ListProjectGroups),
    responses((status = 200, body = [ProjectGroup])))]
pub(super) async fn list_project_groups(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProjectGroups>,
) -> Result<Paged<ProjectGroup>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let wanted = WantedGroups {
        search: query.search.filter(|s| !s.is_empty()),
        skip: query.skip_groups.unwrap_or_default(),
        shared: query.with_shared.unwrap_or_default(),
        limit: page.limit(),
        offset: page.offset(),
    };
    let (rows, count) = app.scan(move |tx| projects::groups(tx, &actor.0, &at, &wanted, now)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|group| views::project_group(&url, &group)))
}

/// Lists everybody with access to a project.
#[utoipa::path(get, path = "/projects/{id}/users", tag = "Projects",
    params(("id" = Id, Path, description = "The project"), ListProjectUsers),
    responses((status = 200, body = [UserBasic])))]
pub(super) async fn list_project_users(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProjectUsers>,
) -> Result<Paged<UserBasic>, ApiError> {
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let wanted = members::Wanted {
        query: query.search.filter(|s| !s.is_empty()),
        limit: usize::try_from(page.limit()).unwrap_or_default(),
        offset: usize::try_from(page.offset()).unwrap_or(usize::MAX),
        ..members::Wanted::default()
    };
    let target = Target::Project(id.into());
    let (rows, count) = app.scan(move |tx| members::list_all(tx, &actor.0, &target, &wanted, now)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|of| views::member_basic(&url, &of)))
}

/// Tells how it stands with the fetch of a project's repository from elsewhere.
#[utoipa::path(get, path = "/projects/{id}/import", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = ProjectImport)))]
pub(super) async fn show_import(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Json<ProjectImport>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let view = app.read(move |tx| projects::show(tx, &actor.0, &at, now)).await?;
    Ok(Json(views::project_import(&view)))
}
