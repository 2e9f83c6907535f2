//! Users.

mod change;
mod memberships;
mod state;

use crate::actor::ProfileReader;
use crate::api::values::{descending, moment, total};
use crate::api::views::{user, user_details, user_profile};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::Path;
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::users;
use countersign_app::{Failure, Tx};
use countersign_domain::access::{AccountSight, Actor as Who};
use countersign_domain::ids::UserId;
use countersign_domain::user::State as UserState;
use countersign_store::users::{self as store, Filter, Order, User};
use countersign_wire::sort::Keyset;
use countersign_wire::user::{ListUsers, TwoFactor, UserDetails, UserOrder, UserShown};
use std::collections::HashMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file and those below it.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_users, change::create_user))
        .routes(routes!(show_user, change::update_user, change::delete_user))
        .routes(routes!(memberships::list_memberships))
        .routes(routes!(show_me))
        .merge(state::routes())
}

/// Gets oneself.
#[utoipa::path(get, path = "/user", tag = "Users", responses((status = 200, body = UserDetails)))]
async fn show_me(State(app): State<AppState>, actor: ProfileReader) -> Result<Json<UserDetails>, ApiError> {
    let url = app.config.external_url.clone();
    let details = move |tx: &mut Tx<'_>| {
        let me = users::me(tx, &actor.0)?;
        let creator = me.created_by.map(|id| store::record(tx, id)).transpose()?.flatten();
        Ok(user_details(&url, &me, creator.as_ref(), actor.0.is_admin()))
    };
    app.read(details).await.map(Json)
}

/// Lists users.
#[utoipa::path(get, path = "/users", tag = "Users", params(ListUsers, Keyset),
    responses((status = 200, body = [UserShown])))]
async fn list_users(
    State(app): State<AppState>,
    actor: ProfileReader,
    page: Page,
    Params(query): Params<ListUsers>,
) -> Result<Paged<UserShown>, ApiError> {
    let page = page.seeking(true)?;
    let (filter, url) = (filter(&query, &page)?, app.config.external_url.clone());
    let asked = page.clone();
    let (rows, count, next) = app
        .scan(move |tx| {
            let Some(filter) = &filter else { return Ok((Vec::new(), 0, None)) };
            let (found, count) = users::list(tx, &actor.0, filter)?;
            let next = asked.next(&found, |u| u.key(filter.order));
            Ok((shown(tx, &actor.0, &url, &found)?, count, next))
        })
        .await?;
    Ok(Paged::sought(page, rows, total(count), next))
}

/// What is to be listed; `None` where the query asks for what nobody can be.
fn filter(query: &ListUsers, page: &Page) -> Result<Option<Filter>, ApiError> {
    let people = query.humans == Some(true) || query.without_project_bots == Some(true);
    let bots = query.exclude_humans == Some(true);
    let external = query.external.filter(|only| *only);
    let no_external = query.exclude_external.filter(|no| *no).map(|_| false);
    let outside = query.extern_uid.is_some() || query.provider.is_some();
    let (active, blocked) = (query.active == Some(true), query.blocked == Some(true));
    let contradiction = (people && bots) || (active && blocked) || (external.is_some() && no_external.is_some());
    if contradiction || outside || query.two_factor == Some(TwoFactor::Enabled) {
        return Ok(None);
    }
    let today = countersign_app::now().date();
    Ok(Some(Filter {
        username: query.username.clone(),
        search: query.search.clone().filter(|s| !s.is_empty()),
        by_email: false,
        state: match (active, blocked) {
            (true, _) => Some(UserState::Active),
            (_, true) => Some(UserState::Blocked),
            _ => None,
        },
        not_active: query.exclude_active == Some(true),
        admin: query.admins.filter(|only| *only),
        bot: if bots { Some(true) } else { people.then_some(false) },
        external: external.or(no_external),
        without_projects: query.without_projects.filter(|only| *only).map(|_| today),
        created_after: moment("created_after", query.created_after.as_deref())?,
        created_before: moment("created_before", query.created_before.as_deref())?,
        order: match query.order_by.unwrap_or_default() {
            UserOrder::Id | UserOrder::CreatedAt => Order::Id,
            UserOrder::Name => Order::Name,
            UserOrder::Username => Order::Username,
            UserOrder::UpdatedAt => Order::UpdatedAt,
        },
        descending: descending(query.sort, true),
        limit: page.limit(),
        offset: page.offset(),
        seek: page.seek(),
    }))
}

/// Gets one user.
#[utoipa::path(get, path = "/users/{id}", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 200, body = UserShown)))]
async fn show_user(
    State(app): State<AppState>,
    actor: ProfileReader,
    Path(id): Path<i64>,
) -> Result<Json<UserShown>, ApiError> {
    let url = app.config.external_url.clone();
    let one = move |tx: &mut Tx<'_>| {
        let found = users::show(tx, &actor.0, UserId(id))?;
        let mut rows = shown(tx, &actor.0, &url, std::slice::from_ref(&found))?;
        rows.pop().ok_or_else(|| countersign_app::Error::Corrupt("a user vanished".into()).into())
    };
    app.read(one).await.map(Json)
}

/// What others see in place of the name of a bot, which is that of its token.
const HIDDEN: &str = "****";

/// Users, as much of each as the actor may see.
fn shown(tx: &mut Tx<'_>, actor: &Who, url: &str, rows: &[User]) -> Result<Vec<UserShown>, Failure> {
    let sight = |u: &User| actor.account_sight(u.id);
    let opened = rows.iter().filter(|u| sight(u) > AccountSight::Profile);
    let ids: Vec<i64> = opened.filter_map(|u| u.created_by).map(|id| id.0).collect();
    let creators = if ids.is_empty() { Vec::new() } else { store::many(tx, &ids)? };
    let creators: HashMap<UserId, User> = creators.into_iter().map(|u| (u.id, u)).collect();
    let each = rows.iter().map(|u| match sight(u) {
        AccountSight::Profile if u.settings.private_profile => UserShown::Basic(Box::new(user(url, u))),
        AccountSight::Profile => {
            let mut profile = user_profile(url, u);
            if u.bot {
                profile.basic.name = HIDDEN.into();
            }
            UserShown::Profile(Box::new(profile))
        }
        more => {
            let creator = u.created_by.and_then(|id| creators.get(&id));
            UserShown::Details(Box::new(user_details(url, u, creator, more == AccountSight::Administered)))
        }
    });
    Ok(each.collect())
}
