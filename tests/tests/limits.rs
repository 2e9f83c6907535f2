//! What the server lets one client do, and what it says to one that does more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::{Server, World, each_engine, raw};
use serde_json::json;

each_engine!(guessing_tokens_is_slowed_down);

/// Alone in its file: what one test fails at counts against all that share the address and the server.
async fn guessing_tokens_is_slowed_down(server: &'static Server) {
    let world = World::new(server).await;
    let runner = world.runner().await;
    let show_runner = async |token: &str| world.anonymous.post("/runners/verify", json!({"token": token})).await;
    world.dev.get("/user").await.ok(200);
    show_runner(&runner).await.ok(200);
    let mut statuses = Vec::new();
    for n in 0..60 {
        statuses.push(world.anonymous.with_token(&format!("glpat-guess-{n}")).get("/user").await.status);
    }
    assert_eq!(statuses[..30], [401; 30], "a few failures are nobody's business");
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(refused > 0, "{statuses:?}");

    // Wherever a secret can be shown, the answer is the same.
    let refused_by_rest = async || {
        let reply = world.anonymous.with_token("glpat-one-more").get("/projects").await;
        (reply.status == 429).then_some(reply)
    };
    let reply = countersign_tests::wait::until("a refusal", refused_by_rest).await;
    assert_eq!(reply.refused(429)["code"], "rate.failed_authentications");
    assert!(reply.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1), "{reply:?}");
    assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("ratelimit")), "{reply:?}");
    let refused_by_git = async || {
        let line = format!("GET /{}.git/info/refs?service=git-upload-pack", world.project.path);
        // "git:guess"
        let reply = raw::send(server, &line, &["Authorization: Basic Z2l0Omd1ZXNz"], b"").await;
        (reply.status == 429).then_some(reply)
    };
    let reply = countersign_tests::wait::until("a refusal by git", refused_by_git).await;
    assert!(reply.head.to_lowercase().contains("retry-after: "), "{reply:?}");
    let refused_by_runners = async || (show_runner("glrt-guess").await.status == 429).then_some(());
    countersign_tests::wait::until("a refusal of a runner", refused_by_runners).await;

    let trigger = world.project.of("/trigger/pipeline");
    let refused_by_triggers = async || {
        let body = json!({"ref": "main", "token": "glptt-guess"});
        (world.anonymous.post(&trigger, body).await.status == 429).then_some(())
    };
    countersign_tests::wait::until("a refusal of a trigger", refused_by_triggers).await;

    // Whoever is known goes on.
    for _ in 0..5 {
        world.dev.get("/user").await.ok(200);
        show_runner(&runner).await.ok(200);
    }
}
