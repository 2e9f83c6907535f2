//! Section 3: a runner asks for a job.

use crate::site::{Running, YAML};
use countersign_tests::runner::{HandRunner, MOMENT};
use countersign_tests::wait::until;
use countersign_tests::{Body, Engine, Server, World, each_engine};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

each_engine!(
    a_job_calls_one_of_those_that_wait,
    who_goes_away_while_waiting_takes_no_job_along,
    a_paused_runner_gets_nothing_and_a_changed_one_at_once,
    requests_may_be_written_in_many_ways,
    no_job_is_handed_out_twice,
    a_blocked_job_is_not_handed_out,
    tags_choose_the_runner,
);

/// Long polls: a job that becomes ready is handed at once to one of the requests that wait, and to no other.
async fn a_job_calls_one_of_those_that_wait(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let (unit, lint) = (it.runner.take().await, it.runner.take().await);
    let mut waiting = FuturesUnordered::new();
    for _ in 0..5 {
        let runner = HandRunner::new(server, &it.world.runner().await);
        waiting.push(async move { runner.take_if_any(Duration::from_secs(8)).await });
    }
    // All of them wait before the next stage is ready.
    let first = tokio::time::timeout(Duration::from_secs(1), waiting.next()).await;
    assert!(first.is_err(), "nothing was ready");
    let begun = Instant::now();
    let (first, ()) = tokio::join!(waiting.next(), async {
        unit.succeed().await;
        lint.succeed().await;
    });
    let job = first.flatten().expect("the job of the next stage");
    assert_eq!(job.payload["job_info"]["name"], "ship");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(waiting.collect::<Vec<_>>().await.iter().all(Option::is_none), "one job, one runner");
}

/// Stopping a runner cancels its request: a job that comes after that goes to another.
async fn who_goes_away_while_waiting_takes_no_job_along(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let (unit, lint) = (it.runner.take().await, it.runner.take().await);
    for _ in 0..5 {
        let gone = HandRunner::new(server, &it.world.runner().await);
        assert!(gone.take_if_any(MOMENT).await.is_none());
    }
    unit.succeed().await;
    lint.succeed().await;
    assert_eq!(it.runner.take().await.payload["job_info"]["name"], "ship");
}

/// 403 is for tokens that are nobody's: a paused runner only gets nothing, and is called when it is paused no more.
async fn a_paused_runner_gets_nothing_and_a_changed_one_at_once(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let at = format!("/runners/{}", it.runner.verify().await.ok(200)["id"]);
    it.world.owner.put(&at, json!({"paused": true})).await.ok(200);
    let waits = it.runner.take_if_any(Duration::from_secs(20));
    let (job, ()) = tokio::join!(waits, async {
        tokio::time::sleep(MOMENT).await;
        it.world.owner.put(&at, json!({"paused": false})).await.ok(200);
    });
    assert_eq!(job.expect("a job").payload["job_info"]["name"], "unit");
    let waits = it.runner.request(Duration::from_secs(20));
    let _lint = it.runner.take().await;
    let (reply, ()) = tokio::join!(waits, async {
        tokio::time::sleep(MOMENT).await;
        it.world.owner.delete(&at).await.ok(204);
    });
    reply.expect("an answer").refused(403);
}

/// Sections 1 and 3: bodies with members that are unknown, null or absent, tokens in a header, and addresses ending in `?`.
async fn requests_may_be_written_in_many_ways(server: &'static Server) {
    let yaml = "variables: {GIT_STRATEGY: none}\njob: {script: [x], parallel: 4}\n";
    let it = Running::new(server, yaml).await;
    let token = &it.runner.token;
    let by_header = it.world.anonymous.with_header("RUNNER-TOKEN", token);
    for (client, path, body) in [
        (&it.world.anonymous, "/jobs/request?", json!({"token": token, "system_id": null, "info": null})),
        (
            &it.world.anonymous,
            "/jobs/request",
            json!({"token": token, "last_update": "x", "session": {"url": ""}, "new": 1}),
        ),
        (&by_header, "/jobs/request", json!(null)),
        (
            &by_header,
            "/jobs/request",
            json!({"info": {"features": {"new": true, "image": null}, "labels": {"a": "b"}}}),
        ),
    ] {
        let reply = client.post(path, body.clone()).await;
        assert_eq!(reply.header("content-type"), "application/json", "{body}");
        assert!(reply.ok(201)["id"].is_i64(), "{body}");
    }
    for body in ["{", "[]", "\"text\"", "{\"info\": 7}"] {
        by_header.post("/jobs/request", Body::Text("application/json", body.into())).await.refused(400);
    }
}

