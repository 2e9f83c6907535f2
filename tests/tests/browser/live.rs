//! Open pages follow what happens, without being loaded again and without losing what is being typed.

use countersign_tests::chrome::Chrome;
use countersign_tests::runner::HandRunner;
use countersign_tests::world::level;
use countersign_tests::{Browser, Engine, Person, Server, World};
use serde_json::json;
use std::time::Duration;

/// How long it takes to look again: longer than a page that changed waits before it takes a decision.
const LOOKED_AGAIN: Duration = Duration::from_secs(2);

/// Somebody of the security group in front of their browser. The page is marked, so that loading it again would show.
async fn watching(world: &World, path: &str) -> Chrome {
    let person = world.person("watcher").await;
    world.join(&world.security, &person, level::DEVELOPER).await;
    world.join(&world.org, &person, level::REPORTER).await;
    drop(Browser::of(world.server, &person).await);
    let chrome = Chrome::signed_in(world.server, &person.username, "a password of my own").await;
    chrome.visit(path).await;
    chrome.eval("window.sameAsBefore = true", json!([])).await;
    chrome
}

async fn still_the_same(chrome: Chrome) {
    assert_eq!(chrome.eval("return window.sameAsBefore", json!([])).await, json!(true), "the page was loaded again");
    assert_eq!(chrome.complaints().await, Vec::<String>::new());
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_follows_a_vote_of_somebody_else_and_keeps_what_is_being_typed() {
    let server: &'static Server = countersign_tests::server::shared(Engine::Sqlite).await;
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let iid = &world.deployment(deployment).await["iid"];
    let chrome = watching(&world, &format!("/{}/-/deployments/{iid}", world.project.path)).await;
    chrome.fill("Comment", "Half a sentence").await;
    let vote = json!({"status": "approved", "comment": "Tested it on staging"});
    world.qa1.post(&world.project.of(&format!("/deployments/{deployment}/approval")), vote).await.ok(201);
    chrome.wait_for("Tested it on staging").await;
    let typed = chrome.eval("return document.querySelector('textarea[name=comment]').value", json!([])).await;
    assert_eq!(typed, "Half a sentence");
    // What changed under the pointer is not decided by the click that was on its way.
    chrome.press("Approve").await;
    assert_eq!(world.deployment(deployment).await["approvals"].as_array().map(Vec::len), Some(1));
    tokio::time::sleep(LOOKED_AGAIN).await;
    // The form is that of the new state: it is not refused as out of date.
    chrome.press("Approve").await;
    chrome.wait_for("You signed deployment").await;
    assert_eq!(world.deployment(deployment).await["approvals"].as_array().map(Vec::len), Some(2));
    assert_eq!(chrome.complaints().await, Vec::<String>::new());
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_streams_into_the_page_of_its_job() {
    // A server of its own: its runner takes the one job there is.
    let server: &'static Server = Box::leak(Box::new(Server::start(Engine::Sqlite).await));
    let world = World::new(server).await;
    let file = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": "build:\n  script: [make]\n"});
    let commit = json!({"branch": "main", "commit_message": "Build", "actions": [file]});
    world.dev.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let job = HandRunner::new(server, &world.runner().await).take().await;
    job.acknowledge().await;
    let chrome = watching(&world, &format!("/{}/-/jobs/{}", world.project.path, job.id)).await;
    let mut sent = 0;
    for line in ["\u{1b}[32mcompiling\u{1b}[0m the first\n", "<b>linking</b> the second\n", "done with the third\n"] {
        assert_eq!(job.trace(sent, line).await.status, 202);
        sent += line.len();
        let shown = line.split_once(" the ").map(|(_, rest)| format!("the {}", rest.trim_end())).expect("a line");
        chrome.wait_for(&shown).await;
    }
    chrome.wait_for("<b>linking</b>").await;
    job.succeed().await;
    chrome.wait_for("success").await;
    still_the_same(chrome).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_begins_later_streams_into_the_page_of_its_deployment() {
    // A server of its own: its runner takes the one job there is.
    let server: &'static Server = Box::leak(Box::new(Server::start(Engine::Sqlite).await));
    let world = World::new(server).await;
    let content = "deploy:\n  script: [ship]\n  environment: staging\n";
    let file = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": content});
    let commit = json!({"branch": "main", "commit_message": "Ship", "actions": [file]});
    world.dev.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let made = world.owner.get(&world.project.of("/deployments")).await.ok(200);
    let chrome = watching(&world, &format!("/{}/-/deployments/{}", world.project.path, made[0]["iid"])).await;
    chrome.wait_for("created").await;
    let job = HandRunner::new(server, &world.runner().await).take().await;
    job.acknowledge().await;
    chrome.wait_for("running").await;
    let mut sent = 0;
    for line in ["the first line\n", "the second line\n"] {
        assert_eq!(job.trace(sent, line).await.status, 202);
        sent += line.len();
        chrome.wait_for(line.trim_end()).await;
    }
    job.succeed().await;
    chrome.wait_for("It ended: success").await;
    let text = chrome.text().await;
    assert!(text.contains("the first line") && text.contains("the second line"), "{text}");
    still_the_same(chrome).await;
}

/// Uses up what the server gives to one address whenever the page fetches itself, until it is refused once.
const CROWD: &str = "
    const real = window.fetch;
    window.refused = false;
    window.fetch = async (...asked) => {
      for (;;) {
        while (!window.refused && (await real(document.scripts[0].src, { cache: 'no-store' })).status !== 429);
        const reply = await real(...asked);
        if (window.refused || reply.status === 429) {
          window.refused = true;
          return reply;
        }
      }
    };
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_refused_for_now_is_brought_up_to_date_later() {
    let server: &'static Server = Box::leak(Box::new(Server::start(Engine::Sqlite).await));
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let path = format!("/{}/-/deployments/{}", world.project.path, world.deployment(deployment).await["iid"]);
    let chrome = watching(&world, "/").await;
    server.restart_with(&["--requests-per-second", "20"]).await;
    chrome.visit(&path).await;
    let vote = async |by: &Person, comment: &str| {
        let vote = json!({"status": "approved", "comment": comment});
        by.post(&world.project.of(&format!("/deployments/{deployment}/approval")), vote).await.ok(201);
    };
    vote(&world.qa1, "Tested it on staging").await;
    chrome.wait_for("Tested it on staging").await;
    chrome.eval(CROWD, json!([])).await;
    vote(&world.sec1, "Read the diff").await;
    chrome.wait_for("Read the diff").await;
    assert_eq!(chrome.eval("return window.refused", json!([])).await, json!(true));
    assert!(!chrome.text().await.contains("This page is out of date"));
    chrome.close().await;
}
