//! The whole log of a job, as it came.

use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::{Path, WebError};
use crate::web::visitor::Reader;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use countersign_app::authorize::Ref;
use countersign_app::pipelines;
use countersign_app::traces::Traces;
use countersign_domain::ids::JobId;
use tokio_util::io::ReaderStream;

/// Sends the log as a file: no browser is to read it as a page.
pub(super) async fn download(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    let (at, now) = (Ref::Path(place), countersign_app::now());
    let job = app.read(move |tx| pipelines::with_trace(tx, &reader.actor, &at, JobId(id), now)).await?;
    let traces = Traces::of(&app.config);
    let (project, erased) = (job.project_id, job.erased_at.is_some());
    let open = move || if erased { Ok(None) } else { traces.open(project, JobId(id)) };
    let file = tokio::task::spawn_blocking(open).await.map_err(|why| ApiError::internal(&why))?;
    let body = match file.map_err(|why| ApiError::internal(&why))? {
        Some(file) => Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file))),
        None => Body::empty(),
    };
    let name = format!("attachment; filename=\"job-{id}.log\"");
    let name = HeaderValue::try_from(name).map_err(|why| ApiError::internal(&why))?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)], body).into_response())
}
