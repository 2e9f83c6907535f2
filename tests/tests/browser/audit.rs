//! Every page, looked at once: axe finds nothing in light and dark, it fits a phone, it is light, and Chromium does not
//! complain.

use super::company::company;
use super::pages::{NOTHING_HERE, pages};
use countersign_tests::chrome::{Chrome, Scheme, Screen};
use serde_json::{Value, json};

/// The most that a page with all it loads may take to transfer, in bytes.
const MOST: u64 = 30_000;

/// Runs axe, by the rules of WCAG 2.2 AA and what else is good practice.
const AXE: &str = "const done = arguments[0];
    axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations), (why) => done([{id: String(why)}]));";

/// What the page and all it loaded took to transfer, headers included.
const WEIGHT: &str =
    "const all = performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'));
    return all.reduce((sum, one) => sum + one.transferSize, 0);";

/// By how many pixels the page is wider than the window, and what sticks out.
const OVERFLOW: &str = "const wide = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > wide + 1);
    return [document.documentElement.scrollWidth - wide, window.innerWidth, out.slice(0, 3).map((e) => e.outerHTML.slice(0, 200))];";

fn axe_source() -> String {
    let dir = std::env::var("COUNTERSIGN_TEST_NODE").expect("COUNTERSIGN_TEST_NODE: run this through scripts/browser");
    std::fs::read_to_string(format!("{dir}/node_modules/axe-core/axe.min.js")).expect("axe-core")
}

/// What axe found, in a few words.
fn told(violations: &Value) -> Vec<String> {
    let nodes = |of: &Value| {
        let html = of["nodes"].as_array().into_iter().flatten().filter_map(|node| node["html"].as_str());
        html.take(3).collect::<Vec<_>>().join("\n      ")
    };
    let one = |of: &Value| format!("{}: {}\n      {}", of["id"], of["help"], nodes(of));
    violations.as_array().into_iter().flatten().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_light_and_fits_a_phone() {
    let company = company().await;
    let (axe, chrome) = (axe_source(), Chrome::open(&company.server).await);
    chrome.without_cache().await;
    let (mut wrong, mut table) = (Vec::new(), Vec::new());
    for page in pages(company).await {
        chrome.become_(Some(page.who).filter(|who| !who.is_empty()).map(|who| company.browser(who))).await;
        chrome.complaints().await;
        chrome.visit(&page.path).await;
        let mut say = |what: String| wrong.push(format!("{} ({}): {what}", page.name, page.path));
        let weight = chrome.eval(WEIGHT, json!([])).await.as_u64().expect("a number");
        if weight > MOST {
            say(format!("{weight} bytes, {MOST} at most"));
        }
        chrome.eval(&axe, json!([])).await;
        let mut found = 0;
        for scheme in [Scheme::Light, Scheme::Dark] {
            chrome.show_in(scheme).await;
            let violations = told(&chrome.eval_async(AXE, json!([])).await);
            found += violations.len();
            violations.into_iter().for_each(|what| say(format!("axe, {}: {what}", scheme.word())));
        }
        chrome.show_on(Screen::Phone).await;
        let wide = chrome.eval(OVERFLOW, json!([])).await;
        if wide[0].as_i64() > Some(0) || wide[1] != json!(Screen::Phone.width()) {
            say(format!("scrolls sideways on a phone: {wide}"));
        }
        let small = told(&chrome.eval_async(AXE, json!([])).await);
        found += small.len();
        small.into_iter().for_each(|what| say(format!("axe, phone: {what}")));
        chrome.show_on(Screen::Desk).await;
        let expected_404 = |text: &String| page.name == NOTHING_HERE && text.contains("404");
        let complaints = chrome.complaints().await;
        complaints.into_iter().filter(|text| !expected_404(text)).for_each(|text| say(format!("Chromium: {text}")));
        table.push(format!("{weight:>7} {found:>4} {:>6}  {:<22} {}", wide[0], page.name, page.path));
    }
    chrome.close().await;
    println!("  bytes  axe  over  page\n{}", table.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
