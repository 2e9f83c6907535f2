//! Sends a file that a job left.

use crate::reply::ApiError;
use crate::room::{PATIENCE, Place};
use crate::state::AppState;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use countersign_app::artifacts::{Shelf, Single, single};
use countersign_store::artifacts::{Artifact, Format};
use futures_util::StreamExt;
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
    saved(file, &artifact.filename, u64::try_from(artifact.size).unwrap_or_default(), None)
}

/// Sends one file of an archive in the same way. It takes a place from before it is unpacked until it is sent, since it
/// takes as much of the disk for as long.
///
/// # Errors
/// 404: there is none at that path; 400: it is too long, or the archive is of another format or cannot be read; 503: too many
/// are being sent.
pub(crate) async fn send_single(app: &AppState, artifact: Artifact, path: String) -> Result<Response, ApiError> {
    if artifact.format != Format::Zip {
        let format = artifact.format.as_str();
        return Err(ApiError::bad_request(format_args!("single files are read from zip archives, not from {format}")));
    }
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let place = app.1.unpacking.enter(PATIENCE).await;
    let place = place.ok_or_else(|| ApiError::unavailable(&"as many files of archives as may be are being sent"))?;
    let shared = app.0.clone();
    let taken = tokio::task::spawn_blocking(move || (single(&shared, &artifact, &path), place));
    let (taken, place) = taken.await.map_err(|why| ApiError::internal(&why))?;
    match taken.map_err(|why| ApiError::internal(&why))? {
        Single::File(file, length) => saved(file, &name, length, Some(place)),
        Single::Absent => Err(ApiError::not_found()),
        Single::TooLong(most) => {
            let why = format_args!("the file has more than {most} bytes; download the archive instead");
            Err(ApiError::bad_request(why))
        }
        Single::Unreadable(why) => Err(ApiError::bad_request(format_args!("the archive cannot be read: {why}"))),
    }
}

/// The reply with that file, which gives up its place when it is sent or broken off.
fn saved(file: std::fs::File, filename: &str, length: u64, place: Option<Place>) -> Result<Response, ApiError> {
    let ascii: String = filename.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
    let whole = utf8_percent_encode(filename, NON_ALPHANUMERIC);
    let name = format!("attachment; filename=\"{}\"; filename*=UTF-8''{whole}", ascii.replace(['"', '\\'], "_"));
    let name = HeaderValue::try_from(name).map_err(|why| ApiError::internal(&why))?;
    let pieces = ReaderStream::new(tokio::fs::File::from_std(file));
    let body = Body::from_stream(pieces.inspect(move |_| _ = &place));
    let kind = HeaderValue::from_static("application/octet-stream");
    let length = HeaderValue::from(length);
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name), (CONTENT_LENGTH, length)], body).into_response())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::api::tests::Server;
    use crate::room::Room;
    use crate::state::Bounds;
    use axum::body::to_bytes;
    use axum::http::StatusCode;
    use countersign_domain::ids::{JobId, ProjectId};
    use countersign_store::artifacts::Kind;
    use std::sync::Arc;
    use std::time::Duration;

    /// An archive with one file, `a.txt`, that says "one".
    const ARCHIVE: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0!\0\xf1\x86lz\x03\0\0\0\x03\0\0\0\x05\0\0\0a.txtone\
        PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0!\0\xf1\x86lz\x03\0\0\0\x03\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\x80\x01\0\0\0\0a.txt\
        PK\x05\x06\0\0\0\0\x01\0\x01\x003\0\0\0&\0\0\0\0\0";

    fn archive(server: &Server) -> Artifact {
        let now = countersign_app::now();
        let artifact = Artifact {
            job_id: JobId(2),
            kind: Kind::Archive,
            format: Format::Zip,
            project_id: ProjectId(1),
            filename: "all.zip".into(),
            size: 0,
            file: "kept".into(),
            variables: "[]".into(),
            created_at: now,
            expire_at: None,
        };
        let directory = server.app.config.data_dir.join("artifacts/1/2");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("kept"), ARCHIVE).unwrap();
        artifact
    }

    #[tokio::test]
    async fn a_file_of_an_archive_has_its_place_until_it_is_sent() {
        let server = Server::new();
        let artifact = archive(&server);
        let bounds = Bounds { unpacking: Room::of(1), ..Bounds::default() };
        let app = AppState(Arc::clone(&server.app), Arc::new(bounds));
        let take = |path: &str| send_single(&app, artifact.clone(), path.to_owned());
        // What is not sent takes no place.
        assert_eq!(take("b.txt").await.unwrap_err().status(), StatusCode::NOT_FOUND);
        let first = take("a.txt").await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(100), take("a.txt")).await.is_err(), "it waits");
        assert_eq!(to_bytes(first.into_body(), 9).await.unwrap(), "one");
        let unread = take("a.txt").await.unwrap();
        drop(unread);
        assert!(take("a.txt").await.is_ok());
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_to_come_back() {
        let server = Server::new();
        let artifact = archive(&server);
        let bounds = Bounds { unpacking: Room::closed(), ..Bounds::default() };
        let app = AppState(Arc::clone(&server.app), Arc::new(bounds));
        let refused = send_single(&app, artifact, "a.txt".into()).await.unwrap_err().into_response();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key("retry-after"));
    }
}
