//! What the members of groups and of projects have in common: everything but the address.

use crate::actor::Actor;
use crate::api::values::{day, level, level_opt, total};
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Clearable;
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use countersign_app::Tx;
use countersign_app::members::{self, Changes, NewMembers, Target, Wanted, Who};
use countersign_domain::access::Actor as Principal;
use countersign_domain::ids::UserId;
use countersign_store::Intent;
use countersign_wire::member::{Added, CreateMember, ListMembers, Member, MembersAdded};
use serde::Deserialize;
use utoipa::ToSchema;

/// Changes a membership; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct UpdateMember {
    /// The level.
    pub(crate) access_level: Option<i64>,
    /// The first day on which the membership is dead; `null` or empty for never.
    #[serde(default)]
    #[schema(inline)]
    pub(crate) expires_at: Clearable<String>,
}

/// Which of the members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Those with a membership of the very group or project.
    Direct,
    /// Everybody with access.
    All,
}

pub(crate) async fn list(
    app: AppState,
    actor: Actor,
    target: Target,
    extent: Extent,
    page: Page,
    query: ListMembers,
) -> Result<Paged<Member>, ApiError> {
    let wanted = Wanted {
        query: query.query.filter(|q| !q.is_empty()),
        user_ids: query.user_ids.unwrap_or_default(),
        limit: usize::try_from(page.limit()).unwrap_or_default(),
        offset: usize::try_from(page.offset()).unwrap_or(usize::MAX),
    };
    let (now, who, url) = (countersign_app::now(), actor.0.clone(), app.config.external_url.clone());
    let (rows, count) = app
        .scan(move |tx| match extent {
            Extent::Direct => members::list(tx, &actor.0, &target, &wanted, now),
            Extent::All => members::list_all(tx, &actor.0, &target, &wanted, now),
        })
        .await?;
    Ok(Paged::new(page, rows, total(count)).map(|m| views::member(&url, &m, &who)))
}

pub(crate) async fn show(
    app: AppState,
    actor: Actor,
    target: Target,
    extent: Extent,
    user: i64,
) -> Result<Json<Member>, ApiError> {
    let (now, who) = (countersign_app::now(), actor.0.clone());
    let found = app
        .scan(move |tx| match extent {
            Extent::Direct => members::show(tx, &actor.0, &target, UserId(user), now),
            Extent::All => members::show_all(tx, &actor.0, &target, UserId(user), now),
        })
        .await?;
    Ok(Json(views::member(&app.config.external_url, &found, &who)))
}

pub(crate) async fn add(
    app: AppState,
    actor: Actor,
    target: Target,
    body: CreateMember,
) -> Result<Created<Added>, ApiError> {
    let who = named(&body)?;
    let level = level("access_level", body.access_level)?;
    let new = NewMembers { who, level, expires_at: day("expires_at", body.expires_at.as_deref())? };
    let who = actor.0.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Principal, now| members::add(tx, actor, &target, &new, now);
    let added = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Created(match added.as_slice() {
        [one] => Added::One(Box::new(views::member(&app.config.external_url, one, &who))),
        _ => Added::Several(MembersAdded { status: "success".into() }),
    }))
}

pub(crate) async fn change(
    app: AppState,
    actor: Actor,
    target: Target,
    user: i64,
    body: UpdateMember,
) -> Result<Json<Member>, ApiError> {
    let expires_at = match body.expires_at.change() {
        None => None,
        Some(date) => Some(day("expires_at", date.as_deref())?),
    };
    let changes = Changes { level: level_opt("access_level", body.access_level)?, expires_at };
    let who = actor.0.clone();
    let job =
        move |tx: &mut Tx<'_>, actor: &Principal, now| members::change(tx, actor, &target, UserId(user), &changes, now);
    let changed = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(views::member(&app.config.external_url, &changed, &who)))
}

pub(crate) async fn remove(
    app: AppState,
    actor: Actor,
    target: Target,
    user: i64,
    keep_below: bool,
) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Principal, now| {
        members::remove(tx, actor, &target, UserId(user), keep_below, now)
    };
    app.write(actor.0, Intent::Edit, job).await.map(|()| NoContent)
}

/// Who is to be added: by id or by name, one or several with commas between.
fn named(body: &CreateMember) -> Result<Vec<Who>, ApiError> {
    let parts = |text: &str| {
        let each = text.split(',').map(str::trim).filter(|t| !t.is_empty());
        each.map(str::to_owned).collect::<Vec<_>>()
    };
    let who = match (&body.user_id, &body.username) {
        (Some(_), Some(_)) => return Err(ApiError::parameters(&["user_id, username are mutually exclusive"])),
        (Some(ids), None) => {
            let each = parts(ids).into_iter().map(|id| id.parse().map(Who::Id));
            each.collect::<Result<Vec<_>, _>>().map_err(|_| ApiError::parameters(&["user_id is invalid"]))?
        }
        (None, Some(names)) => parts(names).into_iter().map(Who::Username).collect(),
        (None, None) => Vec::new(),
    };
    if who.is_empty() {
        let needed = "user_id, username are missing, exactly one parameter must be provided";
        return Err(ApiError::parameters(&[needed]));
    }
    Ok(who)
}
