//! Users.

use crate::actor::{ProfileReader, SignedIn};
use crate::api::values::{descending, moment, total};
use crate::api::views::{user_details, user_profile};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::Path;
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::users::{self, NewUser, Password};
use countersign_app::{Failure, Tx};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::UserId;
use countersign_domain::refusal::Refusal;
use countersign_store::Intent;
use countersign_store::users::{self as store, Filter, Order, State as UserState, User};
use countersign_wire::user::{CreateUser, ListUsers, UserDetails, UserOrder, UserShown};
use std::collections::HashMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(show_user))
        .routes(routes!(block_user))
        .routes(routes!(unblock_user))
        .routes(routes!(show_me))
}

/// Gets oneself.
#[utoipa::path(get, path = "/user", tag = "Users", responses((status = 200, body = UserDetails)))]
async fn show_me(State(app): State<AppState>, actor: ProfileReader) -> Result<Json<UserDetails>, ApiError> {
    let url = app.config.external_url.clone();
    let details = move |tx: &mut Tx<'_>| {
        let me = users::me(tx, &actor.0)?;
        let creator = me.created_by.map(|id| store::get(tx, id)).transpose()?.flatten();
        Ok(user_details(&url, &me, creator.as_ref(), actor.0.is_admin()))
    };
    app.read(details).await.map(Json)
}

/// Lists users.
#[utoipa::path(get, path = "/users", tag = "Users", params(ListUsers),
    responses((status = 200, body = [UserShown])))]
async fn list_users(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
    Params(query): Params<ListUsers>,
) -> Result<Paged<UserShown>, ApiError> {
    let (filter, url) = (filter(&query, &actor.0, &page)?, app.config.external_url.clone());
    let (rows, count) = app
        .scan(move |tx| {
            let (found, count) = users::list(tx, &actor.0, &filter)?;
            Ok((shown(tx, &actor.0, &url, &found)?, count))
        })
        .await?;
    Ok(Paged::new(page, rows, total(count)))
}

fn filter(query: &ListUsers, actor: &Who, page: &Page) -> Result<Filter, ApiError> {
    let people = query.humans == Some(true) || query.without_project_bots == Some(true);
    Ok(Filter {
        username: query.username.clone(),
        search: query.search.clone().filter(|s| !s.is_empty()),
        by_email: false,
        state: match (query.active, query.blocked) {
            (Some(true), _) => Some(UserState::Active),
            (_, Some(true)) => Some(UserState::Blocked),
            _ => None,
        },
        admin: query.admins.filter(|only| *only && actor.is_admin()),
        bot: people.then_some(false),
        created_after: moment("created_after", query.created_after.as_deref())?,
        created_before: moment("created_before", query.created_before.as_deref())?,
        order: match query.order_by.unwrap_or_default() {
            UserOrder::Id | UserOrder::CreatedAt | UserOrder::UpdatedAt => Order::Id,
            UserOrder::Name => Order::Name,
            UserOrder::Username => Order::Username,
        },
        descending: descending(query.sort, true),
        limit: page.limit(),
        offset: page.offset(),
    })
}

/// Gets one user.
#[utoipa::path(get, path = "/users/{id}", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 200, body = UserShown)))]
async fn show_user(
    State(app): State<AppState>,
    actor: SignedIn,
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

/// Users, as much of each as the actor may see.
fn shown(tx: &mut Tx<'_>, actor: &Who, url: &str, rows: &[User]) -> Result<Vec<UserShown>, Failure> {
    let admin = actor.is_admin();
    let sees_all = |u: &User| admin || (actor.user() == Some(u.id) && !actor.is_job());
    let ids: Vec<i64> = rows.iter().filter(|u| sees_all(u)).filter_map(|u| u.created_by).map(|id| id.0).collect();
    let creators = if ids.is_empty() { Vec::new() } else { store::many(tx, &ids)? };
    let creators: HashMap<UserId, User> = creators.into_iter().map(|u| (u.id, u)).collect();
    let each = rows.iter().map(|u| match sees_all(u) {
        true => {
            let creator = u.created_by.and_then(|id| creators.get(&id));
            UserShown::Details(Box::new(user_details(url, u, creator, admin)))
        }
        false => UserShown::Profile(Box::new(user_profile(url, u))),
    });
    Ok(each.collect())
}

/// Creates a user.
#[utoipa::path(post, path = "/users", tag = "Users", request_body = CreateUser,
    responses((status = 201, body = UserDetails)))]
async fn create_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Params(body): Params<CreateUser>,
) -> Result<Created<UserDetails>, ApiError> {
    let (who, new) = (actor.0.clone(), asked(body, &actor.0)?);
    let hashed = tokio::task::spawn_blocking(move || users::prepare(&who, new)).await;
    let prepared = hashed.map_err(|why| ApiError::internal(&why))??;
    let (by, now) = (actor.0.by.clone(), countersign_app::now());
    let url = app.config.external_url.clone();
    let creator = actor.0.user();
    let made = app.store.write(by, now, Intent::Edit, move |tx| users::create(tx, &actor.0, &prepared, now)).await;
    let made = made.map_err(conflict)?;
    let creator = app.read(move |tx| Ok(creator.map(|id| store::get(tx, id)).transpose()?.flatten())).await?;
    Ok(Created(user_details(&url, &made, creator.as_ref(), true)))
}

fn asked(body: CreateUser, actor: &Who) -> Result<NewUser, ApiError> {
    if !actor.is_admin() {
        return Err(Refusal::AdminsOnly.into());
    }
    if body.external == Some(true) {
        return Err(ApiError::field("external", ["is not supported: there are no external users"]));
    }
    let unusable = body.reset_password == Some(true) || body.force_random_password == Some(true);
    let password = match body.password {
        Some(password) => Password::Given(password),
        None if unusable => Password::Unusable,
        None => {
            let needed = "password, reset_password, force_random_password are missing, at least one parameter must be \
                          provided";
            return Err(ApiError::parameters(&[needed]));
        }
    };
    Ok(NewUser {
        username: body.username,
        name: body.name,
        email: body.email,
        password,
        admin: body.admin.unwrap_or_default(),
        note: body.note,
    })
}

/// A taken name is a conflict here, in one sentence: "Username has already been taken".
fn conflict(why: Failure) -> ApiError {
    match why {
        Failure::Refused(Refusal::Taken(field, why)) => {
            let mut letters = field.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
            let field: String = first.chain(letters).collect();
            ApiError::conflict(format!("{field} {why}")).code("taken")
        }
        other => other.into(),
    }
}

/// Blocks a user. Answers `true`, or `null` for one who is blocked already.
#[utoipa::path(post, path = "/users/{id}/block", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = Option<bool>)))]
async fn block_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<Option<bool>>, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| users::block(tx, actor, UserId(id), now);
    let changed = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Created(changed.then_some(true)))
}

/// Lets a blocked user in again. Answers `true`, or `false` for one who is not blocked.
#[utoipa::path(post, path = "/users/{id}/unblock", tag = "Users",
    params(("id" = i64, Path, description = "The user")), responses((status = 201, body = bool)))]
async fn unblock_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Created<bool>, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| users::unblock(tx, actor, UserId(id), now);
    app.write(actor.0, Intent::Edit, job).await.map(Created)
}
