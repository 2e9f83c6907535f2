//! Signing in and approving without a mouse: by Tab and Enter, and one always sees where one is.

use countersign_tests::chrome::Chrome;
use countersign_tests::world::level;
use countersign_tests::{Browser, Server, World};
use serde_json::json;

/// What has the focus: what it reads, whether a line around it shows that, and whether it is in sight.
const FOCUS: &str = "const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    const line = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const seen = box.width > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return [e.getAttribute('aria-label') || e.innerText || e.id || e.tagName, line, seen];";

/// Presses Tab until that has the focus; everything on the way must show that it has it.
async fn tab_to(chrome: &Chrome, wanted: &str) {
    for _ in 0..60 {
        chrome.tab().await;
        let focus = chrome.eval(FOCUS, json!([])).await;
        assert!(focus[1] == true && focus[2] == true, "the focus is not to be seen on {focus}");
        if focus[0].as_str().is_some_and(|text| text.trim() == wanted) {
            return;
        }
    }
    panic!("Tab never reaches {wanted:?} on {}:\n{}", chrome.path().await, chrome.text().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_signs_in_and_approves_by_keys_alone() {
    let server: &'static Server = countersign_tests::server::shared(countersign_tests::Engine::Sqlite).await;
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let person = world.person("keys").await;
    world.join(&world.qa, &person, level::DEVELOPER).await;
    drop(Browser::of(server, &person).await);
    let deployment = world.blocked(&world.deployer, "production").await;

    let chrome = Chrome::open(server).await;
    chrome.visit("/").await;
    // The name has the focus from the start.
    chrome.type_(&person.username).await;
    tab_to(&chrome, "password").await;
    chrome.type_("a password of my own").await;
    tab_to(&chrome, "Sign in").await;
    chrome.enter().await;
    chrome.wait_for("Waiting for you").await;
    tab_to(&chrome, "Skip to content").await;
    tab_to(&chrome, "Comment").await;
    chrome.type_("Signed without a mouse").await;
    tab_to(&chrome, "Approve").await;
    chrome.enter().await;
    chrome.wait_for("You signed deployment").await;
    let votes = world.deployment(deployment).await["approvals"].clone();
    assert_eq!((&votes[0]["status"], &votes[0]["comment"]), (&json!("approved"), &json!("Signed without a mouse")));
    chrome.close().await;
}
