//! The runner that lies: what it says is refused, and nothing is lost.

use crate::site::{Running, YAML};
use countersign_tests::runner::Handed;
use countersign_tests::{Body, Server, each_engine};
use reqwest::Method;
use serde_json::json;

each_engine!(late_and_foreign_words_are_refused);

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
