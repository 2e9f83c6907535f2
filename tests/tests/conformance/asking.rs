//! Section 3: a runner asks for a job.

use crate::site::{Running, YAML};
use countersign_tests::runner::{HandRunner, MOMENT};
use countersign_tests::wait::until;
use countersign_tests::{Engine, Server, World, each_engine};
use serde_json::{Value, json};
use std::time::Duration;

each_engine!(no_job_is_handed_out_twice, a_blocked_job_is_not_handed_out, tags_choose_the_runner);

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
