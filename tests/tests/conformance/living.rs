//! Sections 6 and 7: a runner reports on its job.

use crate::site::{Running, YAML};
use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::MOMENT;
use countersign_tests::{Server, each_engine};
use serde_json::json;

each_engine!(the_life_of_a_job, failing_with_a_reason, duplicate_deliveries_change_nothing);

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
