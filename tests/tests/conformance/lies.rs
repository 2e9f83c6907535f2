//! The runner that lies: what it says is refused, and nothing is lost.

use crate::site::{Running, YAML};
use countersign_tests::client::finish;
use countersign_tests::runner::{HandRunner, Handed, MOMENT};
use countersign_tests::{Body, Server, each_engine};
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

each_engine!(
    late_and_foreign_words_are_refused,
    states_out_of_order_are_harmless,
    floods_are_cut_off,
    tokens_of_others_open_nothing,
);

async fn late_and_foreign_words_are_refused(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let (unit, lint) = (it.runner.take().await, it.runner.take().await);
    unit.acknowledge().await;
    lint.acknowledge().await;
    let said = |id: i64, token: &str| {
        let mut other: Handed = unit.clone();
        (other.id, other.token) = (id, token.to_owned());
        other
    };
    let foreign = said(lint.id, &unit.token);
    for state in ["running", "success", "failed"] {
        assert_eq!(foreign.put(state, json!({})).await.status, 403, "{state}");
    }
    assert_eq!(foreign.trace(0, "not mine").await.status, 403);
    let none = said(unit.id, "glcbt-none");
    assert_eq!((none.put("success", json!({})).await.status, none.trace(0, "x").await.status), (403, 403));
    let missing = said(999_999_999, &unit.token);
    assert!([403, 404].contains(&missing.put("success", json!({})).await.status));
    assert_eq!(it.status(lint.id).await, "running");
    unit.put("success", json!({})).await.ok(200);
    for state in ["running", "failed"] {
        let reply = unit.put(state, json!({})).await;
        assert!(reply.status == 403 || reply.header("job-status") == "success", "{state}: {reply:?}");
    }
    assert_eq!(it.status(unit.id).await, "success");
    for body in [json!({"state": "odd"}), json!({"state": "pending"}), json!({}), json!({"state": 7})] {
        let reply = lint.client().put(&format!("/jobs/{}", lint.id), body.clone()).await;
        assert!(reply.status < 500, "{body}: {reply:?}");
    }
    let reply = lint
        .client()
        .send(Method::PUT, &format!("/jobs/{}", lint.id), Body::Text("application/json", "{".into()))
        .await;
    reply.refused(400);
    assert_eq!(it.status(lint.id).await, "running");
}

async fn states_out_of_order_are_harmless(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    // It ends before it was taken up: the word counts.
    let unit = it.runner.take().await;
    unit.put("success", json!({})).await.ok(200);
    for state in ["pending", "running", "failed", "success"] {
        let reply = unit.put(state, json!({"failure_reason": "script_failure", "exit_code": 1})).await;
        assert_eq!((reply.status, reply.header("job-status")), (403, "success"), "{state}");
    }
    assert_eq!(it.status(unit.id).await, "success");
    let lint = it.runner.take().await;
    lint.put("failed", json!({"failure_reason": "script_failure", "exit_code": 9_000_000_000_i64})).await.ok(200);
    let reply = lint.put("success", json!({})).await;
    assert_eq!((reply.status, reply.header("job-status")), (403, "failed"));
    assert_eq!(it.status(lint.id).await, "failed");
}

/// Bodies without an end are cut off where they become too long, and the job goes on as it was.
async fn floods_are_cut_off(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await.ok(200);
    assert_eq!(handed.trace(0, "kept\n").await.status, 202);
    let flood = |first: &'static [u8]| {
        let endless = futures_util::stream::repeat(vec![b'x'; 64 * 1024]).map(Ok::<_, std::io::Error>);
        let begin = futures_util::stream::once(async move { Ok(first.to_vec()) });
        reqwest::Body::wrap_stream(begin.chain(endless))
    };
    let path = format!("/jobs/{}", handed.id);
    let multipart = "multipart/form-data; boundary=b0";
    let head = b"--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    for (method, rest, kind, first) in [
        (Method::PATCH, "/trace", "text/plain", &b""[..]),
        (Method::PUT, "", "application/json", b"{\"state\": \""),
        (Method::POST, "/artifacts?artifact_type=dotenv", multipart, head),
    ] {
        let client = handed.client();
        let request = client.request(method.clone(), &format!("{path}{rest}")).header("Content-Range", "5-99");
        let request = request.header("Content-Type", kind).body(flood(first));
        let answer = tokio::time::timeout(Duration::from_secs(60), finish(request, rest.into())).await;
        match answer.expect("an end") {
            Ok(reply) => assert_eq!(reply.status, 413, "{method} {rest}: {reply:?}"),
            // The server hung up while we were still sending.
            Err(why) => assert!(!why.is_timeout(), "{method} {rest}: {why:?}"),
        }
    }
    assert_eq!((it.status(handed.id).await.as_str(), it.trace(handed.id).await.as_str()), ("running", "kept\n"));
    assert_eq!(server.files_below(&format!("artifacts/{}", it.world.project.id)), 0);
    handed.put("success", json!({})).await.ok(200);
}

/// A runner's token opens no job, a job's token no queue, and neither anything that people do.
async fn tokens_of_others_open_nothing(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await.ok(200);
    let mut other = handed.clone();
    for token in [it.runner.token.as_str(), it.world.owner.token.as_str(), "glcbt-x", "\u{0}"] {
        token.clone_into(&mut other.token);
        if token != "\u{0}" {
            assert_eq!(other.trace(0, "x").await.status, 403, "{token}");
            other.bring("", "file", b"x".to_vec()).await.refused(403);
        }
        let body = json!({"token": token, "state": "success"});
        let reply = it.world.anonymous.put(&format!("/jobs/{}", handed.id), body).await;
        assert!([403, 429].contains(&reply.status), "{token:?}: {reply:?}");
    }
    HandRunner::new(server, &handed.token).request(MOMENT).await.expect("an answer").refused(403);
    let as_person = it.world.anonymous.with_token(&it.runner.token);
    as_person.get(&it.world.project.at).await.refused(401);
    assert_eq!(it.status(handed.id).await, "running");
}
