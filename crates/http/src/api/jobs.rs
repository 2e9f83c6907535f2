//! Jobs of a project.

mod artifacts;
mod list;

pub(super) use list::{Asked, status};

use crate::actor::{Actor, Asker, SignedIn};
use crate::api::values::variables;
use crate::api::views::{Site, in_short, of_jobs};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use crate::{log_file, on_jobs};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use countersign_app::authorize::Ref;
use countersign_app::{Failure, Tx, pipelines};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::JobId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::jobs::Job as Row;
use countersign_store::projects::Project;
use countersign_wire::job::{Job, PlayJob};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_jobs))
        .routes(routes!(show_own_job))
        .routes(routes!(show_job))
        .routes(routes!(read_trace))
        .routes(routes!(play_job))
        .routes(routes!(retry_job))
        .routes(routes!(cancel_job))
        .routes(routes!(erase_job))
        .routes(routes!(artifacts::download_artifacts, artifacts::delete_artifacts))
        .routes(routes!(artifacts::download_newest_artifacts))
        .routes(routes!(artifacts::read_newest_artifact))
        .routes(routes!(artifacts::keep_artifacts))
        .routes(routes!(artifacts::read_artifact))
}

/// Gets one job.
#[utoipa::path(get, path = "/projects/{id}/jobs/{job_id}", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 200, body = Job)))]
async fn show_job(
    State(app): State<AppState>,
    asker: Asker,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<Json<Job>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>, actor: &Who| {
        let found = pipelines::show_job(tx, actor, &at, JobId(job), now)?;
        as_seen(tx, &url, found)
    };
    asker.read(&app, read).await.map(Json)
}

/// Gets the job whose token is sent.
#[utoipa::path(get, path = "/job", tag = "Jobs", responses((status = 200, body = Job)))]
async fn show_own_job(State(app): State<AppState>, actor: SignedIn) -> Result<Json<Job>, ApiError> {
    let url = app.config.external_url.clone();
    let read = move |tx: &mut Tx<'_>| {
        let found = pipelines::own_job(tx, &actor.0)?;
        shown(tx, &url, found)
    };
    app.read(read).await.map(Json)
}

/// Reads the log of a job, or with `Range` a part of it: of one that still runs, what came since.
#[utoipa::path(get, path = "/projects/{id}/jobs/{job_id}/trace", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job"),
        ("Range" = Option<String>, Header, description = "Which bytes, as `bytes=100-`")),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 206, description = "The part asked for", body = String, content_type = "text/plain"),
        (status = 416, description = "The log has no such byte; `Content-Range` says how long it is")))]
async fn read_trace(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| pipelines::with_trace(tx, &actor.0, &at, JobId(job), now)).await?;
    log_file::send(&app, &found, &headers).await
}

/// Starts a manual job; one that has finished is tried again.
#[utoipa::path(post, path = "/projects/{id}/jobs/{job_id}/play", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    request_body = PlayJob, responses((status = 200, body = Job)))]
async fn play_job(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
    Params(body): Params<PlayJob>,
) -> Result<Json<Job>, ApiError> {
    let (at, variables) = (Ref::from(id), variables(body.job_variables_attributes));
    let started = on_jobs::play(&app, actor.0.clone(), at.clone(), JobId(job), variables).await?;
    after(&app, actor.0, at, started).await.map(Json)
}

/// Tries a finished job again, as a new job.
#[utoipa::path(post, path = "/projects/{id}/jobs/{job_id}/retry", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 201, body = Job)))]
async fn retry_job(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<Created<Job>, ApiError> {
    let at = Ref::from(id);
    let made = on_jobs::retry(&app, actor.0.clone(), at.clone(), JobId(job)).await?;
    after(&app, actor.0, at, made).await.map(Created)
}

/// Cancels a job; one that has finished stays as it is.
#[utoipa::path(post, path = "/projects/{id}/jobs/{job_id}/cancel", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 201, body = Job)))]
async fn cancel_job(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<Created<Job>, ApiError> {
    let at = Ref::from(id);
    let canceled = on_jobs::cancel(&app, actor.0.clone(), at.clone(), JobId(job)).await?;
    after(&app, actor.0, at, canceled).await.map(Created)
}

/// Erases the log of a job that has ended.
#[utoipa::path(post, path = "/projects/{id}/jobs/{job_id}/erase", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 201, body = Job)))]
async fn erase_job(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<Created<Job>, ApiError> {
    let at = Ref::from(id);
    let erased = on_jobs::erase(&app, actor.0.clone(), at.clone(), JobId(job)).await?;
    after(&app, actor.0, at, erased).await.map(Created)
}

/// A job as it is now, for somebody who just acted on it.
async fn after(app: &AppState, actor: Who, at: Ref, id: JobId) -> Result<Job, ApiError> {
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>| {
        let found = pipelines::acted_on(tx, &actor, &at, id, now)?;
        as_seen(tx, &url, found)
    };
    app.read(read).await
}

/// A job, whole or as a deploy entry lets people see it.
fn as_seen(tx: &mut Tx<'_>, url: &str, (project, job, whole): (Project, Row, bool)) -> Result<Job, Failure> {
    let shown = shown(tx, url, (project, job))?;
    Ok(if whole { shown } else { in_short(shown) })
}

fn shown(tx: &mut Tx<'_>, url: &str, (project, job): (Project, Row)) -> Result<Job, Failure> {
    let mut shown = of_jobs(tx, &Site { url, project: &project }, &[job])?;
    shown.pop().ok_or(Failure::Refused(Refusal::NotFound(Missing::Row)))
}
