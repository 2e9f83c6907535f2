//! Section 2: a runner shows its token.

use countersign_tests::runner::HandRunner;
use countersign_tests::{Body, Server, World, each_engine};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

each_engine!(
    verifying_a_runner,
    unknown_runners_are_refused,
    creating_runners,
    a_machine_is_given_up_and_a_runner_leaves,
    a_runner_takes_another_token,
    registration_tokens_are_refused_and_there_is_no_router,
);

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

/// Section 2.3: `unregister`, with a body on `DELETE`, delivered twice.
async fn a_machine_is_given_up_and_a_runner_leaves(server: &'static Server) {
    let world = World::new(server).await;
    let runner = HandRunner::new(server, &world.runner().await);
    let id = runner.verify().await.ok(200)["id"].clone();
    let machines = async || world.owner.get(&format!("/runners/{id}/managers")).await.ok(200);
    assert_eq!(machines().await.as_array().map(Vec::len), Some(1));
    let client = world.anonymous.with_header("RUNNER-TOKEN", &runner.token);
    let body = json!({"token": runner.token, "system_id": "s_000000000001"});
    for _ in 0..2 {
        let reply = client.send(Method::DELETE, "/runners/managers", body.clone()).await;
        assert_eq!((reply.status, reply.text.as_str()), (204, ""));
        assert_eq!(machines().await, json!([]));
    }
    client.send(Method::DELETE, "/runners/managers", json!({"token": runner.token})).await.refused(400);
    for token in ["", "glrt-unknown"] {
        let body = json!({"token": token, "system_id": "s_000000000001"});
        world.anonymous.send(Method::DELETE, "/runners/managers", body.clone()).await.refused(403);
        world.anonymous.send(Method::DELETE, "/runners", body).await.refused(403);
    }
    // The runner itself is as it was.
    runner.verify().await.ok(200);
    client.send(Method::DELETE, "/runners", json!({"token": runner.token})).await.ok(204);
    runner.verify().await.refused(403);
    world.owner.get(&format!("/runners/{id}")).await.refused(404);
    client.send(Method::DELETE, "/runners", json!({"token": runner.token})).await.refused(403);
}

/// Section 2.3: by the token, and by id with a person's token and the body `null`.
async fn a_runner_takes_another_token(server: &'static Server) {
    let world = World::new(server).await;
    let runner = HandRunner::new(server, &world.runner().await);
    let id = runner.verify().await.ok(200)["id"].clone();
    let at = "/runners/reset_authentication_token";
    let reply = world.anonymous.post(at, json!({"token": runner.token})).await;
    assert_eq!(reply.header("content-type"), "application/json");
    let fresh = reply.ok(201);
    assert!(fresh["token_expires_at"].is_null(), "{fresh}");
    world.anonymous.post(at, json!({"token": runner.token})).await.refused(403);
    runner.verify().await.refused(403);
    let again = HandRunner::new(server, fresh["token"].as_str().expect("a token"));
    again.verify().await.ok(200);
    let by_id = format!("/runners/{id}/reset_authentication_token");
    let fresh = world.maintainer.post(&by_id, Body::Text("application/json", "null".into())).await.ok(201);
    again.verify().await.refused(403);
    HandRunner::new(server, fresh["token"].as_str().expect("a token")).verify().await.ok(200);
    world.dev.post(&by_id, Body::Text("application/json", "null".into())).await.refused(403);
}

/// Sections 2.2 and 14: what there is not is refused so that runners say why, or go on without it.
async fn registration_tokens_are_refused_and_there_is_no_router(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({"token": "GR1348941registration", "description": "old", "run_untagged": true, "info": {}});
    let why = world.anonymous.with_header("RUNNER-TOKEN", "GR1348941registration").post("/runners", body).await;
    let why = why.refused(403);
    assert!(why["message"].as_str().is_some_and(|why| why.contains("/user/runners")), "{why}");
    let runner = HandRunner::new(server, &world.runner().await);
    let client = world.anonymous.with_header("RUNNER-TOKEN", &runner.token);
    client.get("/runners/router/discovery").await.refused(404);
}
