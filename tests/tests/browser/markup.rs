//! Every page is valid HTML, as html-validate sees it.

use super::company::company;
use super::pages::pages;
use countersign_tests::Browser;
use std::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_valid() {
    let company = company().await;
    let node = std::env::var("COUNTERSIGN_TEST_NODE").expect("COUNTERSIGN_TEST_NODE: run this through scripts/browser");
    let dir = tempfile::tempdir().expect("a directory");
    let nobody = Browser::new(&company.server);
    for page in pages(company).await {
        let browser = if page.who.is_empty() { &nobody } else { company.browser(page.who) };
        let text = browser.get(&page.path).await.text;
        assert!(text.starts_with("<!doctype html>"), "{}: {text}", page.path);
        std::fs::write(dir.path().join(format!("{}.html", page.name)), text).expect("a file");
    }
    let mut validate = Command::new(format!("{node}/node_modules/.bin/html-validate"));
    validate
        .arg("--config")
        .arg(format!("{node}/htmlvalidate.mjs"))
        .args(["--max-warnings", "0", "--ext", "html"])
        .arg(dir.path());
    let done = validate.output().expect("html-validate runs");
    assert!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}
