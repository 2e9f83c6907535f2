//! Section 9: a job is to end before it has.

use crate::site::{Running, YAML};
use countersign_tests::client::finish;
use countersign_tests::runner::MOMENT;
use countersign_tests::{Server, each_engine};
use reqwest::Method;
use serde_json::json;

each_engine!(canceling_reaches_the_runner, a_runner_without_grace_is_cut_off, deleting_a_project_stops_what_runs,);

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

/// Sections 4 and 9: a runner that does not know `canceling` hears `canceled` with its next word, and that is the end.
async fn a_runner_without_grace_is_cut_off(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let world = &it.world;
    let plain = json!({"token": it.runner.token, "system_id": "s_plain0000000", "info": {"features": {}}});
    let told = world.anonymous.post("/jobs/request", plain).await.ok(201);
    let (job, token) = (&told["id"], told["token"].as_str().expect("a token"));
    let client = world.anonymous.with_header("JOB-TOKEN", token);
    client.put(&format!("/jobs/{job}"), json!({"state": "running"})).await.ok(200);
    let canceled = world.dev.post(&world.project.of(&format!("/jobs/{job}/cancel")), json!({})).await.ok(201);
    assert_eq!(canceled["status"], "canceled");
    for state in ["running", "failed", "success"] {
        let reply = client.put(&format!("/jobs/{job}"), json!({"state": state})).await;
        assert_eq!((reply.status, reply.header("job-status")), (403, "canceled"), "{state}");
    }
    // The tail of the log is still taken; the status says that it is over.
    let request = client.request(Method::PATCH, &format!("/jobs/{job}/trace")).header("Content-Range", "0-3");
    let reply = finish(request.body("end\n"), "tail".into()).await.expect("an answer");
    assert_eq!((reply.status, reply.header("job-status")), (202, "canceled"));
    assert_eq!(it.trace(job.as_i64().expect("an id")).await, "end\n");
}
