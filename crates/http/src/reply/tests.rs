//! Every shape of a refusal, word for word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::body::to_bytes;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::*;

async fn read(reply: impl IntoResponse) -> (u16, Value) {
    let response = reply.into_response();
    let status = response.status().as_u16();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    (status, serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap())
}

#[tokio::test]
async fn refusals_have_gitlabs_shapes() {
    let expired = "Token is expired. You can either do re-authorization or token refresh.";
    let revoked = "Token was revoked. You have to re-authorize from the user.";
    let scope = "The request requires higher privileges than provided by the access token.";
    let cases = [
        (
            ApiError::bad_request("\"x\" not given"),
            400,
            json!({ "message": "400 Bad request - \"x\" not given", "code": "bad_request" }),
        ),
        (
            ApiError::parameters(&["a is missing", "b is invalid"]),
            400,
            json!({ "error": "a is missing, b is invalid" }),
        ),
        (
            ApiError::field("name", ["is too long"]),
            400,
            json!({ "message": { "name": ["is too long"] }, "code": "invalid" }),
        ),
        (
            ApiError::fields([("a", vec!["x", "y"]), ("b", vec!["z"])]),
            400,
            json!({ "message": { "a": ["x", "y"], "b": ["z"] }, "code": "invalid" }),
        ),
        (ApiError::unauthorized(), 401, json!({ "message": "401 Unauthorized", "code": "unauthorized" })),
        (
            ApiError::dead_token(DeadToken::Expired),
            401,
            json!({ "error": "invalid_token", "error_description": expired }),
        ),
        (
            ApiError::dead_token(DeadToken::Revoked),
            401,
            json!({ "error": "invalid_token", "error_description": revoked }),
        ),
        (
            ApiError::insufficient_scope("api read_api"),
            403,
            json!({ "error": "insufficient_scope", "error_description": scope, "scope": "api read_api" }),
        ),
        (ApiError::forbidden(), 403, json!({ "message": "403 Forbidden", "code": "forbidden" })),
        (
            ApiError::forbidden_because("no").code("approval.self"),
            403,
            json!({ "message": "403 Forbidden - no", "code": "approval.self" }),
        ),
        (ApiError::not_found(), 404, json!({ "message": "404 Not found", "code": "not_found" })),
        (ApiError::not_found_of("Project"), 404, json!({ "message": "404 Project Not Found", "code": "not_found" })),
        (ApiError::unknown_route(), 404, json!({ "error": "404 Not Found" })),
        (ApiError::method_not_allowed(), 405, json!({ "error": "405 Not Allowed" })),
        (
            ApiError::conflict("409 Conflict: Resource lock"),
            409,
            json!({ "message": "409 Conflict: Resource lock", "code": "conflict" }),
        ),
        (
            ApiError::field("x", ["is not assignable"]).with_status(StatusCode::UNPROCESSABLE_ENTITY).code("c"),
            422,
            json!({ "message": { "x": ["is not assignable"] }, "code": "c" }),
        ),
        (ApiError::internal(&"secret"), 500, json!({ "message": "500 Internal Server Error", "code": "internal" })),
    ];
    for (error, status, body) in cases {
        assert_eq!(read(error).await, (status, body));
    }
}

#[tokio::test]
async fn some_refusals_have_headers() {
    assert!(ApiError::unauthorized().into_response().headers().contains_key(WWW_AUTHENTICATE));
    assert_eq!(ApiError::too_many_requests(7, "too much").into_response().headers()[RETRY_AFTER], "7");
    assert_eq!(ApiError::unavailable(&"busy").into_response().headers()[RETRY_AFTER], "1");
}

#[tokio::test]
async fn successes_are_plain_json() {
    assert_eq!(read(Json(json!([1]))).await, (200, json!([1])));
    assert_eq!(read(Created(json!({ "id": 1 }))).await, (201, json!({ "id": 1 })));
    assert_eq!(read(Accepted("x")).await, (202, json!("x")));
    let empty = NoContent.into_response();
    assert_eq!((empty.status(), empty.headers().len()), (StatusCode::NO_CONTENT, 0));
    let unwritable = std::collections::HashMap::from([(vec![1], 1)]);
    assert_eq!(read(Json(unwritable)).await.0, 500);
}
