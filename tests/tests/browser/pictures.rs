//! Pictures of every page, wide and narrow, light and dark: made by `scripts/browser screenshots`.

use super::company::company;
use super::pages::pages;
use countersign_tests::chrome::{Chrome, Scheme, Screen};
use std::path::PathBuf;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "makes pictures, checks nothing"]
async fn screenshots() {
    let dir =
        PathBuf::from(std::env::var("COUNTERSIGN_SCREENSHOTS").expect("COUNTERSIGN_SCREENSHOTS names a directory"));
    let only = std::env::var("COUNTERSIGN_SCREENSHOTS_ONLY").unwrap_or_default();
    std::fs::create_dir_all(&dir).expect("a directory");
    let company = company().await;
    let chrome = Chrome::open(&company.server).await;
    for page in pages(company).await.into_iter().filter(|page| page.name.contains(&only)) {
        chrome.become_(Some(page.who).filter(|who| !who.is_empty()).map(|who| company.browser(who))).await;
        for screen in [Screen::Desk, Screen::Phone] {
            chrome.show_on(screen).await;
            chrome.visit(&page.path).await;
            for scheme in [Scheme::Light, Scheme::Dark] {
                chrome.show_in(scheme).await;
                let name = format!("{}-{}-{}.png", page.name, screen.width(), scheme.word());
                std::fs::write(dir.join(&name), chrome.picture(screen).await).expect("a file");
            }
        }
    }
    chrome.close().await;
}
