//! A company in the middle of its week, for pages to show: projects, people, deployments that wait, were approved,
//! were rejected, and a job that runs.

mod history;

use countersign_tests::compare::id;
use countersign_tests::{Browser, Client, Engine, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::OnceCell;

/// Everybody's password.
pub(super) const PASSWORD: &str = "a password of my own";
/// The first password, which an administrator gives.
const GIVEN: &str = "chosen by another";

/// Username, name, and whether they sign in to the pages.
const PEOPLE: [(&str, &str, bool); 12] = [
    ("dana", "Dana Kim", true),
    ("olivia", "Olivia Park", true),
    ("omar", "Omar Haddad", false),
    ("quinn", "Quinn Ibarra", false),
    ("sue", "Sue Okafor", true),
    ("sam", "Sam Adeyemi", false),
    ("theo", "Theo Lindqvist", true),
    ("mei", "Mei Tanaka", false),
    ("ines", "Inês Carvalho", true),
    ("noor", "Noor van Dijk", true),
    ("jonas", "Jonas Weber", false),
    ("lena", "Lena Fischer", false),
];

/// Somebody of the company.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: i64,
    /// The API in their name.
    pub(super) api: Client,
    /// Their browser, if they have one.
    pub(super) browser: Option<Browser>,
}

/// The company.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) server: Server,
    pub(super) root: Client,
    /// The administrator's browser.
    pub(super) desk: Browser,
    pub(super) people: BTreeMap<&'static str, Member>,
    /// Groups and projects by full path.
    pub(super) places: BTreeMap<&'static str, i64>,
    /// What there is to look at, by a name.
    pub(super) things: BTreeMap<&'static str, i64>,
}

/// The company that all tests look at; founded by the first who asks.
pub(super) async fn company() -> &'static Company {
    static COMPANY: OnceCell<Company> = OnceCell::const_new();
    COMPANY.get_or_init(found).await
}

impl Company {
    /// The API in somebody's name.
    pub(super) fn api(&self, name: &str) -> &Client {
        &self.people[name].api
    }

    /// Somebody's browser; `root` is the administrator.
    pub(super) fn browser(&self, name: &str) -> &Browser {
        if name == "root" { &self.desk } else { self.people[name].browser.as_ref().expect("somebody who signs in") }
    }

    /// Lets time pass: everything that is there is so many minutes older.
    fn age(&self, minutes: i64) {
        let ms = minutes * 60_000;
        let columns = [
            ("users", "created_at"),
            ("namespaces", "created_at"),
            ("projects", "created_at last_activity_at"),
            ("environments", "created_at updated_at"),
            ("commits", "authored_at committed_at"),
            ("pipelines", "created_at updated_at started_at finished_at"),
            ("jobs", "created_at updated_at queued_at started_at finished_at"),
            ("deployments", "created_at updated_at finished_at"),
            ("approvals", "created_at"),
            ("personal_access_tokens", "created_at last_used_at"),
        ];
        let sets = columns.iter().map(|(table, names)| {
            let each: Vec<_> = names.split(' ').map(|name| format!("{name} = {name} - {ms}")).collect();
            format!("UPDATE {table} SET {};", each.join(", "))
        });
        self.server.meddle(&sets.collect::<String>());
    }
}

async fn found() -> Company {
    let server = Server::start(Engine::Sqlite).await;
    let root = server.root();
    let mut people = BTreeMap::new();
    for (username, name, signs_in) in PEOPLE {
        people.insert(username, hire(&server, &root, username, name, signs_in).await);
    }
    let desk = Browser::signed_in(&server, "root", countersign_tests::server::ROOT_PASSWORD).await;
    let mut company = Company { server, root, desk, people, places: BTreeMap::new(), things: BTreeMap::new() };
    places(&mut company).await;
    members(&company).await;
    protect(&company).await;
    people_come_and_go(&company).await;
    history::happen(&mut company).await;
    company
}

