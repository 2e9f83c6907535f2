//! The story of the documents, clicked by five people: an operator, a tester, two of the security group, and a developer
//! who is refused; and by a maintainer who has protected production before.

use countersign_tests::chrome::Chrome;
use countersign_tests::compare::id;
use countersign_tests::runner::HandRunner;
use countersign_tests::{Browser, Engine, Person, Server, World};
use serde_json::json;
use std::time::Duration;

const PASSWORD: &str = "a password of my own";

/// Somebody who has a password and signs in by the form.
async fn at_their_desk(server: &'static Server, person: &Person) -> Chrome {
    drop(Browser::of(server, person).await);
    Chrome::signed_in(server, &person.username, PASSWORD).await
}

/// A maintainer protects production of the whole organization on the pages, as the documents have it: operators execute,
/// one tester and two of the security group approve.
async fn protect(server: &'static Server, world: &World) {
    let chrome = at_their_desk(server, &world.maintainer).await;
    chrome.visit(&format!("/groups/{}/-/settings/ci_cd", world.org.path)).await;
    chrome.wait_for("Nothing is protected yet").await;
    chrome.visit(&format!("/groups/{}/-/settings/ci_cd/protected_environments/new", world.org.path)).await;
    chrome.choose("Tier", "production").await;
    for (list, group) in [("deploy", &world.operators), ("rules", &world.qa), ("rules", &world.security)] {
        chrome.click(&format!("button[value=\"add {list} group:{}\"]", group.id)).await;
        chrome.find(&format!("input[name=\"{list}[][party]\"][value=\"group:{}\"]", group.id)).await;
    }
    let two = chrome.find("#rules-required-1").await;
    two.clear().await.expect("an empty field");
    two.send_keys("2").await.expect("a filled field");
    chrome.wait_for("2 remain for 2 approvals").await;
    chrome.press("Protect").await;
    chrome.wait_for("Protected: production.").await;
    let saved = world.owner.get(&world.org.of("/protected_environments/production")).await.ok(200);
    let rules: Vec<_> =
        saved["approval_rules"].as_array().expect("rules").iter().map(|rule| &rule["required_approvals"]).collect();
    assert_eq!(rules, [1, 2]);
    assert_eq!(saved["deploy_access_levels"][0]["group_id"], world.operators.id);
    assert_eq!(chrome.complaints().await, Vec::<String>::new());
    chrome.close().await;
}

/// How slow the line of a maintainer is who does not wait for it.
const SLOW: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_click_on_the_form_of_a_protection_is_lost_on_a_slow_line() {
    let server: &'static Server = countersign_tests::server::shared(Engine::Sqlite).await;
    let world = World::new(server).await;
    let chrome = at_their_desk(server, &world.maintainer).await;
    chrome.visit(&format!("/groups/{}/-/settings/ci_cd/protected_environments/new", world.org.path)).await;
    chrome.choose("Tier", "staging").await;
    let [operators, qa, security] =
        [&world.operators, &world.qa, &world.security].map(|group| format!("group:{}", group.id));
    for group in [&operators, &qa, &security] {
        chrome.click(&format!("button[value=\"add deploy {group}\"]")).await;
        chrome.find(&format!("input[name=\"deploy[][party]\"][value=\"{group}\"]")).await;
    }
    chrome.slow_down(SLOW).await;
    // Each is pressed before the one before it was answered; the second stands elsewhere by then.
    chrome.click(&format!("button[value=\"drop deploy 0 {operators}\"]")).await;
    chrome.click(&format!("button[value=\"drop deploy 1 {qa}\"]")).await;
    chrome.click(&format!("button[value=\"add rules {qa}\"]")).await;
    chrome.click(&format!("button[value=\"add rules {security}\"]")).await;
    chrome.press("Protect").await;
    chrome.wait_for("Protected: staging.").await;
    let saved = world.owner.get(&world.org.of("/protected_environments/staging")).await.ok(200);
    let groups = |list: &str| -> Vec<_> {
        saved[list].as_array().expect("a list").iter().map(|entry| entry["group_id"].clone()).collect()
    };
    assert_eq!(groups("deploy_access_levels"), [world.security.id]);
    assert_eq!(groups("approval_rules"), [world.qa.id, world.security.id]);
    assert_eq!(chrome.complaints().await, Vec::<String>::new());
    chrome.close().await;
}

