//! Section 9: a job is to end before it has.

use crate::site::{Running, YAML};
use countersign_tests::runner::MOMENT;
use countersign_tests::{Server, each_engine};
use serde_json::json;

each_engine!(canceling_reaches_the_runner, deleting_a_project_stops_what_runs);

async fn canceling_reaches_the_runner(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let world = &it.world;
    let handed = it.runner.take().await;
    handed.acknowledge().await;
    let canceled = world.dev.post(&world.project.of(&format!("/jobs/{}/cancel", handed.id)), json!({})).await.ok(201);
    assert_eq!(canceled["status"], "canceling");
    let reply = handed.trace(0, "still here\n").await;
    assert_eq!((reply.status, reply.header("job-status")), (202, "canceling"));
    assert_eq!(handed.acknowledge().await.header("job-status"), "canceling");
    // Whatever the runner makes of it, the job was canceled.
    handed.put("success", json!({})).await.ok(200);
    assert_eq!(it.status(handed.id).await, "canceled");
    // Canceled before it was taken up: the runner is told with its first word.
    let lint = it.runner.take().await;
    world.dev.post(&world.project.of(&format!("/jobs/{}/cancel", lint.id)), json!({})).await.ok(201);
    let reply = lint.acknowledge().await;
    assert!(["canceling", "canceled"].contains(&reply.header("job-status")), "{reply:?}");
    lint.put("failed", json!({"failure_reason": "job_canceled"})).await;
    assert_eq!(it.status(lint.id).await, "canceled");
}

async fn deleting_a_project_stops_what_runs(server: &'static Server) {
    let running = Running::new(server, YAML).await;
    let world = &running.world;
    let handed = running.runner.take().await;
    handed.succeed().await;
    let other = running.runner.take().await;
    other.acknowledge().await.ok(200);
    assert_eq!(other.trace(0, "one\n").await.status, 202);
    let logs = server.data_dir().join("traces").join(world.project.id.to_string());
    assert!(logs.exists());
    world.owner.delete(&world.project.at).await.ok(202);
    for state in ["running", "failed", "success"] {
        other.put(state, json!({})).await.refused(403);
    }
    assert_eq!(other.trace(4, "two\n").await.status, 403);
    other.get(&world.project.at).await.refused(401);
    // The runner of the project went with it, and so did the logs.
    running.runner.request(MOMENT).await.unwrap().refused(403);
    assert!(!logs.exists());
}
