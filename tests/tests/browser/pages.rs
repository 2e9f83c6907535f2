//! All pages: one list for whatever looks at each of them.

use super::company::Company;
use countersign_tests::compare::id;
use std::collections::BTreeSet;

/// The routes that answer GET, as `crates/http` keeps and checks them.
const ROUTES: &str = include_str!("../../../crates/http/src/web/pages.txt");

/// Routes that answer GET with something other than a page, and what.
const OTHERS: [(&str, &str); 8] = [
    ("/-/group/{place}", "sends to the path that GitLab has"),
    ("/-/live", "a stream of events"),
    ("/-/in/{place}/deployments/{iid}/live", "a stream of events"),
    ("/-/in/{place}/jobs/{id}/artifacts/download", "a file"),
    ("/-/in/{place}/jobs/{id}/live", "a stream of events"),
    ("/-/in/{place}/jobs/{id}/raw", "a file"),
    ("/-/in/{place}/pipelines/live", "a stream of events"),
    ("/-/in/{place}/pipelines/{id}/live", "a stream of events"),
];

/// The page that says that there is none: the one that is answered with 404.
pub(super) const NOTHING_HERE: &str = "nothing-here";

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

fn page(name: &'static str, route: &'static str, who: &'static str, path: impl Into<String>) -> Page {
    Page { name, route, path: path.into(), who }
}

/// Every page at least once, and more often what has several faces.
pub(super) async fn pages(company: &Company) -> Vec<Page> {
    let mut pages = of_the_instance();
    pages.extend(of_places());
    pages.extend(of_deployments(company).await);
    pages.extend(of_environments(company).await);
    pages.extend(of_pipelines(company).await);
    pages.extend(of_jobs(company).await);
    pages.extend(of_members(company));
    for (at, names) in
        [("/harbour/payments/-/settings/ci_cd", PROJECT_SETTINGS), ("/groups/harbour/-/settings/ci_cd", GROUP_SETTINGS)]
    {
        pages.extend(of_settings(company, at, names).await);
    }
    pages
}

fn of_the_instance() -> Vec<Page> {
    let tokens = "/-/user_settings/personal_access_tokens";
    vec![
        page("sign-in", "/users/sign_in", "", "/users/sign_in"),
        page("inbox", "/", "sue", "/"),
        page("inbox-empty", "/", "theo", "/"),
        page("inbox-started", "/", "olivia", "/"),
        page("inbox-all", "/", "root", "/?all=1"),
        page("sessions", "/-/user_settings/active_sessions", "sue", "/-/user_settings/active_sessions"),
        page("password", "/-/user_settings/password", "sue", "/-/user_settings/password"),
        page("tokens", tokens, "root", tokens),
        page("tokens-none", tokens, "noor", format!("{tokens}?state=inactive")),
        page("users", "/admin/users", "root", "/admin/users"),
        page("user-new", "/admin/users/new", "root", "/admin/users/new"),
        page("user", "/admin/users/{username}", "root", "/admin/users/olivia"),
        page("user-blocked", "/admin/users/{username}", "root", "/admin/users/jonas"),
    ]
}

fn of_places() -> Vec<Page> {
    vec![
        page("projects", "/dashboard/projects", "dana", "/dashboard/projects"),
        page("groups", "/dashboard/groups", "dana", "/dashboard/groups"),
        page("project-new", "/projects/new", "dana", "/projects/new"),
        page("group-new", "/groups/new", "dana", "/groups/new"),
        page("project", "/-/in/{place}", "dana", "/harbour/payments"),
        page("group", "/-/in/{place}", "dana", "/harbour"),
        page(NOTHING_HERE, "/-/in/{place}", "sue", "/no/such/place"),
    ]
}

async fn of_deployments(company: &Company) -> Vec<Page> {
    let mut pages = Vec::new();
    for (name, who, thing, project) in [
        ("deployment-to-sign", "sue", "waiting", "harbour/payments"),
        ("deployment-own", "olivia", "untouched", "harbour/storefront"),
        ("deployment-running", "dana", "running", "harbour/ledger"),
        ("deployment-rejected", "dana", "rejected", "harbour/platform/gateway"),
    ] {
        let at = format!("/projects/{}/deployments/{}", company.places[project], company.things[thing]);
        let iid = company.root.get(&at).await.ok(200)["iid"].clone();
        let at = format!("/{project}/-/deployments/{iid}");
        pages.push(page(name, "/-/in/{place}/deployments/{iid}", who, at));
    }
    pages
}

