//! Resource groups of a project.

use crate::actor::Actor;
use crate::api::projects::process_mode;
use crate::api::views::{Site, of_jobs};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::resource_groups;
use countersign_app::{Error, Failure, Tx};
use countersign_store::Intent;
use countersign_store::resource_groups::ResourceGroup as Row;
use countersign_wire::job::Job;
use countersign_wire::resource_group::{ResourceGroup, UpdateResourceGroup};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_resource_groups))
        .routes(routes!(show_resource_group, update_resource_group))
        .routes(routes!(show_current_job))
        .routes(routes!(list_upcoming_jobs))
}

/// Lists the resource groups of a project.
#[utoipa::path(get, path = "/projects/{id}/resource_groups", tag = "Resource groups",
    params(("id" = Id, Path, description = "The project")),
    responses((status = 200, body = [ResourceGroup])))]
async fn list_resource_groups(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<ResourceGroup>, ApiError> {
    let (at, now, part) = (Ref::from(id), countersign_app::now(), (page.limit(), page.offset()));
    let (rows, total) = app.scan(move |tx| resource_groups::list(tx, &actor.0, &at, part, now)).await?;
    Ok(Paged::new(page, rows, u64::try_from(total).unwrap_or_default()).map(|group| shown(&group)))
}

/// Gets one resource group.
#[utoipa::path(get, path = "/projects/{id}/resource_groups/{key}", tag = "Resource groups",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "The URL-encoded name of the group")),
    responses((status = 200, body = ResourceGroup)))]
async fn show_resource_group(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
) -> Result<Json<ResourceGroup>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| resource_groups::show(tx, &actor.0, &at, &key, now)).await?;
    Ok(Json(shown(&found)))
}

/// Lets the jobs of a resource group run in another order from now on.
#[utoipa::path(put, path = "/projects/{id}/resource_groups/{key}", tag = "Resource groups",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "The URL-encoded name of the group")),
    request_body = UpdateResourceGroup, responses((status = 200, body = ResourceGroup)))]
async fn update_resource_group(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(body): Params<UpdateResourceGroup>,
) -> Result<Json<ResourceGroup>, ApiError> {
    let (at, mode) = (Ref::from(id), body.process_mode.map(process_mode));
    let changed = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| {
            resource_groups::update(tx, actor, &at, (&key, mode), now)
        })
        .await?;
    // Another job may be next now.
    app.wake.runners();
    Ok(Json(shown(&changed)))
}

/// Gets the job that has the resource of a group.
#[utoipa::path(get, path = "/projects/{id}/resource_groups/{key}/current_job", tag = "Resource groups",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "The URL-encoded name of the group")),
    responses((status = 200, body = Job)))]
async fn show_current_job(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
) -> Result<Json<Job>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>| -> Result<Job, Failure> {
        let (project, job) = resource_groups::current_job(tx, &actor.0, &at, &key, now)?;
        let mut shown = of_jobs(tx, &Site { url: &url, project: &project }, std::slice::from_ref(&job))?;
        Ok(shown.pop().ok_or_else(|| Error::Corrupt("a job vanished".into()))?)
    };
    app.read(read).await.map(Json)
}

/// Lists the jobs that get the resource of a group next, in their order.
#[utoipa::path(get, path = "/projects/{id}/resource_groups/{key}/upcoming_jobs", tag = "Resource groups",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "The URL-encoded name of the group")),
    responses((status = 200, body = [Job])))]
async fn list_upcoming_jobs(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    page: Page,
) -> Result<Paged<Job>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let part = [page.limit(), page.offset()].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let read = move |tx: &mut Tx<'_>| -> Result<(Vec<Job>, usize), Failure> {
        let [limit, offset] = part;
        let (project, jobs, total) = resource_groups::upcoming_jobs(tx, &actor.0, &at, (&key, limit, offset), now)?;
        Ok((of_jobs(tx, &Site { url: &url, project: &project }, &jobs)?, total))
    };
    let (rows, total) = app.scan(read).await?;
    Ok(Paged::new(page, rows, total as u64))
}

fn shown(of: &Row) -> ResourceGroup {
    ResourceGroup {
        id: of.id.0,
        key: of.key.clone(),
        process_mode: of.process_mode.as_str().into(),
        created_at: of.created_at.to_string(),
        updated_at: of.updated_at.to_string(),
    }
}
