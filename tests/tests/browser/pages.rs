//! All pages: one list for whatever looks at each of them.

use super::company::Company;
use std::collections::BTreeSet;

/// The routes that answer GET, as `crates/http` keeps and checks them.
const ROUTES: &str = include_str!("../../../crates/http/src/web/pages.txt");

/// Routes that answer GET with something other than a page, and what.
const OTHERS: [(&str, &str); 1] = [("/-/group/{place}", "sends to the path that GitLab has")];

/// A page, as somebody sees it.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// What its pictures are called.
    pub(super) name: &'static str,
    /// The route that serves it.
    pub(super) route: &'static str,
    /// Where it is.
    pub(super) path: String,
    /// Who looks at it; nobody for empty.
    pub(super) who: &'static str,
}

/// Every page at least once, and more often what has several faces.
pub(super) async fn pages(company: &Company) -> Vec<Page> {
    let page = |name, route, who, path: &str| Page { name, route, path: path.to_owned(), who };
    let deployment = "/-/in/{place}/deployments/{iid}";
    let mut pages = vec![
        page("sign-in", "/users/sign_in", "", "/users/sign_in"),
        page("inbox", "/", "sue", "/"),
        page("inbox-empty", "/", "theo", "/"),
        page("inbox-started", "/", "olivia", "/"),
        page("inbox-all", "/", "root", "/?all=1"),
        page("projects", "/dashboard/projects", "dana", "/dashboard/projects"),
        page("groups", "/dashboard/groups", "dana", "/dashboard/groups"),
        page("project", "/-/in/{place}", "dana", "/harbour/payments"),
        page("group", "/-/in/{place}", "dana", "/harbour"),
        page("sessions", "/-/user_settings/active_sessions", "sue", "/-/user_settings/active_sessions"),
        page("password", "/-/user_settings/password", "sue", "/-/user_settings/password"),
        page("tokens", "/-/user_settings/personal_access_tokens", "root", "/-/user_settings/personal_access_tokens"),
        page(
            "tokens-none",
            "/-/user_settings/personal_access_tokens",
            "noor",
            "/-/user_settings/personal_access_tokens?state=inactive",
        ),
        page("users", "/admin/users", "root", "/admin/users"),
        page("user-new", "/admin/users/new", "root", "/admin/users/new"),
        page("user", "/admin/users/{username}", "root", "/admin/users/olivia"),
        page("user-blocked", "/admin/users/{username}", "root", "/admin/users/jonas"),
        page("nothing-here", "/-/in/{place}", "sue", "/no/such/place"),
    ];
    for (name, who, thing, project) in [
        ("deployment-to-sign", "sue", "waiting", "harbour/payments"),
        ("deployment-own", "olivia", "untouched", "harbour/storefront"),
        ("deployment-running", "dana", "running", "harbour/ledger"),
        ("deployment-rejected", "dana", "rejected", "harbour/platform/gateway"),
    ] {
        let at = format!("/projects/{}/deployments/{}", company.places[project], company.things[thing]);
        let iid = company.root.get(&at).await.ok(200)["iid"].clone();
        pages.push(page(name, deployment, who, &format!("/{project}/-/deployments/{iid}")));
    }
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_has_a_page_in_the_list() {
    let listed: BTreeSet<_> = pages(super::company::company().await).await.into_iter().map(|page| page.route).collect();
    let others: BTreeSet<_> = OTHERS.into_iter().map(|(route, _)| route).collect();
    let routes: BTreeSet<_> = ROUTES.lines().collect();
    let known: BTreeSet<_> = listed.union(&others).copied().collect();
    let missing: Vec<_> = routes.difference(&known).collect();
    let gone: Vec<_> = known.difference(&routes).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the list of pages: {missing:?}; no longer routes: {gone:?}");
}
