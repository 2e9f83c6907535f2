//! Reads a body within its limits, and hands it to the parser its Content-Type names.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use http_body_util::LengthLimitError;

use super::given::Given;
use super::{form, json, multipart};
use crate::reply::ApiError;

/// Longest time a body may take to arrive.
pub(crate) const ARRIVAL: Duration = Duration::from_secs(30);

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
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(ApiError::too_large(limit));
    }
    match tokio::time::timeout(time, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(why)) if is_too_long(&why) => Err(ApiError::too_large(limit)),
        Ok(Err(_)) => Err(ApiError::bad_request("the body broke off before its end")),
        Err(_) => Err(ApiError::message(
            StatusCode::REQUEST_TIMEOUT,
            format!("408 Request Timeout - the body did not arrive within {} s", time.as_secs()),
        )),
    }
}

fn is_too_long(why: &axum::Error) -> bool {
    let mut cause = why.source();
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
