//! Limits and headers every reply has in common, and the net under handlers that panic.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::Map;
use tokio::time::error::Elapsed;
use tokio::time::{Timeout, timeout};
use tower::Service;
use tower::layer::layer_fn;
use tracing::Instrument;

use crate::reply::ApiError;

/// Most bytes of a JSON or form body.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// Longest time a REST request may take.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken over from a client.
const MAX_REQUEST_ID: usize = 128;

/// Bounds the size and the time of ordinary requests: [`BODY_LIMIT`] and [`TIME_LIMIT`]. Not for git, long polls,
/// logs and artifacts. Add it after all routes.
pub fn bounded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    bounded_by(router, TIME_LIMIT)
}

/// As [`bounded`], with another time limit.
fn bounded_by<S: Clone + Send + Sync + 'static>(router: Router<S>, time: Duration) -> Router<S> {
    // One layer for both: every layer of a router is made anew for each request.
    router.layer((DefaultBodyLimit::max(BODY_LIMIT), layer_fn(move |inner| TimeLimited { inner, time })))
}

/// A service whose answers take only so long.
#[derive(Debug, Clone)]
struct TimeLimited<S> {
    inner: S,
    time: Duration,
}

impl<S: Service<Request, Response = Response>> Service<Request> for TimeLimited<S> {
    type Response = Response;
    type Error = S::Error;
    type Future =
        Map<Timeout<S::Future>, fn(Result<Result<Response, S::Error>, Elapsed>) -> Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        timeout(self.time, self.inner.call(request)).map(in_time)
    }
}

fn in_time<E>(done: Result<Result<Response, E>, Elapsed>) -> Result<Response, E> {
    done.unwrap_or_else(|_| Ok(ApiError::unavailable(&"a request took too long").into_response()))
}

/// What every request has in common: a request id, security headers, and 500 where `run` panics.
pub fn guard<F>(request: Request, run: impl FnOnce(Request) -> F) -> impl Future<Output = Response>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let id = taken_over(request.headers()).unwrap_or_else(fresh_id);
    let span = tracing::info_span!("request", %id, method = %request.method(), path = %request.uri().path());
    let run = AssertUnwindSafe(run(request)).catch_unwind();
    let run = run.map(|done| match done {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(panic) => crashed(panic.as_ref()),
    });
    let run = run.instrument(span);
    async move {
        let mut response = run.await;
        harden(response.headers_mut());
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
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