async fn hire(server: &Server, root: &Client, username: &str, name: &str, signs_in: bool) -> Member {
    let email = format!("{username}@harbour.example");
    let body =
        json!({"username": username, "name": name, "email": email, "password": GIVEN, "skip_confirmation": true});
    let id = id(&root.post("/users", body).await.ok(201));
    let body = json!({"name": "deploy script", "description": "Asks before it ships", "scopes": ["api"]});
    let made = root.post(&format!("/users/{id}/personal_access_tokens"), body).await.ok(201);
    let api = root.with_token(made["token"].as_str().expect("a token"));
    let mut browser = None;
    if signs_in {
        let at = "/-/user_settings/password";
        let own = Browser::signed_in(server, username, GIVEN).await;
        let changed = own.submit(at, at, &[("current", GIVEN), ("new", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(changed.status, 303, "{}", changed.text);
        browser = Some(own);
    }
    Member { id, api, browser }
}

async fn places(company: &mut Company) {
    let groups = [
        ("harbour", "Harbour", "Moves money, slowly enough to be sure."),
        ("harbour/operators", "Operators", "Whoever may bring something to production."),
        ("harbour/qa", "QA", "Looks at it before customers do."),
        ("harbour/security", "Security", "Says no when somebody has to."),
        ("harbour/platform", "Platform", "What all the others stand on."),
    ];
    for (path, name, description) in groups {
        let (parent, own) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = company.places.get(parent);
        let body = json!({"name": name, "path": own, "parent_id": parent, "description": description, "visibility": "private"});
        // The administrator founds, but belongs to nothing.
        let made = id(&company.root.post("/groups", body).await.ok(201));
        let owner = json!({"user_id": company.people["dana"].id, "access_level": 50});
        if parent.is_none() {
            company.root.post(&format!("/groups/{made}/members"), owner).await.ok(201);
        }
        company.root.delete(&format!("/groups/{made}/members/1")).await.ok(204);
        company.places.insert(path, made);
    }
    let projects = [
        ("harbour/payments", "Payments", "Takes cards, and gives the money to whom it belongs."),
        ("harbour/storefront", "Storefront", "What customers see."),
        ("harbour/ledger", "Ledger", "Double entry, append only."),
        ("harbour/platform/gateway", "Gateway", "TLS, routing and rate limits in front of everything."),
    ];
    for (path, name, description) in projects {
        let (parent, own) = path.rsplit_once('/').expect("a group");
        let body = json!({
            "name": name, "path": own, "namespace_id": company.places[parent], "description": description,
            "visibility": "private",
        });
        let made = id(&company.root.post("/projects", body).await.ok(201));
        company.places.insert(path, made);
        let open = json!({"allowed_to_push": [{"access_level": 30}]});
        company.root.patch(&format!("/projects/{made}/protected_branches/main"), open).await.ok(200);
    }
}

async fn members(company: &Company) {
    let members = [
        ("harbour", "olivia", 30),
        ("harbour", "theo", 30),
        ("harbour", "mei", 30),
        ("harbour", "ines", 20),
        ("harbour/operators", "olivia", 30),
        ("harbour/operators", "omar", 30),
        ("harbour/qa", "quinn", 30),
        ("harbour/qa", "ines", 20),
        ("harbour/security", "sue", 30),
        ("harbour/security", "sam", 30),
        ("harbour/platform", "mei", 40),
    ];
    for (place, name, level) in members {
        let body = json!({"user_id": company.people[name].id, "access_level": level});
        company.root.post(&format!("/groups/{}/members", company.places[place]), body).await.ok(201);
    }
    let body = json!({"group_id": company.places["harbour/qa"], "group_access": 20});
    company.root.post(&format!("/projects/{}/share", company.places["harbour/payments"]), body).await.ok(201);
}

/// Production of the whole group as in the documents, and one environment of a project by itself.
async fn protect(company: &Company) {
    let of = |path: &str| json!(company.places[path]);
    let body = json!({
        "name": "production",
        "deploy_access_levels": [{"group_id": of("harbour/operators")}],
        "approval_rules": [
            {"group_id": of("harbour/qa")},
            {"group_id": of("harbour/security"), "required_approvals": 2},
        ],
    });
    let (group, project) = (company.places["harbour"], company.places["harbour/payments"]);
    company.root.post(&format!("/groups/{group}/protected_environments"), body).await.ok(201);
    let body = json!({
        "name": "sandbox",
        "deploy_access_levels": [{"access_level": 30}],
        "required_approval_count": 1,
    });
    company.root.post(&format!("/projects/{project}/protected_environments"), body).await.ok(201);
}

async fn people_come_and_go(company: &Company) {
    let of = |name: &str| company.people[name].id;
    let change = async |name: &str, body: Value| {
        company.root.put(&format!("/users/{}", of(name)), body).await.ok(200);
    };
    change("lena", json!({"external": true, "note": "Consultant until the end of the year"})).await;
    change("omar", json!({"admin": true})).await;
    company.root.post(&format!("/users/{}/block", of("jonas")), json!({})).await.ok(201);
}
