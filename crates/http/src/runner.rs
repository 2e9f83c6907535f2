//! The runner protocol: what `gitlab-runner` and the built-in runner say, with exactly the statuses they listen for.

mod artifacts;
mod job;
mod own;
mod request;
#[cfg(test)]
mod tests;

use crate::attempts::Attempt;
use crate::params::receive;
use crate::places::{client, network};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, patch, post, put};
use bytes::Bytes;
use countersign_domain::job::Status;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// Tells a runner where a job stands, whatever the status of the reply.
const JOB_STATUS: HeaderName = HeaderName::from_static("job-status");
/// Tells a runner how often to report, in seconds.
const UPDATE_INTERVAL: HeaderName = HeaderName::from_static("x-gitlab-trace-update-interval");
/// Most bytes of a piece of a log; runners send at most 1 MiB at once.
const PIECE_LIMIT: usize = 4 * 1024 * 1024;
/// Most bytes of whatever else a runner says: a few thousand are usual.
const WORD_LIMIT: usize = 64 * 1024;

/// The routes of this file.
pub(crate) fn routes() -> Router<AppState> {
    // Files are as long as they are: they are counted and timed as they come.
    let files = Router::new().route("/api/v4/jobs/{id}/artifacts", post(artifacts::upload).get(artifacts::download));
    Router::new()
        .route("/api/v4/runners", post(own::register).delete(own::leave))
        .route("/api/v4/runners/managers", delete(own::give_up_machine))
        .route("/api/v4/runners/reset_authentication_token", post(own::reset_token))
        .route("/api/v4/runners/verify", post(request::verify))
        .route("/api/v4/jobs/request", post(request::request_job))
        .route("/api/v4/jobs/{id}", put(job::update))
        .route("/api/v4/jobs/{id}/trace", patch(job::trace))
        .merge(files.layer(DefaultBodyLimit::disable()))
}

/// What a runner says: the headers, and the whole body. Fails with 413 for one that is too long, and with 408 for one that
/// takes too long to arrive.
struct Message<const LIMIT: usize = WORD_LIMIT> {
    headers: HeaderMap,
    body: Bytes,
}

impl<const LIMIT: usize> FromRequest<AppState> for Message<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        let (head, body) = request.into_parts();
        let body = receive(&head.headers, body, LIMIT, app.1.arrival).await?;
        Ok(Message { headers: head.headers, body })
    }
}

impl<const LIMIT: usize> Message<LIMIT> {
    /// The body as JSON; an empty one and `null` are an empty object.
    ///
    /// # Errors
    /// 400: it is something else.
    fn read<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        let text = self.body.trim_ascii();
        if text.is_empty() {
            return Ok(T::default());
        }
        // A list would be read as the members in their order.
        if text.starts_with(b"[") {
            return Err(ApiError::invalid_json("the body must be a JSON object, not a list"));
        }
        let read: Result<Option<T>, _> = serde_json::from_slice(text);
        read.map(Option::unwrap_or_default)
            .map_err(|why| ApiError::invalid_json(&format!("the body is invalid: {why}")))
    }

    /// The token of the body, or else of a header.
    fn token(&self, of_body: String, header: &str) -> String {
        if of_body.is_empty() { secret(&self.headers, header) } else { of_body }
    }
}

/// Where a request came from: secrets that open nothing are counted by it.
struct Client(Option<SocketAddr>);

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Client, Infallible> {
        Ok(Client(client(&parts.extensions)))
    }
}

impl Client {
    /// The client shows a token.
    ///
    /// # Errors
    /// 429: too many from there were nobody's.
    fn shows<'a>(&self, app: &'a AppState, token: &str) -> Result<Attempt<'a>, ApiError> {
        app.1.attempts.begin(self.0.map(network), token, countersign_app::now())
    }

    /// Its address.
    fn address(&self) -> Option<IpAddr> {
        self.0.map(|at| at.ip().to_canonical())
    }
}

/// The secret in the headers of a request of the runner protocol, as far as it is judged by that; the outer `None` for what
/// is not of the protocol.
pub(crate) fn shown_secret(headers: &HeaderMap, method: &Method, path: &str) -> Option<Option<String>> {
    let words: Vec<_> = path.strip_prefix("/api/v4/")?.split('/').collect();
    let header = match words[..] {
        ["runners"] if *method == Method::POST || *method == Method::DELETE => "runner-token",
        ["runners", "managers" | "reset_authentication_token" | "verify"] | ["jobs", "request"] => "runner-token",
        ["jobs", ..] => "job-token",
        _ => return None,
    };
    Some(Some(secret(headers, header)).filter(|secret| !secret.is_empty()))
}

/// The token of a header.
fn secret(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|v| v.to_str().ok()).map(|v| v.trim().to_owned()).unwrap_or_default()
}

/// A reply without a body that says where the job stands.
fn about(status: StatusCode, job: Status) -> Response {
    let mut reply = status.into_response();
    reply.headers_mut().insert(JOB_STATUS, HeaderValue::from_static(job.as_str()));
    reply.headers_mut().insert(UPDATE_INTERVAL, HeaderValue::from_static("3"));
    reply
}

/// 403 to a job that is over: the runner gives it up.
fn over(job: Status) -> Response {
    let mut reply = ApiError::forbidden_because("Job is not running").into_response();
    reply.headers_mut().insert(JOB_STATUS, HeaderValue::from_static(job.as_str()));
    reply
}
