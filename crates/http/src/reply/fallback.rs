//! What answers when no route does.

use super::ApiError;

/// The router's fallback: 404 `{"error": "404 Not Found"}`.
pub async fn unknown_route() -> ApiError {
    ApiError::unknown_route()
}

/// The router's method fallback: 405 `{"error": "405 Not Allowed"}`; axum adds `Allow`.
pub async fn method_not_allowed() -> ApiError {
    ApiError::method_not_allowed()
}
