//! Protected environments of projects and of groups: the same requests on both.

mod group;
mod project;
mod wire;

pub(crate) use group::routes as group_routes;
pub(crate) use project::routes as project_routes;

use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use countersign_app::protections::{self, Target};
use countersign_store::Intent;
use countersign_store::fold::fold;
use countersign_wire::protected_environment::{
    ListProtectedEnvironments, ProtectEnvironment, ProtectedEnvironment, UpdateProtectedEnvironment,
};
pub(crate) use wire::party;
use wire::{asked, asked_update, shown};

async fn list(
    app: AppState,
    actor: Actor,
    target: Target,
    page: Page,
    query: ListProtectedEnvironments,
) -> Result<Paged<ProtectedEnvironment>, ApiError> {
    let now = countersign_app::now();
    let mut all = app.scan(move |tx| protections::list(tx, &actor.0, &target, now)).await?;
    if let Some(part) = query.search.map(|part| fold(&part)) {
        all.retain(|p| fold(&p.name).contains(&part));
    }
    Ok(Paged::cut(page, all).map(|p| shown(p, &[])))
}

async fn show(
    app: AppState,
    actor: Actor,
    target: Target,
    name: String,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let now = countersign_app::now();
    let found = app.scan(move |tx| protections::show(tx, &actor.0, &target, &name, now)).await?;
    Ok(Json(shown(found.protection, &found.warnings)))
}

async fn protect(
    app: AppState,
    actor: Actor,
    target: Target,
    body: ProtectEnvironment,
) -> Result<Created<ProtectedEnvironment>, ApiError> {
    let wish = asked(body);
    let saved = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| protections::protect(tx, actor, &target, &wish, now))
        .await?;
    Ok(Created(shown(saved.protection, &saved.warnings)))
}

async fn update(
    app: AppState,
    actor: Actor,
    target: Target,
    name: String,
    body: UpdateProtectedEnvironment,
) -> Result<Json<ProtectedEnvironment>, ApiError> {
    let wish = asked_update(body);
    let saved = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| protections::update(tx, actor, &target, &name, &wish, now))
        .await?;
    Ok(Json(shown(saved.protection, &saved.warnings)))
}

async fn unprotect(
    app: AppState,
    actor: Actor,
    target: Target,
    name: String,
) -> Result<ProtectedEnvironment, ApiError> {
    let gone = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| protections::unprotect(tx, actor, &target, &name, now))
        .await?;
    Ok(shown(gone, &[]))
}
