//! Sections 6 and 7: a runner reports on its job.

use crate::site::{Running, YAML};
use countersign_tests::client::finish;
use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::MOMENT;
use countersign_tests::wait::until;
use countersign_tests::{Body, Server, each_engine};
use reqwest::Method;
use serde_json::json;

each_engine!(
    the_life_of_a_job,
    statuses_are_exact,
    a_late_acknowledgement_is_refused,
    failing_with_a_reason,
    any_reason_is_taken,
    duplicate_deliveries_change_nothing,
);

async fn the_life_of_a_job(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    assert_eq!(it.status(handed.id).await, "running");
    let reply = handed.acknowledge().await;
    assert_eq!((reply.status, reply.header("job-status")), (200, "running"));
    let interval = reply.header("x-gitlab-trace-update-interval");
    assert!(interval.is_empty() || interval.parse::<u32>().is_ok(), "{interval}");
    assert_eq!(handed.trace(0, "hello\n").await.status, 202);
    let reply = handed.put("success", json!({"checksum": "crc32:363a3020", "output": {"bytesize": 6}})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let job = it.job(handed.id).await;
    assert_shows(&job, &json!({"status": "success", "name": "unit", "stage": "test", "user": {"id": it.world.dev.id}}));
    assert!(job["started_at"].is_string() && job["finished_at"].is_string() && job["duration"].is_number(), "{job}");
    assert!(job.get("failure_reason").is_none(), "{job}");
    assert_eq!(it.trace(handed.id).await, "hello\n");
    assert_eq!(it.runner.take().await.payload["job_info"]["name"], "lint");
}

async fn failing_with_a_reason(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let unit = it.runner.take().await;
    unit.acknowledge().await;
    unit.put("failed", json!({"failure_reason": "script_failure", "exit_code": 3})).await.ok(200);
    assert_shows(&it.job(unit.id).await, &json!({"status": "failed", "failure_reason": "script_failure"}));
    let lint = it.runner.take().await;
    lint.acknowledge().await;
    lint.put("failed", json!({"failure_reason": "deployment_rejected"})).await.ok(200);
    assert_shows(&it.job(lint.id).await, &json!({"status": "failed", "failure_reason": "unknown_failure"}));
    let pipeline = it.world.owner.get(&it.world.project.of(&format!("/pipelines/{}", it.pipeline))).await.ok(200);
    assert_eq!(pipeline["status"], "failed");
    assert!(it.runner.take_if_any(MOMENT).await.is_none());
    let retried = it.world.dev.post(&it.world.project.of(&format!("/jobs/{}/retry", unit.id)), json!({})).await.ok(201);
    let again = it.runner.take().await;
    assert_eq!(again.id, id(&retried));
    assert_ne!(again.token, unit.token);
    again.succeed().await;
    it.world.dev.post(&it.world.project.of(&format!("/jobs/{}/retry", unit.id)), json!({})).await.refused(403);
}

async fn duplicate_deliveries_change_nothing(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    for _ in 0..3 {
        assert_eq!(handed.acknowledge().await.status, 200);
    }
    assert_eq!(handed.trace(0, "once\n").await.status, 202);
    assert_eq!(handed.trace(0, "once\n").await.status, 416);
    handed.put("success", json!({})).await.ok(200);
    let job = it.job(handed.id).await;
    for _ in 0..3 {
        let reply = handed.put("success", json!({})).await;
        assert!([200, 403].contains(&reply.status), "{reply:?}");
    }
    assert_eq!(it.job(handed.id).await, job);
    assert_eq!(it.trace(handed.id).await, "once\n");
}

/// Sections 7, 8 and 13: 200 and 202, nothing else; each reply says where the job stands.
async fn statuses_are_exact(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    let keep_alive = json!({"checksum": "crc32:00000000", "output": {"checksum": "crc32:00000000", "bytesize": 99}});
    for more in [json!({}), keep_alive.clone(), json!({"output": null, "info": null}), keep_alive] {
        let reply = handed.put("running", more).await;
        assert_eq!((reply.status, reply.header("job-status")), (200, "running"), "{reply:?}");
    }
    let path = format!("/jobs/{}", handed.id);
    for body in ["null", ""] {
        let reply = handed.client().put(&path, Body::Text("application/json", body.into())).await;
        assert_eq!((reply.status, reply.header("job-status")), (200, "running"), "{body:?}");
    }
    let reply = handed.trace(0, "one\n").await;
    assert_eq!((reply.status, reply.header("job-status"), reply.header("range")), (202, "running", "0-4"));
    let reply = handed.trace(0, "one\n").await;
    assert_eq!((reply.status, reply.header("job-status"), reply.header("range")), (416, "running", "0-4"));
    // Bodies of a length that is not known before.
    let request = handed.client().request(Method::PATCH, &format!("{path}/trace?debug_trace=false"));
    let pieces = ["two", "\n"].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let request = request.header("Content-Range", "4-7").header("Content-Type", "text/plain").body(body);
    assert_eq!(finish(request, "chunks".into()).await.expect("an answer").status, 202);
    let reply = handed.put("success", json!({"output": {"bytesize": 8}})).await;
    assert_eq!((reply.status, reply.header("job-status")), (200, "success"), "{reply:?}");
    assert_eq!(it.trace(handed.id).await, "one\ntwo\n");
}

/// Sections 3 and 13: a job that was not taken up goes back into the queue, and the first runner hears that it has lost it.
async fn a_late_acknowledgement_is_refused(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let late = it.runner.take().await;
    let sql = format!("UPDATE jobs SET started_at = started_at - 120000 WHERE id = {}", late.id);
    tokio::task::block_in_place(|| server.meddle(&sql));
    until("the job to wait again", || async { (it.status(late.id).await == "pending").then_some(()) }).await;
    for state in ["running", "success", "failed"] {
        assert_eq!(late.put(state, json!({})).await.status, 403, "{state}");
    }
    assert_eq!(late.trace(0, "late\n").await.status, 403);
    let again = it.runner.take().await;
    assert_eq!(again.id, late.id);
    assert_ne!(again.token, late.token);
    assert_eq!(late.acknowledge().await.status, 403);
    again.succeed().await;
    assert_eq!(it.trace(again.id).await, "");
}

/// Section 7: some reasons come unmapped, and newer runners have more of them.
async fn any_reason_is_taken(server: &'static Server) {
    let yaml = "variables: {GIT_STRATEGY: none}\njob: {script: [x], parallel: 7}\n";
    let it = Running::new(server, yaml).await;
    for (said, shown) in [
        ("job_canceled", "job_canceled"),
        ("runner_interrupted", "runner_interrupted"),
        ("job_execution_timeout", "job_execution_timeout"),
        ("a_reason_of_tomorrow", "unknown_failure"),
        ("", "unknown_failure"),
        ("protected_environment_failure", "unknown_failure"),
        ("\u{1F4A5}", "unknown_failure"),
    ] {
        let handed = it.runner.take().await;
        handed.acknowledge().await.ok(200);
        handed.put("failed", json!({"failure_reason": said})).await.ok(200);
        assert_shows(&it.job(handed.id).await, &json!({"status": "failed", "failure_reason": shown}));
    }
}
