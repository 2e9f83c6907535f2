//! The whole log of a job, as it came, and the files it left.

use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::{Path, WebError};
use crate::web::visitor::Reader;
use crate::{artifact_file, log_file};
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use countersign_app::authorize::Ref;
use countersign_app::{artifacts, pipelines};
use countersign_domain::ids::JobId;

/// Sends the log as a file: no browser is to read it as a page.
pub(super) async fn download(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let (at, now) = (Ref::Path(place), countersign_app::now());
    let job = app.read(move |tx| pipelines::with_trace(tx, &reader.actor, &at, JobId(id), now)).await?;
    let mut reply = log_file::send(&app, &job, &headers).await?;
    let name = format!("attachment; filename=\"job-{id}.log\"");
    let name = HeaderValue::try_from(name).map_err(|why| ApiError::internal(&why))?;
    reply.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(reply)
}

/// Sends the archive of files that the job left.
pub(super) async fn download_files(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    let (at, now) = (Ref::Path(place), countersign_app::now());
    let found = app.read(move |tx| artifacts::to_read(tx, &reader.actor, &at, JobId(id), now)).await?;
    Ok(artifact_file::send(&app, found).await?)
}
