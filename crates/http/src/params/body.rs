//! Reads a body within its limits, and hands it to the parser its Content-Type names.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use super::given::Given;
use super::{form, json, multipart};
use crate::reply::ApiError;

/// Longest time a body may take to arrive.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(30);

/// For how much of a body room is made at once: clients may announce more than they send.
const AT_ONCE: usize = 512 * 1024;

/// Adds the parameters of the body, if there are any. An empty body is fine under every Content-Type.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize, given: &mut Given) -> Result<(), ApiError> {
    let bytes = receive(headers, body, limit, ARRIVAL).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let Some(value) = headers.get(CONTENT_TYPE) else {
        let looks_like_json = bytes.trim_ascii_start().starts_with(b"{");
        return if looks_like_json { json::read(&bytes, given) } else { form::read(&bytes, given) };
    };
    let full = String::from_utf8_lossy(value.as_bytes());
    let media = full.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/x-www-form-urlencoded" => form::read(&bytes, given),
        "multipart/form-data" => multipart::read(&full, &bytes, given),
        "application/json" | "text/json" => json::read(&bytes, given),
        other if other.starts_with("application/") && other.ends_with("+json") => json::read(&bytes, given),
        other => Err(ApiError::unsupported_media_type(other)),
    }
}

/// The whole of a body: of at most `limit` bytes, which arrive within `time`.
///
/// # Errors
/// 413 or 408 for what does not; 400 for a body that breaks off.
pub(crate) async fn receive(headers: &HeaderMap, body: Body, limit: usize, time: Duration) -> Result<Bytes, ApiError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > patience(limit)) {
        return Err(ApiError::too_large(limit));
    }
    match tokio::time::timeout(time, collect(body, limit, announced)).await {
        Ok(Ok(whole)) => whole.ok_or_else(|| ApiError::too_large(limit)),
        Ok(Err(_)) => Err(ApiError::bad_request("the body broke off before its end")),
        Err(_) => Err(ApiError::message(
            StatusCode::REQUEST_TIMEOUT,
            format!("408 Request Timeout - the body did not arrive within {} s", time.as_secs()),
        )),
    }
}

/// How many bytes are taken in of a body that is too large: a client that is still sending when the answer comes sees a
/// broken connection in place of it.
fn patience(limit: usize) -> usize {
    limit.saturating_mul(8)
}

/// The whole of a body, or nothing of one that is too large.
async fn collect(mut body: Body, limit: usize, announced: Option<usize>) -> Result<Option<Bytes>, axum::Error> {
    let (mut bytes, mut arrived) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if arrived == 0 && announced == Some(data.len()) && data.len() <= limit {
            // Most bodies come in one piece, which needs no copy.
            return Ok(Some(data));
        }
        arrived = arrived.saturating_add(data.len());
        if arrived <= limit {
            if bytes.is_empty() {
                bytes.reserve(announced.unwrap_or_default().min(limit).min(AT_ONCE));
            }
            bytes.extend_from_slice(&data);
        } else if arrived > patience(limit) {
            break;
        }
    }
    Ok((arrived <= limit).then(|| bytes.freeze()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What is received of a body that comes in these pieces, with that length announced.
    async fn received(announced: Option<usize>, pieces: &[&'static str]) -> Option<Bytes> {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes()))).collect();
        collect(Body::from_stream(futures_util::stream::iter(pieces)), 8, announced).await.unwrap()
    }

    #[tokio::test]
    async fn a_body_is_whole_however_it_comes() {
        for announced in [None, Some(8)] {
            for pieces in [&["12345678"][..], &["1234", "5678"], &["", "1234", "", "5678"]] {
                assert_eq!(received(announced, pieces).await.unwrap(), "12345678", "{announced:?} {pieces:?}");
            }
        }
        for announced in [None, Some(9)] {
            assert_eq!(received(announced, &["123456789"]).await, None);
        }
        assert_eq!(received(None, &[]).await.unwrap(), "");
    }
}
