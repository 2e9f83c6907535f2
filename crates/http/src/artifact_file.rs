//! Sends a file that a job left.

use crate::reply::ApiError;
use crate::state::AppState;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use countersign_app::artifacts::Shelf;
use countersign_store::artifacts::Artifact;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_util::io::ReaderStream;

/// Sends a file as one to be saved: no browser is to show it as a page of this site.
///
/// # Errors
/// 404: it is gone.
pub(crate) async fn send(app: &AppState, artifact: Artifact) -> Result<Response, ApiError> {
    let (shelf, of) = (Shelf::of(&app.config), artifact.clone());
    let opened = tokio::task::spawn_blocking(move || shelf.open(&of)).await.map_err(|why| ApiError::internal(&why))?;
    let file = opened.map_err(|why| ApiError::internal(&why))?.ok_or_else(ApiError::not_found)?;
    let ascii: String = artifact.filename.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
    let whole = utf8_percent_encode(&artifact.filename, NON_ALPHANUMERIC);
    let name = format!("attachment; filename=\"{}\"; filename*=UTF-8''{whole}", ascii.replace(['"', '\\'], "_"));
    let name = HeaderValue::try_from(name).map_err(|why| ApiError::internal(&why))?;
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    let kind = HeaderValue::from_static("application/octet-stream");
    let length = HeaderValue::from(artifact.size);
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name), (CONTENT_LENGTH, length)], body).into_response())
}