/// The job of the documents.
const YAML: &str = "production:
  script:
    - 'echo \"Deploying to ${CI_ENVIRONMENT_NAME}\"'
  environment:
    name: ${CI_JOB_NAME}
";

/// The operator commits; the pipeline's deployment, which is blocked.
async fn ship(world: &World, title: &str) -> i64 {
    let file = |path: &str, content: &str| json!({"action": "create", "file_path": path, "content": content});
    let first = world.deployer.get(&world.project.of("/repository/files/.gitlab-ci.yml?ref=main")).await.status == 404;
    let mut actions = vec![file(&format!("{title}.md"), title)];
    actions.extend(first.then(|| file(".gitlab-ci.yml", YAML)));
    let commit = json!({"branch": "main", "commit_message": title, "actions": actions});
    world.deployer.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let blocked = world.owner.get(&world.project.of("/deployments?status=blocked")).await.ok(200);
    assert_eq!(blocked.as_array().map(Vec::len), Some(1), "{blocked}");
    id(&blocked[0])
}

async fn deployment_path(world: &World, deployment: i64) -> String {
    format!("/{}/-/deployments/{}", world.project.path, world.deployment(deployment).await["iid"])
}

/// Signs the one deployment that waits.
async fn approve(chrome: &Chrome, comment: &str) {
    chrome.visit("/").await;
    chrome.wait_for("1 deployment needs your signature").await;
    chrome.fill("Comment", comment).await;
    chrome.press("Approve").await;
    chrome.wait_for("You signed deployment").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_people_bring_one_deployment_to_production_and_refuse_another() {
    // A server of its own: nothing else waits for anybody.
    let server: &'static Server = Box::leak(Box::new(Server::start(Engine::Sqlite).await));
    let world = World::new(server).await;
    protect(server, &world).await;
    let runner = HandRunner::new(server, &world.runner().await);
    let first = ship(&world, "Ship it").await;
    let path = deployment_path(&world, first).await;

    let operator = at_their_desk(server, &world.deployer).await;
    operator.visit(&path).await;
    operator.wait_for("blocked").await;
    assert_eq!(operator.buttons("Approve").await, 0, "whoever started it does not sign it");
    assert!(runner.take_if_any(countersign_tests::runner::MOMENT).await.is_none(), "nothing runs yet");

    let developer = at_their_desk(server, &world.dev).await;
    developer.wait_for("Nothing waits for you").await;
    developer.visit(&path).await;
    developer.wait_for("not signed yet").await;
    assert_eq!(developer.buttons("Approve").await, 0, "no rule names developers");
    developer.close().await;

    let tester = at_their_desk(server, &world.qa1).await;
    approve(&tester, "Tested on staging").await;
    tester.close().await;
    let (one, other) = (at_their_desk(server, &world.sec1).await, at_their_desk(server, &world.sec2).await);
    approve(&one, "Read the diff").await;
    operator.visit(&path).await;
    operator.wait_for("Tested on staging").await;
    assert!(runner.take_if_any(countersign_tests::runner::MOMENT).await.is_none(), "one signature is missing");
    approve(&other, "Me too").await;

    let job = runner.take().await;
    operator.reload().await;
    operator.wait_for("running").await;
    job.succeed().await;
    operator.reload().await;
    operator.wait_for("success").await;
    operator.wait_for("It ended: success").await;

    let second = ship(&world, "Ship it again").await;
    other.visit(&deployment_path(&world, second).await).await;
    other.fill("Comment", "Not on a Friday").await;
    other.press("Reject").await;
    other.wait_for("You rejected deployment").await;
    one.visit("/").await;
    one.wait_for("Nothing waits for you").await;
    operator.visit(&deployment_path(&world, second).await).await;
    operator.wait_for("Not on a Friday").await;
    assert_eq!(world.status(second).await, "failed");
    assert!(runner.take_if_any(countersign_tests::runner::MOMENT).await.is_none(), "what was refused never runs");
    for chrome in [operator, one, other] {
        assert_eq!(chrome.complaints().await, Vec::<String>::new());
        chrome.close().await;
    }
}
