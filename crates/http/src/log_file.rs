//! Sends the log of a job, or a part of it, as it came.

use crate::reply::ApiError;
use crate::state::AppState;
use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign_app::traces::Traces;
use countersign_store::jobs::Job;
use http_range_header::{RangeUnsatisfiableError, parse_range_header};
use std::io::{Seek as _, SeekFrom};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

/// What is sent of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// The bytes from the first to the last.
    Bytes(u64, u64),
    /// There is no such byte.
    Beyond,
}

/// Sends a log as text: the part that the headers ask for, or all. It goes as far as the log is now; what comes later is
/// asked for with the next range. An erased log, and one that was not begun, are empty.
///
/// # Errors
/// 416: the log has no such byte, or none yet; `Content-Range` says how long it is.
pub(crate) async fn send(app: &AppState, job: &Job, headers: &HeaderMap) -> Result<Response, ApiError> {
    let (traces, project, id) = (Traces::of(&app.config), job.project_id, job.id);
    let erased = job.erased_at.is_some();
    let open = move || match if erased { None } else { traces.open(project, id)? } {
        Some(file) => Ok::<_, std::io::Error>((file.metadata()?.len(), Some(file))),
        None => Ok((0, None)),
    };
    let opened = tokio::task::spawn_blocking(open).await.map_err(|why| ApiError::internal(&why))?;
    let (size, file) = opened.map_err(|why| ApiError::internal(&why))?;
    let part = part(headers, size);
    let (from, length) = match part {
        Part::Whole => (0, size),
        Part::Bytes(first, last) => (first, last - first + 1),
        Part::Beyond => return Ok(beyond(size)),
    };
    let body = match file {
        Some(mut file) => {
            file.seek(SeekFrom::Start(from)).map_err(|why| ApiError::internal(&why))?;
            Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file).take(length)))
        }
        None => Body::empty(),
    };
    let mut reply = body.into_response();
    if let Part::Bytes(first, last) = part {
        *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
        reply.headers_mut().insert(CONTENT_RANGE, content_range(&format!("{first}-{last}"), size));
    }
    reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    reply.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(reply)
}

/// Reads `Range`. One that is malformed, in another unit, or of several parts asks for nothing in particular.
fn part(headers: &HeaderMap, size: u64) -> Part {
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let Some(parsed) = asked.and_then(|range| parse_range_header(range.trim()).ok()) else { return Part::Whole };
    match parsed.validate(size).as_deref() {
        Ok([one]) => Part::Bytes(*one.start(), *one.end()),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Part::Beyond,
        _ => Part::Whole,
    }
}

fn beyond(size: u64) -> Response {
    let why = format!("416 Range Not Satisfiable - the log has {size} bytes");
    let mut reply = ApiError::message(StatusCode::RANGE_NOT_SATISFIABLE, why).into_response();
    reply.headers_mut().insert(CONTENT_RANGE, content_range("*", size));
    reply
}

fn content_range(part: &str, size: u64) -> HeaderValue {
    HeaderValue::try_from(format!("bytes {part}/{size}")).unwrap_or_else(|_| HeaderValue::from_static("bytes */*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        for (range, size, expected) in [
            ("bytes=0-", 10, Part::Bytes(0, 9)),
            ("bytes=2-4", 10, Part::Bytes(2, 4)),
            ("bytes=2-99", 10, Part::Bytes(2, 9)),
            ("bytes=-3", 10, Part::Bytes(7, 9)),
            ("bytes=-99", 10, Part::Bytes(0, 9)),
            ("bytes=10-", 10, Part::Beyond),
            ("bytes=0-", 0, Part::Beyond),
            ("bytes=-0", 10, Part::Beyond),
            ("bytes=4-2", 10, Part::Whole),
            ("bytes=0-1,4-5", 10, Part::Whole),
            ("lines=1-2", 10, Part::Whole),
            ("nonsense", 10, Part::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static(range));
            assert_eq!(part(&headers, size), expected, "{range} of {size}");
        }
        assert_eq!(part(&HeaderMap::new(), 10), Part::Whole);
    }
}
