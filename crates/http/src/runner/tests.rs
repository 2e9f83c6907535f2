//! What runners may send, and how often they may err.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::api::tests::Server;
use crate::state::Bounds;
use axum::body::Body;
use axum::extract::ConnectInfo;
use countersign_app::{Failure, Tx};
use countersign_domain::token;
use countersign_store::runners::{self, NewRunner};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

const CALLS: [(&str, &str); 6] = [
    ("POST", "/api/v4/runners/verify"),
    ("POST", "/api/v4/jobs/request"),
    ("PUT", "/api/v4/jobs/1"),
    ("PATCH", "/api/v4/jobs/1/trace"),
    ("DELETE", "/api/v4/runners"),
    ("POST", "/api/v4/runners/reset_authentication_token"),
];

fn request((method, path): (&str, &str), body: impl Into<Body>) -> Request {
    let from = ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1)));
    Request::builder().method(method).uri(path).extension(from).body(body.into()).unwrap()
}

#[tokio::test]
async fn a_body_must_arrive_in_time() {
    let server = Server::new();
    let bounds = Bounds { arrival: Duration::from_millis(50), ..Bounds::default() };
    let router = routes().with_state(AppState(server.app, Arc::new(bounds)));
    for call in CALLS {
        let silence = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let answer = router.clone().oneshot(request(call, Body::from_stream(silence))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT, "{call:?}");
    }
}

#[tokio::test]
async fn only_a_piece_of_a_log_may_be_long() {
    let server = Server::new();
    let router = routes().with_state(AppState::new(server.app));
    for call in CALLS {
        let status = |length: usize| {
            let mut request = request(call, " ".repeat(length));
            request.headers_mut().insert("content-range", format!("0-{}", length - 1).parse().unwrap());
            let router = router.clone();
            async move { router.oneshot(request).await.unwrap().status() }
        };
        let limit = if call.0 == "PATCH" { PIECE_LIMIT } else { WORD_LIMIT };
        assert_eq!(status(limit).await, StatusCode::FORBIDDEN, "{call:?}");
        assert_eq!(status(limit + 1).await, StatusCode::PAYLOAD_TOO_LARGE, "{call:?}");
    }
}

#[tokio::test]
async fn tokens_that_are_nobodys_are_looked_at_only_so_often() {
    for call in CALLS {
        let server = Server::new();
        let router = routes().with_state(AppState::new(server.app));
        let mut seen = Vec::new();
        for n in 0..40 {
            let mut request = request(call, Body::empty());
            for name in ["runner-token", "job-token"] {
                request.headers_mut().insert(name, format!("glrt-guess-{n}").parse().unwrap());
            }
            seen.push(router.clone().oneshot(request).await.unwrap().status().as_u16());
        }
        assert_eq!(seen[..30], [403; 30], "{call:?}");
        assert!(seen.contains(&429), "{call:?}: {seen:?}");
    }
}

/// Whoever holds a token can take the runner away with it: the record says from where that was done.
#[tokio::test]
async fn what_a_runner_does_about_itself_is_recorded_with_its_address() {
    let server = Server::new();
    let add = |tx: &mut Tx<'_>| {
        let new = NewRunner {
            runner_type: "instance_type",
            group_id: None,
            project_id: None,
            token_hash: token::hash("glrt-own"),
            description: "",
            tags: &[],
            run_untagged: true,
            paused: false,
            locked: false,
            maximum_timeout: None,
            ref_protected: false,
            maintenance_note: None,
            created_by: None,
        };
        Ok::<_, Failure>(runners::insert(tx, &new, countersign_app::now())?)
    };
    server.app.store.housekeeping_blocking(add).unwrap();
    let router = routes().with_state(AppState::new(Arc::clone(&server.app)));
    let leave = request(("DELETE", "/api/v4/runners"), r#"{"token": "glrt-own"}"#);
    assert_eq!(router.oneshot(leave).await.unwrap().status(), StatusCode::NO_CONTENT);
    let sql = "SELECT address FROM audit_events WHERE code = 'runner.deleted'";
    let address = move |tx: &mut Tx<'_>| tx.query_one(sql, &[], |row| row.get::<Option<String>>(0));
    assert_eq!(server.app.store.read_blocking(address).unwrap().as_deref(), Some("192.0.2.1"));
}
