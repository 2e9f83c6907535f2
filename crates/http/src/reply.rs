//! Replies of REST v4: JSON bodies, and every shape a refusal takes on the wire.

mod error;
mod fallback;
mod refusal;
#[cfg(test)]
mod tests;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub use error::{ApiError, DeadToken};
pub use fallback::{method_not_allowed, unknown_route};

/// 200 with a JSON body whose Content-Type is exactly `application/json`.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(
    /// The body.
    pub T,
);

/// 201 with a JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Created<T>(
    /// The body.
    pub T,
);

/// 202 with a JSON body: accepted, and done later.
#[derive(Debug, Clone, Copy)]
pub struct Accepted<T>(
    /// The body.
    pub T,
);

/// 204 without a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoContent;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json(StatusCode::CREATED, &self.0)
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        json(StatusCode::ACCEPTED, &self.0)
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// A reply that only says what became of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notice {
    /// What became of it.
    pub message: String,
}

impl Notice {
    /// It was accepted.
    pub fn accepted() -> Notice {
        Notice { message: "202 Accepted".into() }
    }
}

/// For how much of a reply room is made at first: most take less.
const USUAL_LENGTH: usize = 4 * 1024;

/// A JSON reply with any status.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut text = Vec::with_capacity(USUAL_LENGTH);
    match serde_json::to_writer(&mut text, body) {
        Ok(()) => (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response(),
        Err(why) => ApiError::internal(&why).into_response(),
    }
}
