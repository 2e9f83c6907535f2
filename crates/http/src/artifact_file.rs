//! Sends a file that a job left.

use crate::reply::ApiError;
use crate::state::AppState;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use countersign_app::artifacts::{Shelf, Single, single};
use countersign_store::artifacts::{Artifact, Format};
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
    saved(file, &artifact.filename, u64::try_from(artifact.size).unwrap_or_default())
}

/// Sends one file of an archive in the same way.
///
/// # Errors
/// 404: there is none at that path; 400: it is too long, or the archive is of another format or cannot be read.
pub(crate) async fn send_single(app: &AppState, artifact: Artifact, path: String) -> Result<Response, ApiError> {
    if artifact.format != Format::Zip {
        let format = artifact.format.as_str();
        return Err(ApiError::bad_request(format_args!("single files are read from zip archives, not from {format}")));
    }
    let (shelf, limit) = (Shelf::of(&app.config), app.config.max_artifact_bytes);
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let taken = tokio::task::spawn_blocking(move || match shelf.open(&artifact)? {
        Some(file) => single(file, &path, limit),
        None => Ok(Single::Absent),
    });
    match taken.await.map_err(|why| ApiError::internal(&why))?.map_err(|why| ApiError::internal(&why))? {
        Single::File(file, length) => saved(file, &name, length),
        Single::Absent => Err(ApiError::not_found()),
        Single::TooLong(most) => {
            let why = format_args!("the file has more than {most} bytes; download the archive instead");
            Err(ApiError::bad_request(why))
        }
        Single::Unreadable(why) => Err(ApiError::bad_request(format_args!("the archive cannot be read: {why}"))),
    }
}

fn saved(file: std::fs::File, filename: &str, length: u64) -> Result<Response, ApiError> {
    let ascii: String = filename.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
    let whole = utf8_percent_encode(filename, NON_ALPHANUMERIC);
    let name = format!("attachment; filename=\"{}\"; filename*=UTF-8''{whole}", ascii.replace(['"', '\\'], "_"));
    let name = HeaderValue::try_from(name).map_err(|why| ApiError::internal(&why))?;
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    let kind = HeaderValue::from_static("application/octet-stream");
    let length = HeaderValue::from(length);
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name), (CONTENT_LENGTH, length)], body).into_response())
}