async fn of_environments(company: &Company) -> Vec<Page> {
    let at = format!("/projects/{}/environments?name=production", company.places["harbour/payments"]);
    let production = id(&company.root.get(&at).await.ok(200)[0]);
    let list = "/harbour/payments/-/environments";
    vec![
        page("environments", "/-/in/{place}/environments", "dana", list),
        page("environment", "/-/in/{place}/environments/{id}", "dana", format!("{list}/{production}")),
    ]
}

async fn of_pipelines(company: &Company) -> Vec<Page> {
    let at = format!("/projects/{}/pipelines", company.places["harbour/payments"]);
    let newest = id(&company.root.get(&at).await.ok(200)[0]);
    let (list, route) = ("/harbour/payments/-/pipelines", "/-/in/{place}/pipelines");
    vec![
        page("pipelines", route, "dana", list),
        page("pipelines-none", route, "ines", format!("{list}?status=skipped")),
        page("pipeline-new", "/-/in/{place}/pipelines/new", "dana", format!("{list}/new")),
        page("pipeline", "/-/in/{place}/pipelines/{id}", "dana", format!("{list}/{newest}")),
        page("pipeline-read", "/-/in/{place}/pipelines/{id}", "ines", format!("{list}/{newest}")),
    ]
}

async fn of_jobs(company: &Company) -> Vec<Page> {
    let mut pages = Vec::new();
    for (name, who, project, scope, rest) in [
        ("job-running", "dana", "harbour/ledger", "running", ""),
        ("job-found", "dana", "harbour/ledger", "running", "?q=instance"),
        ("job-blocked", "olivia", "harbour/payments", "manual", ""),
        ("job-done", "dana", "harbour/payments", "success", ""),
        ("job-long", "dana", "harbour/storefront", "failed", ""),
    ] {
        let at = format!("/projects/{}/jobs?scope[]={scope}", company.places[project]);
        let job = id(&company.root.get(&at).await.ok(200)[0]);
        pages.push(page(name, "/-/in/{place}/jobs/{id}", who, format!("/{project}/-/jobs/{job}{rest}")));
    }
    pages
}

fn of_members(company: &Company) -> Vec<Page> {
    let (project, group) = ("/harbour/payments/-/project_members", "/groups/harbour/-/group_members");
    let one = |at: &str| format!("{at}/{}", company.people["olivia"].id);
    vec![
        page("project-members", "/-/in/{place}/project_members", "dana", project),
        page("project-member", "/-/in/{place}/project_members/{user}", "dana", one(project)),
        page("group-members", "/-/group/{place}/group_members", "dana", group),
        page("group-member", "/-/group/{place}/group_members/{user}", "dana", one(group)),
    ]
}

/// The names and routes of the settings: the list, a new protection, one that is changed, one that is taken away.
type Settings = [(&'static str, &'static str); 4];

const PROJECT_SETTINGS: Settings = [
    ("project-settings", "/-/in/{place}/settings/ci_cd"),
    ("project-protect", "/-/in/{place}/settings/ci_cd/protected_environments/new"),
    ("project-protection", "/-/in/{place}/settings/ci_cd/protected_environments/{id}/edit"),
    ("project-unprotect", "/-/in/{place}/settings/ci_cd/protected_environments/{id}/unprotect"),
];

const GROUP_SETTINGS: Settings = [
    ("group-settings", "/-/group/{place}/settings/ci_cd"),
    ("group-protect", "/-/group/{place}/settings/ci_cd/protected_environments/new"),
    ("group-protection", "/-/group/{place}/settings/ci_cd/protected_environments/{id}/edit"),
    ("group-unprotect", "/-/group/{place}/settings/ci_cd/protected_environments/{id}/unprotect"),
];

async fn of_settings(company: &Company, at: &str, names: Settings) -> Vec<Page> {
    let list = company.browser("dana").get(at).await.text;
    let link = |end: &str| {
        let mut links = list.split("href=\"").filter_map(|rest| rest.split_once('"')).map(|(link, _)| link);
        links.find(|link| link.ends_with(end)).unwrap_or_else(|| panic!("no {end} in {list}")).to_owned()
    };
    let paths = [at.to_owned(), format!("{at}/protected_environments/new"), link("/edit"), link("/unprotect")];
    names.into_iter().zip(paths).map(|((name, route), path)| page(name, route, "dana", path)).collect()
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
