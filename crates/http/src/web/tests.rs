//! The list of pages, kept beside the router: the browser suite looks at every page that is in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use std::collections::{BTreeMap, BTreeSet};

/// The routes that `pages.txt` lists.
const LISTED: &str = include_str!("pages.txt");

/// What a part of a router's debug output says about each of its routes: by number, what follows it.
fn by_number(told: &str) -> BTreeMap<&str, &str> {
    told.split("RouteId(").skip(1).filter_map(|rest| rest.split_once("): ")).collect()
}

/// The routes that answer GET. A router tells its routes to nobody but its debug output: the methods of each, then the
/// path of each.
fn routes() -> BTreeSet<String> {
    let told = format!("{:?}", super::pages());
    let (told, _) = told.split_once("fallback_router").expect("the fallback comes last");
    let (methods, paths) = told.split_once(" node: Node").expect("paths come after methods");
    let methods = by_number(methods);
    let reads = |number: &str| !methods[number].starts_with("MethodRouter(MethodRouter { get: None");
    let path = |text: &str| text.trim_start_matches('"').split('"').next().map(str::to_owned);
    let paths = by_number(paths);
    paths.into_iter().filter(|(number, _)| reads(number)).filter_map(|(_, text)| path(text)).collect()
}

#[test]
fn every_page_is_listed() {
    let listed: BTreeSet<String> = LISTED.lines().map(str::to_owned).collect();
    let routes = routes();
    assert!(routes.contains("/users/sign_in") && !routes.contains("/users/sign_out"), "{routes:?}");
    let missing: Vec<_> = routes.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&routes).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "web/pages.txt lists the routes that answer GET. Add {missing:?} there and to tests/tests/browser/pages.rs; \
         remove {gone:?} from both."
    );
}
