//! Tables of paths, and routing through the mended ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use serde_json::{Value, json};
use tower::util::MapRequestLayer;
use tower::{Layer, ServiceExt};

use super::*;
use crate::reply::{ApiError, Json};

#[test]
fn paths_of_protected_environments_are_escaped() {
    let cases = [
        ("/projects/grp/sub.x/p/protected_environments", "/projects/grp%2Fsub.x%2Fp/protected_environments"),
        ("/projects/g/p/protected_environments/prod/eu", "/projects/g%2Fp/protected_environments/prod%2Feu"),
        ("/projects/g/p/protected_environments/prod%2Feu", "/projects/g%2Fp/protected_environments/prod%2Feu"),
        ("/projects/g%2Fp/protected_environments/prod/eu/", "/projects/g%2Fp/protected_environments/prod%2Feu"),
        ("/projects/g%2fs%2Ex/protected_environments/a%20b", "/projects/g%2fs%2Ex/protected_environments/a%20b"),
        ("/projects/5/protected_environments/prod/eu", "/projects/5/protected_environments/prod%2Feu"),
        ("/projects/5/protected_environments/", "/projects/5/protected_environments"),
        ("/projects/5/protected_environments", "/projects/5/protected_environments"),
        (
            "/projects/5/protected_environments/protected_environments/x",
            "/projects/5/protected_environments/protected_environments%2Fx",
        ),
        ("/projects/g/protected_environments/x", "/projects/g/protected_environments/x"),
        (
            "/projects/g/protected_environments/protected_environments/x",
            "/projects/g%2Fprotected_environments/protected_environments/x",
        ),
        (
            "/projects/5/environments/1/protected_environments/a/b",
            "/projects/5/environments/1/protected_environments/a/b",
        ),
        ("/groups/a/b/protected_environments/production", "/groups/a%2Fb/protected_environments/production"),
        ("/groups/a/protected_environments/x/y", "/groups/a/protected_environments/x%2Fy"),
        ("/groups/7/protected_environments/production", "/groups/7/protected_environments/production"),
        ("/projects/g/p/environments/1", "/projects/g/p/environments/1"),
        ("/projects/", "/projects"),
        ("/projects//", "/projects/"),
        ("/protected_environments", "/protected_environments"),
        ("/projects/protected_environments", "/projects/protected_environments"),
    ];
    for (given, expected) in cases {
        assert_eq!(normalize(given), expected, "{given}");
        assert_eq!(normalize(&format!("/api/v4{given}")), format!("/api/v4{expected}"), "{given}");
    }
    for path in ["/", ""] {
        assert_eq!(normalize(path), path);
    }
}

#[test]
fn ids_are_numbers_or_paths() {
    for text in ["g/p", "name", "-5", "+5", "99999999999999999999", "", "5x"] {
        assert_eq!(Id::from(text), Id::Path(text.to_owned()));
    }
    assert_eq!(Id::from("5"), Id::Number(5));
    assert_eq!(Id::from("g/p").to_string(), "g/p");
}

/// The status and body of a GET through the rewriting layer.
async fn fetch(path: &str) -> (u16, Value) {
    let shown = async |Path((id, name)): Path<(Id, String)>| Json(json!([id.to_string(), name]));
    let file = async |Path((id, job, name)): Path<(Id, String, String)>| Json(json!([id.to_string(), job, name]));
    let router: Router = Router::new()
        .route("/api/v4/projects/{id}/protected_environments/{name}", get(shown))
        .route("/api/v4/projects/{id}/jobs/{job}/artifacts/{name}", get(file))
        .route("/api/v4/projects/{id}/jobs/artifacts/{job}/raw/{name}", get(file))
        .route("/api/v4/environments/{environment_id}", get(async |Path(id): Path<i64>| Json(id)))
        .route(
            "/api/v4/projects/{id}/jobs/{job_id}",
            get(async |Path((_, job)): Path<(Id, i64)>| Ok::<_, ApiError>(Json(job))),
        );
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let response = MapRequestLayer::new(rewrite).layer(router).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn mended_paths_reach_their_routes_decoded() {
    let base = "/api/v4/projects";
    let cases = [
        ("grp/sub.x/p/protected_environments/prod/eu", json!(["grp/sub.x/p", "prod/eu"])),
        ("grp%2Fsub%2Ex%2Fp/protected_environments/prod%2Feu%20west", json!(["grp/sub.x/p", "prod/eu west"])),
        ("5/protected_environments/%2E%2e/?search=a/b", json!(["5", ".."])),
        ("5/protected_environments/100%25", json!(["5", "100%"])),
        ("g%2Fp/jobs/7/artifacts/a/b%20c/d.txt", json!(["g/p", "7", "a/b c/d.txt"])),
        ("5/jobs/7/artifacts/a.txt", json!(["5", "7", "a.txt"])),
        ("5/jobs/artifacts/main/raw/a/../b", json!(["5", "main", "a/../b"])),
    ];
    for (path, expected) in cases {
        assert_eq!(fetch(&format!("{base}/{path}")).await, (200, expected), "{path}");
    }
}

#[tokio::test]
async fn parts_that_do_not_fit_are_named() {
    let cases = [
        ("/api/v4/environments/x", json!({ "error": "environment_id is invalid" })),
        ("/api/v4/environments/%ff", json!({ "error": "environment_id is invalid" })),
        ("/api/v4/environments/%00", json!({ "error": "environment_id is invalid" })),
        ("/api/v4/projects/5/jobs/x", json!({ "error": "job_id is invalid" })),
        ("/api/v4/projects/a%00b/jobs/5", json!({ "error": "id is invalid" })),
        ("/api/v4/projects/%ff/jobs/5", json!({ "error": "id is invalid" })),
    ];
    for (path, expected) in cases {
        assert_eq!(fetch(path).await, (400, expected), "{path}");
    }
}
