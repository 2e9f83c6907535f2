//! Limits and headers every reply has in common, and the net under handlers that panic.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;

use crate::reply::ApiError;

/// Most bytes of a JSON or form body.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// Longest time a REST request may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken over from a client.
const MAX_REQUEST_ID: usize = 128;

/// The id of a request, as a request extension; the same as in `X-Request-Id` and in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(
    /// Letters, digits and `-_.`; 1 to 128 of them.
    pub String,
);

/// Bounds the size and the time of ordinary requests: [`BODY_LIMIT`] and [`TIME_LIMIT`]. Not for git, long polls,
/// logs and artifacts. Add it after all routes.
pub fn bounded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    bounded_by(router, TIME_LIMIT)
}

/// As [`bounded`], with another time limit.
fn bounded_by<S: Clone + Send + Sync + 'static>(router: Router<S>, time: Duration) -> Router<S> {
    let layer = from_fn(move |request: Request, next: Next| async move {
        match tokio::time::timeout(time, next.run(request)).await {
            Ok(response) => response,
            Err(_) => ApiError::unavailable(&"a request took too long").into_response(),
        }
    });
    router.layer(layer).layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// What every router needs: a request id, security headers, and 500 for a handler that panics. Add it outermost.
pub fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(from_fn(guard))
}

async fn guard(mut request: Request, next: Next) -> Response {
    let id = taken_over(request.headers()).unwrap_or_else(fresh_id);
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(RequestId(id.clone()));
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = async { run.await.unwrap_or_else(|panic| crashed(panic.as_ref())) }.instrument(span).await;
    harden(response.headers_mut());
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn crashed(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    ApiError::internal(&format_args!("a handler panicked: {text}")).into_response()
}

/// JSON holds what its reader may see at this moment, so nobody may keep it.
fn harden(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if json && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The client's own request id, if it is harmless in a header and in a log line.
fn taken_over(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let harmless = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (harmless && (1..=MAX_REQUEST_ID).contains(&text.len())).then(|| text.to_owned())
}

/// 128 bits in hexadecimal that no other request has, and that nobody can tell the next of. They only serve to find a line
/// in the log: the system is not asked for randomness each time.
fn fresh_id() -> String {
    static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let [high, low] = KEYS.each_ref().map(|keys| keys.hash_one(count));
    format!("{high:016x}{low:016x}")
}
