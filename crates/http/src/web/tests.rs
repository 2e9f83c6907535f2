//! The list of pages, kept beside the router: the browser suite looks at every page that is in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use std::collections::BTreeSet;

/// The routes that `pages.txt` lists.
const LISTED: &str = include_str!("pages.txt");

/// The routes that answer GET. A router tells its routes to nobody but its debug output: the methods of each in order,
/// then the path of each by its number.
fn routes() -> BTreeSet<String> {
    let told = format!("{:?}", super::pages());
    let (told, _) = told.split_once("fallback_router").expect("the fallback comes last");
    let (methods, paths) = told.split_once(" node: Node").expect("paths come after methods");
    let gets: Vec<bool> = methods.split("MethodRouter { get: ").skip(1).map(|rest| !rest.starts_with("None")).collect();
    let path = |rest: &str| {
        let (number, rest) = rest.split_once("): \"").expect("a number and a path");
        let number: usize = number.parse().expect("a number");
        let path = rest.split('"').next().expect("a path").to_owned();
        gets[number].then_some(path)
    };
    paths.split("RouteId(").skip(1).filter(|rest| rest.contains("): \"")).filter_map(path).collect()
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
