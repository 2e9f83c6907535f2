//! The error of every REST handler: a status and a JSON body in one of GitLab's shapes.

use std::fmt::Display;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Why a known token no longer works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadToken {
    /// Its last day has passed.
    Expired,
    /// Somebody revoked it.
    Revoked,
}

impl DeadToken {
    fn description(self) -> &'static str {
        match self {
            Self::Expired => "Token is expired. You can either do re-authorization or token refresh.",
            Self::Revoked => "Token was revoked. You have to re-authorize from the user.",
        }
    }
}

/// A refusal on its way to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    status: StatusCode,
    /// Boxed, since every handler's result has room for it.
    content: Box<Content>,
}

#[derive(Debug, Clone, PartialEq)]
struct Content {
    body: Map<String, Value>,
    headers: HeaderMap,
}

impl ApiError {
    fn new(status: StatusCode, body: Value) -> Self {
        let mut body = match body {
            Value::Object(map) => map,
            other => Map::from_iter([("message".to_owned(), other)]),
        };
        // Beside every message there is a code (semantics, section 7).
        if let Some(message) = body.get("message") {
            let code = if message.is_object() { "invalid" } else { usual_code(status) };
            body.insert("code".to_owned(), Value::from(code));
        }
        Self { status, content: Box::new(Content { body, headers: HeaderMap::new() }) }
    }

    /// Any status with `{"message": "<text>"}`; the text is public and usually starts with the status.
    pub fn message(status: StatusCode, text: impl Into<String>) -> Self {
        Self::new(status, json!({ "message": text.into() }))
    }

    /// 400 `400 Bad request - <reason>`.
    pub fn bad_request(reason: impl Display) -> Self {
        Self::message(StatusCode::BAD_REQUEST, format!("400 Bad request - {reason}"))
    }

    /// 400 for JSON that cannot be read; `what` says where and why.
    pub(crate) fn invalid_json(what: &str) -> Self {
        let body = json!({ "message": format!("400 Bad request - {what}"), "error": what });
        Self::new(StatusCode::BAD_REQUEST, body)
    }

    /// 400 `{"error": "<problem>, <problem>"}` for parameters that are missing or malformed (`name is missing`).
    pub fn parameters<P: AsRef<str>>(problems: &[P]) -> Self {
        let text = problems.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        Self::new(StatusCode::BAD_REQUEST, json!({ "error": text }))
    }

    /// 400 `{"message": {"<field>": ["<reason>", …]}}` for a value that is not acceptable.
    pub fn field<R: Into<String>>(field: &str, reasons: impl IntoIterator<Item = R>) -> Self {
        Self::fields([(field, reasons)])
    }

    /// As [`ApiError::field`], for several fields at once.
    pub fn fields<'a, R: Into<String>, I: IntoIterator<Item = R>>(
        fields: impl IntoIterator<Item = (&'a str, I)>,
    ) -> Self {
        let by_field: Map<String, Value> = fields
            .into_iter()
            .map(|(field, reasons)| (field.to_owned(), reasons.into_iter().map(|r| Value::from(r.into())).collect()))
            .collect();
        Self::new(StatusCode::BAD_REQUEST, json!({ "message": by_field }))
    }

    /// 401 `401 Unauthorized`: nobody asks, or with a token nobody knows.
    pub fn unauthorized() -> Self {
        Self::message(StatusCode::UNAUTHORIZED, "401 Unauthorized").challenge()
    }

    /// 401 for a known token that no longer works.
    pub fn dead_token(why: DeadToken) -> Self {
        let body = json!({ "error": "invalid_token", "error_description": why.description() });
        Self::new(StatusCode::UNAUTHORIZED, body).challenge()
    }

    /// 403 for a live token without one of the scopes that would do, separated by spaces.
    pub fn insufficient_scope(scopes: &str) -> Self {
        let description = "The request requires higher privileges than provided by the access token.";
        let body = json!({ "error": "insufficient_scope", "error_description": description, "scope": scopes });
        Self::new(StatusCode::FORBIDDEN, body)
    }

    /// 403 `403 Forbidden`.
    pub fn forbidden() -> Self {
        Self::message(StatusCode::FORBIDDEN, "403 Forbidden")
    }

    /// 403 `403 Forbidden - <reason>`.
    pub fn forbidden_because(reason: impl Display) -> Self {
        Self::message(StatusCode::FORBIDDEN, format!("403 Forbidden - {reason}"))
    }

    /// 404 `404 Not found`: there is no such row, or the client may not know of it.
    pub fn not_found() -> Self {
        Self::message(StatusCode::NOT_FOUND, "404 Not found")
    }

    /// 404 `404 <what> Not Found`, for `Project`, `Group`, `User` and other named kinds.
    pub fn not_found_of(what: &str) -> Self {
        Self::message(StatusCode::NOT_FOUND, format!("404 {what} Not Found"))
    }

    /// 404 `{"error": "404 Not Found"}`: there is no such route.
    pub fn unknown_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, json!({ "error": "404 Not Found" }))
    }

    /// 405 `{"error": "405 Not Allowed"}`: the route exists, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, json!({ "error": "405 Not Allowed" }))
    }

    /// 409 with the text as it stands (`409 Conflict: Resource lock`, `Member already exists`).
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::message(StatusCode::CONFLICT, text)
    }

    /// 413 for a body of more than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let text = format!("413 Request Entity Too Large - at most {limit} bytes are accepted here");
        Self::message(StatusCode::PAYLOAD_TOO_LARGE, text)
    }

    /// 415 for a body in a form that is not understood.
    pub fn unsupported_media_type(given: &str) -> Self {
        let text = format!(
            "415 Unsupported Media Type - '{given}' is not supported; \
             send application/json, application/x-www-form-urlencoded or multipart/form-data"
        );
        Self::message(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
    }

    /// 429 for what happens too often, with the number of seconds to wait.
    pub fn too_many_requests(retry_after: u64, what: &str) -> Self {
        let text = format!("429 Too Many Requests - {what}; try again in {retry_after} s");
        Self::message(StatusCode::TOO_MANY_REQUESTS, text).header(RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// 500 that tells the client nothing; `why` goes to the log.
    pub fn internal(why: &dyn Display) -> Self {
        tracing::error!(error = %why, "a request failed");
        Self::message(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error")
    }

    /// 503: the server is too busy now; `why` goes to the log.
    pub fn unavailable(why: &dyn Display) -> Self {
        tracing::warn!(reason = %why, "a request was turned away");
        Self::message(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable - try again shortly")
            .header(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// The same body with another status, such as 422 for a principal that is not assignable.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Says more with the stable `code` beside the message than the status does.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        self.content.body.insert("code".to_owned(), Value::from(code));
        self
    }

    /// The status of the reply.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The JSON object of the reply.
    pub fn body(&self) -> &Map<String, Value> {
        &self.content.body
    }

    fn challenge(self) -> Self {
        self.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Countersign\""))
    }

    fn header(mut self, name: axum::http::HeaderName, value: HeaderValue) -> Self {
        self.content.headers.insert(name, value);
        self
    }
}

/// The code of a refusal that says no more than its status.
fn usual_code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::REQUEST_TIMEOUT => "timeout",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type",
        StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        status if status.is_server_error() => "internal",
        _ => "bad_request",
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = super::json(self.status, &self.content.body);
        response.headers_mut().extend(self.content.headers);
        response
    }
}