/// A server that ends sends home who waits.
#[tokio::test]
async fn a_server_that_ends_answers_who_waits() {
    let server: &'static Server = Box::leak(Box::new(Server::start(Engine::Sqlite).await));
    let world = World::new(server).await;
    let runner = HandRunner::new(server, &world.runner().await);
    let (reply, took) = tokio::join!(runner.request(Duration::from_secs(20)), async {
        tokio::time::sleep(MOMENT).await;
        server.end(Duration::from_secs(20)).await
    });
    assert_eq!(reply.expect("an answer").status, 204);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// On one engine only: the server holds the request for as long as it may, which takes its time.
#[tokio::test]
async fn nothing_to_do_is_204() {
    let world = World::new(countersign_tests::server::shared(Engine::Sqlite).await).await;
    let server = world.server;
    let runner = HandRunner::new(server, &world.runner().await);
    let reply = runner.request(Duration::from_secs(80)).await.expect("an answer before gitlab-runner gives up");
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
}

async fn no_job_is_handed_out_twice(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let other = HandRunner::new(server, &it.world.runner().await);
    let mut seen = Vec::new();
    let asks = [&it.runner, &other, &it.runner, &other].map(|runner| runner.take_if_any(Duration::from_secs(2)));
    for handed in futures_util::future::join_all(asks).await.into_iter().flatten() {
        seen.push((handed.id, handed.token));
    }
    seen.sort();
    let mut once = seen.clone();
    once.dedup_by_key(|(id, _)| *id);
    assert_eq!((once.len(), seen.len()), (2, 2), "{seen:?}");
    assert_ne!(seen[0].1, seen[1].1);
}

async fn a_blocked_job_is_not_handed_out(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployer = world.deployer.clone();
    let it = Running::of(world, &deployer, YAML).await;
    for _ in 0..2 {
        it.runner.take().await.succeed().await;
    }
    until("the deployment to be blocked", || async {
        let list = it.world.owner.get(&it.world.project.of("/deployments?status=blocked")).await.ok(200);
        (list.as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
    assert!(it.runner.take_if_any(MOMENT).await.is_none());
}

async fn tags_choose_the_runner(server: &'static Server) {
    let yaml = "variables: {GIT_STRATEGY: none}\nfree:\n  script: ['true']\ntagged:\n  script: ['true']\n  tags: [fast, linux]\n";
    let it = Running::new(server, yaml).await;
    let made = async |body: Value| -> HandRunner {
        let mut wanted = json!({"runner_type": "project_type", "project_id": it.world.project.id});
        if let (Some(wanted), Some(body)) = (wanted.as_object_mut(), body.as_object()) {
            wanted.extend(body.clone());
        }
        let made = it.world.owner.post("/user/runners", wanted).await.ok(201);
        HandRunner::new(server, made["token"].as_str().expect("a token"))
    };
    let picky = made(json!({"tag_list": ["fast", "linux", "large"], "run_untagged": false})).await;
    let paused = made(json!({"tag_list": ["fast", "linux"], "paused": true})).await;
    let half = made(json!({"tag_list": "fast", "run_untagged": false})).await;
    assert!(paused.take_if_any(MOMENT).await.is_none());
    assert!(half.take_if_any(MOMENT).await.is_none());
    assert_eq!(picky.take().await.payload["job_info"]["name"], "tagged");
    assert!(picky.take_if_any(MOMENT).await.is_none());
    assert_eq!(it.runner.take().await.payload["job_info"]["name"], "free");
}
