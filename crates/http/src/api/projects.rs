//! Projects.

mod around;
mod change;
mod create;
mod mirror;
mod settings;
mod share;

pub(crate) use create::equip;
pub(crate) use settings::{process_mode, shown};

use crate::actor::Actor;
use crate::api::values::{descending, level_opt, moment, total, visibility};
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::projects::{self, InGroup, Of, View, Wanted};
use countersign_domain::access::Level;
use countersign_store::projects::Order;
use countersign_store::seek::Key;
use countersign_wire::project::{ListProjects, ProjectOrder, ProjectSeen, ProjectShown};
use countersign_wire::sort::Keyset;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_projects, create::create_project))
        .routes(routes!(show_project, change::update_project, change::delete_project))
        .routes(routes!(list_group_projects))
        .routes(routes!(list_user_projects))
        .routes(routes!(create::create_project_for))
        .routes(routes!(change::archive_project))
        .routes(routes!(change::unarchive_project))
        .routes(routes!(around::list_project_groups))
        .routes(routes!(around::list_project_users))
        .routes(routes!(around::show_import))
        .routes(routes!(mirror::show_pull_mirror, mirror::pull_mirror))
        .routes(routes!(change::transfer_project))
        .routes(routes!(share::share_project))
        .routes(routes!(share::unshare_project))
}

/// Lists the projects one may see.
#[utoipa::path(get, path = "/projects", tag = "Projects", params(ListProjects, Keyset),
    responses((status = 200, body = [ProjectShown])))]
async fn list_projects(
    State(app): State<AppState>,
    actor: Actor,
    page: Page,
    Params(query): Params<ListProjects>,
) -> Result<Paged<ProjectShown>, ApiError> {
    listed(app, actor, page, query, Of::Anything).await
}

/// Lists the projects in a group, and those it is invited to.
#[utoipa::path(get, path = "/groups/{id}/projects", tag = "Groups",
    params(("id" = Id, Path, description = "The group"), ListProjects, Keyset),
    responses((status = 200, body = [ProjectShown])))]
async fn list_group_projects(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProjects>,
) -> Result<Paged<ProjectShown>, ApiError> {
    let below = query.include_subgroups.unwrap_or_default();
    let which = InGroup { own: true, below, shared: query.with_shared.unwrap_or(true) };
    listed(app, actor, page, query, Of::Group(Ref::from(id), which)).await
}

/// Lists the projects in the personal namespace of a user.
#[utoipa::path(get, path = "/users/{id}/projects", tag = "Users",
    params(("id" = Id, Path, description = "The user, by id or username"), ListProjects),
    responses((status = 200, body = [ProjectShown])))]
async fn list_user_projects(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListProjects>,
) -> Result<Paged<ProjectShown>, ApiError> {
    listed(app, actor, page, query, Of::User(Ref::from(id))).await
}

async fn listed(
    app: AppState,
    actor: Actor,
    page: Page,
    query: ListProjects,
    of: Of,
) -> Result<Paged<ProjectShown>, ApiError> {
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let by_id = matches!(query.order_by.unwrap_or_default(), ProjectOrder::Id | ProjectOrder::CreatedAt);
    let page = page.seeking(by_id)?;
    let wanted = wanted(&query, of, &page)?;
    // Nobody gives stars here.
    let none = query.starred == Some(true);
    let (rows, count) = app.scan(move |tx| projects::list(tx, &actor.0, &wanted, now)).await?;
    let (rows, count) = if none { (Vec::new(), 0) } else { (rows, count) };
    let simple = query.simple == Some(true);
    let shown = |view: View| match simple {
        true => ProjectShown::Simple(Box::new(views::project_simple(&url, &view))),
        false => ProjectShown::Full(Box::new(views::project(&url, &view))),
    };
    let next = page.next(&rows, |v| Key { text: String::new(), id: v.project.id.0 });
    Ok(Paged::sought(page, rows, total(count), next).map(shown))
}

fn wanted(query: &ListProjects, of: Of, page: &Page) -> Result<Wanted, ApiError> {
    let asked = level_opt("min_access_level", query.min_access_level)?;
    let member = query.membership.unwrap_or_default().then_some(Level::Guest);
    let owner = query.owned.unwrap_or_default().then_some(Level::Owner);
    Ok(Wanted {
        search: query.search.clone().filter(|s| !s.is_empty()),
        of,
        archived: query.archived,
        topics: query.topic.clone().unwrap_or_default(),
        active_after: moment("last_activity_after", query.last_activity_after.as_deref())?,
        active_before: moment("last_activity_before", query.last_activity_before.as_deref())?,
        min_level: asked.max(member).max(owner),
        visibility: query.visibility.map(visibility),
        id_after: query.id_after,
        id_before: query.id_before,
        order: match query.order_by.unwrap_or_default() {
            ProjectOrder::CreatedAt | ProjectOrder::Id | ProjectOrder::StarCount => Order::Id,
            ProjectOrder::Name | ProjectOrder::Similarity => Order::Name,
            ProjectOrder::Path => Order::Path,
            ProjectOrder::UpdatedAt => Order::UpdatedAt,
            ProjectOrder::LastActivityAt => Order::LastActivityAt,
        },
        descending: descending(query.sort, true),
        limit: page.limit(),
        offset: page.offset(),
        seek: page.seek(),
    })
}

/// Gets one project.
#[utoipa::path(get, path = "/projects/{id}", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = ProjectSeen)))]
async fn show_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Json<ProjectSeen>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let shown = app.read(move |tx| projects::show_to_named(tx, &actor.0, &at, now)).await?;
    Ok(Json(views::project_seen(&app.config.external_url, &shown)))
}
