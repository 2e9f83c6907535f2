//! The files that jobs leave.

use crate::actor::Actor;
use crate::api::jobs::after;
use crate::artifact_file;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use countersign_app::artifacts::{self, Shelf};
use countersign_app::authorize::Ref;
use countersign_app::{App, Tx};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::JobId;
use countersign_store::Intent;
use countersign_store::artifacts::Artifact;
use countersign_wire::job::{ArtifactsOf, Job};

/// Downloads the archive of files that a job left.
#[utoipa::path(get, path = "/projects/{id}/jobs/{job_id}/artifacts", tag = "Job artifacts",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn download_artifacts(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<Response, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| artifacts::to_read(tx, &actor.0, &at, JobId(job), now)).await?;
    artifact_file::send(&app, found).await
}

/// Downloads the archive of the newest job of a name that succeeded for a branch or tag.
#[utoipa::path(get, path = "/projects/{id}/jobs/artifacts/{ref_name}/download", tag = "Job artifacts",
    params(("id" = Id, Path, description = "The project"), ("ref_name" = String, Path, description = "The branch or tag"),
        ("job" = String, Query, description = "The name of the job")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn download_newest_artifacts(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, ref_name)): Path<(Id, String)>,
    Params(of): Params<ArtifactsOf>,
) -> Result<Response, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.scan(move |tx| artifacts::newest(tx, &actor.0, &at, (&ref_name, &of.job), now)).await?;
    artifact_file::send(&app, found).await
}

/// Reads one file of the archive that a job left, by its path in it.
#[utoipa::path(get, path = "/projects/{id}/jobs/{job_id}/artifacts/{artifact_path}", tag = "Job artifacts",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job"),
        ("artifact_path" = String, Path, description = "The path in the archive")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn read_artifact(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job, path)): Path<(Id, i64, String)>,
) -> Result<Response, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| artifacts::to_read(tx, &actor.0, &at, JobId(job), now)).await?;
    artifact_file::send_single(&app, found, path).await
}

/// Reads one file of the archive of the newest job of a name that succeeded for a branch or tag.
#[utoipa::path(get, path = "/projects/{id}/jobs/artifacts/{ref_name}/raw/{artifact_path}", tag = "Job artifacts",
    params(("id" = Id, Path, description = "The project"), ("ref_name" = String, Path, description = "The branch or tag"),
        ("artifact_path" = String, Path, description = "The path in the archive"),
        ("job" = String, Query, description = "The name of the job")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn read_newest_artifact(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, ref_name, path)): Path<(Id, String, String)>,
    Params(of): Params<ArtifactsOf>,
) -> Result<Response, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.scan(move |tx| artifacts::newest(tx, &actor.0, &at, (&ref_name, &of.job), now)).await?;
    artifact_file::send_single(&app, found, path).await
}

/// Keeps the files of a job until they are deleted.
#[utoipa::path(post, path = "/projects/{id}/jobs/{job_id}/artifacts/keep", tag = "Job artifacts",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 200, body = Job)))]
pub(super) async fn keep_artifacts(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<Json<Job>, ApiError> {
    let at = Ref::from(id);
    let place = at.clone();
    let work = move |tx: &mut Tx<'_>, actor: &Who, now| artifacts::keep(tx, actor, &place, JobId(job), now);
    let kept = app.write(actor.0.clone(), Intent::Decide, work).await?;
    after(&app, actor.0, at, kept).await.map(Json)
}

/// Deletes the files of a job.
#[utoipa::path(delete, path = "/projects/{id}/jobs/{job_id}/artifacts", tag = "Job artifacts",
    params(("id" = Id, Path, description = "The project"), ("job_id" = i64, Path, description = "The job")),
    responses((status = 204)))]
pub(super) async fn delete_artifacts(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, job)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    let work = move |tx: &mut Tx<'_>, actor: &Who, now| artifacts::delete(tx, actor, &at, JobId(job), now);
    let remove = |app: &App, taken: Vec<Artifact>| {
        let shelf = Shelf::of(&app.config);
        taken.iter().try_for_each(|artifact| shelf.remove(artifact))
    };
    app.delete(actor.0, work, (Intent::Decide, remove)).await?;
    Ok(NoContent)
}
