//! Everything works in a browser that runs no scripts.

use countersign_tests::chrome::Chrome;
use countersign_tests::world::level;
use countersign_tests::{Browser, Server, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_decides_without_scripts() {
    let server: &'static Server = countersign_tests::server::shared(countersign_tests::Engine::Sqlite).await;
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let person = world.person("plain").await;
    world.join(&world.security, &person, level::DEVELOPER).await;
    drop(Browser::of(server, &person).await);
    let deployment = world.blocked(&world.deployer, "production").await;

    let chrome = Chrome::open(server).await;
    chrome.without_scripts().await;
    chrome.visit("/users/sign_in").await;
    let ran = chrome.eval("return document.querySelectorAll('time[title]').length", json!([])).await;
    chrome.fill("Username or e-mail", &person.username).await;
    chrome.fill("Password", "a password of my own").await;
    chrome.press("Sign in").await;
    chrome.wait_for("Waiting for you").await;
    let titled = chrome.eval("return document.querySelectorAll('time[title]').length", json!([])).await;
    assert_eq!((ran, titled), (json!(0), json!(0)), "scripts ran");
    chrome.fill("Comment", "No scripts here").await;
    chrome.press("Approve").await;
    chrome.wait_for("You signed deployment").await;
    assert_eq!(world.deployment(deployment).await["approvals"][0]["comment"], "No scripts here");
    let path = format!("/{}/-/deployments/{}", world.project.path, world.deployment(deployment).await["iid"]);
    chrome.visit(&path).await;
    chrome.press("Take my vote back").await;
    chrome.wait_for("You took your vote back").await;
    chrome.press("Reject").await;
    chrome.wait_for("You rejected deployment").await;
    assert_eq!(world.status(deployment).await, "failed");
    chrome.click("details.menu > summary").await;
    chrome.press("Access tokens").await;
    chrome.wait_for("Create a token").await;
    chrome.fill("Name", "without scripts").await;
    chrome.click("input[value=read_api]").await;
    chrome.press("Create token").await;
    chrome.wait_for("Copy your new token now").await;
    chrome.close().await;
}
