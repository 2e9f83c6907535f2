//! The layers around a router, and the whole transport under an OpenAPI router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::*;
use crate::params::Params;
use crate::path::{Id, Path, rewrite};
use crate::reply::{Created, Json, NoContent, method_not_allowed, unknown_route};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Tier {
    Production,
    Other,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct CreateEnvironment {
    name: String,
    external_url: Option<String>,
    tier: Option<Tier>,
}

/// Create an environment
#[utoipa::path(post, path = "/projects/{id}/environments", params(("id" = Id, Path)),
    request_body = CreateEnvironment, responses((status = 201, body = Value)))]
async fn create(
    State(prefix): State<&'static str>,
    Path(id): Path<Id>,
    Params(body): Params<CreateEnvironment>,
) -> Result<Created<Value>, ApiError> {
    if id == Id::Number(404) {
        return Err(ApiError::not_found_of("Project"));
    }
    Ok(Created(json!({ "project": format!("{prefix}{id}"), "name": body.name, "tier": body.tier })))
}

#[utoipa::path(get, path = "/projects/{id}/environments", params(("id" = Id, Path)), responses((status = 200)))]
async fn list(Path(id): Path<Id>) -> Json<String> {
    Json(id.to_string())
}

#[utoipa::path(delete, path = "/projects/{id}/environments/{environment_id}",
    params(("id" = Id, Path), ("environment_id" = i64, Path)), responses((status = 204)))]
async fn delete(Path((_id, _environment_id)): Path<(Id, i64)>) -> NoContent {
    NoContent
}

fn api() -> (Router, utoipa::openapi::OpenApi) {
    let v4 = OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(delete));
    let (router, document) = OpenApiRouter::new().nest("/api/v4", v4).split_for_parts();
    let router = router
        .route("/-/panic", get(async || -> NoContent { panic!("secret") }))
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed);
    (bounded(router).with_state("p:"), document)
}

async fn guarded(request: Request) -> Response {
    guard(request, |request| MapRequestLayer::new(rewrite).layer(api().0).oneshot(request)).await
}

async fn send(method: &str, uri: &str, body: &str) -> (u16, HeaderMap, Value) {
    let request = Request::builder().method(method).uri(uri).body(Body::from(body.to_owned())).unwrap();
    let response = guarded(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn an_endpoint_answers_in_every_way() {
    let created = json!({ "project": "p:g/p", "name": "x", "tier": "production" });
    let cases = [
        ("POST", "/api/v4/projects/g%2Fp/environments/", r#"{"name":"x","tier":"production"}"#, 201, created),
        ("POST", "/api/v4/projects/1/environments", "", 400, json!({ "error": "name is missing" })),
        (
            "POST",
            "/api/v4/projects/404/environments?name=x",
            "",
            404,
            json!({ "message": "404 Project Not Found", "code": "not_found" }),
        ),
        ("GET", "/api/v4/projects/1/environments", "", 200, json!("1")),
        ("HEAD", "/api/v4/projects/1/environments", "", 200, Value::Null),
        ("DELETE", "/api/v4/projects/1/environments/5", "", 204, Value::Null),
        ("DELETE", "/api/v4/projects/1/environments/x", "", 400, json!({ "error": "environment_id is invalid" })),
        ("GET", "/api/v4/projects", "", 404, json!({ "error": "404 Not Found" })),
        ("GET", "/elsewhere", "", 404, json!({ "error": "404 Not Found" })),
        ("PUT", "/api/v4/projects/1/environments", "", 405, json!({ "error": "405 Not Allowed" })),
        ("GET", "/-/panic", "", 500, json!({ "message": "500 Internal Server Error", "code": "internal" })),
    ];
    for (method, uri, body, status, expected) in cases {
        let (got, headers, value) = send(method, uri, body).await;
        assert_eq!((got, value), (status, expected), "{method} {uri}");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[REQUEST_ID].len(), 32);
        if status != 204 {
            assert_eq!(headers[CONTENT_TYPE], "application/json", "{method} {uri}");
            assert_eq!(headers[CACHE_CONTROL], "no-store");
        }
    }
    let (_, headers, _) = send("PUT", "/api/v4/projects/1/environments", "").await;
    assert!(headers[ALLOW].to_str().unwrap().contains("POST"));
}

#[test]
fn the_document_lists_the_same_routes() {
    let document = serde_json::to_value(api().1).unwrap();
    let path = &document["paths"]["/api/v4/projects/{id}/environments"];
    assert!(path["get"].is_object() && path["post"].is_object(), "{document}");
    assert_eq!(document["components"]["schemas"]["CreateEnvironment"]["required"], json!(["name"]));
}

#[tokio::test]
async fn a_harmless_request_id_is_echoed() {
    for (given, kept) in [("abc-1.2_3", true), ("", false), ("a b", false), ("a\"b", false), (&"a".repeat(129), false)]
    {
        let request = Request::get("/").header(REQUEST_ID, given).body(Body::empty()).unwrap();
        let response = guarded(request).await;
        assert_eq!(response.headers()[REQUEST_ID] == given, kept, "{given}");
    }
}

#[tokio::test]
async fn an_endless_handler_is_cut_short() {
    let router: Router = Router::new().route("/", get(async || std::future::pending::<NoContent>().await));
    let router = bounded_by(router, Duration::from_millis(10));
    let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}
