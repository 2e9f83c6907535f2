//! Section 2: a runner shows its token.

use countersign_tests::runner::HandRunner;
use countersign_tests::{Server, World, each_engine};
use serde_json::{Value, json};
use std::time::Duration;

each_engine!(verifying_a_runner, unknown_runners_are_refused, creating_runners);

async fn verifying_a_runner(server: &'static Server) {
    let world = World::new(server).await;
    let runner = HandRunner::new(server, &world.runner().await);
    assert!(runner.token.starts_with("glrt-"), "{}", runner.token);
    let reply = runner.verify().await;
    assert_eq!(reply.header("content-type"), "application/json");
    let verified = reply.ok(200);
    assert!(verified["id"].as_i64().is_some_and(|id| id > 0), "{verified}");
    assert_eq!((&verified["token"], &verified["token_expires_at"]), (&json!(runner.token), &Value::Null));
    assert_eq!(runner.verify().await.ok(200), verified);
    // A body alone is enough, as are few words about oneself.
    let short = world.anonymous.post("/runners/verify", json!({"token": runner.token})).await.ok(200);
    assert_eq!(short["id"], verified["id"]);
}

async fn unknown_runners_are_refused(server: &'static Server) {
    let world = World::new(server).await;
    for token in ["glrt-unknown", "", "nonsense", world.dev.token.as_str()] {
        let runner = HandRunner::new(server, token);
        runner.verify().await.refused(403);
        runner.request(Duration::from_secs(10)).await.expect("an answer").refused(403);
    }
    for body in [json!({}), json!({"token": null}), json!({"token": 5}), json!([])] {
        for path in ["/runners/verify", "/jobs/request"] {
            let reply = world.anonymous.post(path, body.clone()).await;
            assert!([400, 403].contains(&reply.status), "{path} {body}: {reply:?}");
        }
    }
}

async fn creating_runners(server: &'static Server) {
    let world = World::new(server).await;
    let project = json!({"runner_type": "project_type", "project_id": world.project.id});
    let group = json!({"runner_type": "group_type", "group_id": world.org.id});
    world.dev.post("/user/runners", project.clone()).await.refused(403);
    world.maintainer.post("/user/runners", project.clone()).await.ok(201);
    world.maintainer.post("/user/runners", group.clone()).await.refused(403);
    let made = world.owner.post("/user/runners", group).await.ok(201);
    assert!(made["id"].is_i64() && made["token_expires_at"].is_null(), "{made}");
    world.owner.post("/user/runners", json!({"runner_type": "instance_type"})).await.refused(403);
    world.outsider.post("/user/runners", project).await.refused(404);
    for body in [
        json!({}),
        json!({"runner_type": "project_type"}),
        json!({"runner_type": "odd"}),
        json!({"runner_type": "group_type"}),
    ] {
        world.root.post("/user/runners", body).await.refused(400);
    }
}
