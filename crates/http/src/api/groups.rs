//! Groups.

mod change;
mod settings;
mod share;

pub(crate) use settings::shown;
pub(crate) use share::invitation;

use crate::actor::Actor;
use crate::api::values::{descending, level_opt, total, visibility};
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::groups::{self, Wanted};
use countersign_app::projects::{self, InGroup};
use countersign_app::{Failure, Tx};
use countersign_domain::access::Level;
use countersign_store::namespaces::Order;
use countersign_wire::group::{Group, GroupDetails, GroupOrder, ListGroups};
use countersign_wire::sort::Keyset;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How many of its projects a group shows with itself.
const PROJECTS_SHOWN: i64 = 100;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_groups, change::create_group))
        .routes(routes!(show_group, change::update_group, change::delete_group))
        .routes(routes!(list_subgroups))
        .routes(routes!(list_descendant_groups))
        .routes(routes!(change::transfer_group))
        .routes(routes!(share::share_group))
        .routes(routes!(share::unshare_group))
}

/// Lists the groups one may see.
#[utoipa::path(get, path = "/groups", tag = "Groups", params(ListGroups, Keyset), responses((status = 200, body = [Group])))]
async fn list_groups(
    State(app): State<AppState>,
    actor: Actor,
    page: Page,
    Params(query): Params<ListGroups>,
) -> Result<Paged<Group>, ApiError> {
    let page = page.seeking(true)?;
    let wanted = wanted(&query, None, (&actor, &page))?;
    listed(app, actor, page, wanted).await
}

/// Lists the groups directly in a group.
#[utoipa::path(get, path = "/groups/{id}/subgroups", tag = "Groups",
    params(("id" = Id, Path, description = "The group"), ListGroups, Keyset),
    responses((status = 200, body = [Group])))]
async fn list_subgroups(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListGroups>,
) -> Result<Paged<Group>, ApiError> {
    let page = page.seeking(true)?;
    let wanted = wanted(&query, Some(Ref::from(id)), (&actor, &page))?;
    listed(app, actor, page, wanted).await
}

/// Lists the groups in a group, at any depth.
#[utoipa::path(get, path = "/groups/{id}/descendant_groups", tag = "Groups",
    params(("id" = Id, Path, description = "The group"), ListGroups, Keyset),
    responses((status = 200, body = [Group])))]
async fn list_descendant_groups(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListGroups>,
) -> Result<Paged<Group>, ApiError> {
    let page = page.seeking(true)?;
    let wanted = Wanted { below: true, ..wanted(&query, Some(Ref::from(id)), (&actor, &page))? };
    listed(app, actor, page, wanted).await
}

async fn listed(app: AppState, actor: Actor, page: Page, wanted: Wanted) -> Result<Paged<Group>, ApiError> {
    let (now, url, order) = (countersign_app::now(), app.config.external_url.clone(), wanted.order);
    let (rows, count) = app.scan(move |tx| groups::list(tx, &actor.0, &wanted, now)).await?;
    let next = page.next(&rows, |v| v.group.key(order));
    Ok(Paged::sought(page, rows, total(count), next).map(|v| views::group(&url, &v)))
}

fn wanted(query: &ListGroups, parent: Option<Ref>, (actor, page): (&Actor, &Page)) -> Result<Wanted, ApiError> {
    let asked = level_opt("min_access_level", query.min_access_level)?;
    let owned = query.owned.unwrap_or_default().then_some(Level::Owner);
    // In a group, what one sees is listed; of all groups, people are shown their own unless they ask for more.
    let all = parent.is_some() || actor.0.user().is_none() || actor.0.is_admin();
    let own = (!query.all_available.unwrap_or(all)).then_some(Level::Minimal);
    Ok(Wanted {
        search: query.search.clone().filter(|s| !s.is_empty()),
        top_level_only: query.top_level_only.unwrap_or_default(),
        parent,
        below: false,
        skip: query.skip_groups.clone().unwrap_or_default(),
        min_level: asked.max(owned).max(own),
        visibility: query.visibility.map(visibility),
        order: match query.order_by.unwrap_or_default() {
            GroupOrder::Name | GroupOrder::Similarity => Order::Name,
            GroupOrder::Path => Order::Path,
            GroupOrder::Id => Order::Id,
        },
        descending: descending(query.sort, false),
        limit: page.limit(),
        offset: page.offset(),
        seek: page.seek(),
    })
}

/// Gets one group with the groups invited to it and its first projects.
#[utoipa::path(get, path = "/groups/{id}", tag = "Groups",
    params(("id" = Id, Path, description = "The group")), responses((status = 200, body = GroupDetails)))]
async fn show_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Json<GroupDetails>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let details = move |tx: &mut Tx<'_>| {
        let view = groups::show(tx, &actor.0, &at, now)?;
        let mut shown = |which| {
            let of = projects::Of::Group(at.clone(), which);
            let wanted = projects::Wanted { of, limit: PROJECTS_SHOWN, ..Default::default() };
            let (found, _) = projects::list(tx, &actor.0, &wanted, now)?;
            Ok::<_, Failure>(found.iter().map(|p| views::project(&url, p)).collect())
        };
        let projects = (shown(InGroup::OWN)?, shown(InGroup::SHARED)?);
        Ok(views::group_details(&url, &view, Some(projects)))
    };
    app.scan(details).await.map(Json)
}
