//! How many SQL statements a page costs: as many for a full list as for a short one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::seal;
use crate::Door;
use crate::api::tests::Server;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt;

const YAML: &str = "one:\n  script: [a]\n  environment: review/one\n";
/// Most statements of a page, the session and everything around its content included.
const PAGE: u64 = 40;
/// How many groups are invited.
const INVITED: i64 = 2;

/// A server with a group and a project, and a browser in which the administrator has signed in.
struct Site {
    server: Server,
    door: Door,
    cookie: String,
    rows: i64,
    group: Value,
    project: Value,
    sha: Value,
}

impl Site {
    async fn new() -> Site {
        let server = Server::new();
        let door = Door::new(Arc::clone(&server.app));
        let none = (Value::Null, Value::Null, Value::Null);
        let mut site =
            Site { server, door, cookie: String::new(), rows: 0, group: none.0, project: none.1, sha: none.2 };
        site.sign_in().await;
        site.group = site.post("/groups", json!({"name": "ops", "path": "ops"})).await["id"].clone();
        site.project = site.post("/projects", json!({"path": "web", "namespace_id": site.group})).await["id"].clone();
        let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": YAML});
        let commit = json!({"branch": "main", "commit_message": "Begin", "actions": [step]});
        site.sha = site.post(&site.below("/repository/commits"), commit).await["id"].clone();
        let rule = json!([{"access_level": 40}]);
        let entries = json!([{"access_level": 30}]);
        let guarded = json!({"name": "production", "deploy_access_levels": entries, "approval_rules": rule});
        site.post(&site.below("/protected_environments"), guarded).await;
        site
    }

    fn below(&self, rest: &str) -> String {
        format!("/projects/{}{rest}", self.project)
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.door.clone().oneshot(request).await.unwrap()
    }

    async fn sign_in(&mut self) {
        let visit = "a visit";
        let form = format!("name=root&password=long%20enough&seal={}", seal::of(visit));
        let request = Request::builder().method("POST").uri("/users/sign_in");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(COOKIE, format!("countersign_visit={visit}"));
        let reply = self.send(request.body(form.into()).unwrap()).await;
        let cookies = reply.headers().get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let session = cookies.filter_map(|line| line.split(';').next()).find(|pair| pair.contains("_session="));
        self.cookie = session.expect("a session").to_owned();
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let request = Request::builder().method("POST").uri(format!("/api/v4{path}"));
        let request = request.header("PRIVATE-TOKEN", "glpat-root-root-root-root");
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string().into()).unwrap();
        let (parts, body) = self.send(request).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(parts.status.is_success(), "{path}: {body}");
        body
    }

    /// Fills every list up to that many rows.
    async fn fill(&mut self, rows: i64) {
        for n in self.rows..rows {
            let (name, email) = (format!("user{n}"), format!("user{n}@example.org"));
            let new = json!({"username": name, "name": name, "email": email, "force_random_password": true});
            let user = self.post("/users", new).await["id"].clone();
            for place in [format!("/groups/{}/members", self.group), self.below("/members")] {
                self.post(&place, json!({"user_id": user, "access_level": 40})).await;
            }
            let group = json!({"name": format!("g{n}"), "path": format!("g{n}"), "parent_id": self.group});
            let made = self.post("/groups", group).await;
            // The members of the groups around a place are looked up some groups at a time, so that what is told of the
            // rows would be told of the groups as well: they stay as many.
            if n < INVITED {
                self.post(&self.below("/share"), json!({"group_id": made["id"], "group_access": 30})).await;
            }
            self.post("/projects", json!({"path": format!("p{n}"), "namespace_id": self.group})).await;
            for environment in [format!("box/{n}"), "review/one".to_owned()] {
                self.deploy(&environment, "success").await;
            }
            self.deploy(&format!("box/{n}"), "created").await;
        }
        self.rows = rows;
    }

    async fn deploy(&self, environment: &str, status: &str) {
        let body = json!({"environment": environment, "sha": self.sha, "ref": "main", "tag": false, "status": status});
        self.post(&self.below("/deployments"), body).await;
    }

    /// What each page costs, once everything it needs is warm.
    async fn costs(&self) -> BTreeMap<&'static str, u64> {
        let pages = [
            "/dashboard/projects",
            "/dashboard/groups",
            "/ops",
            "/ops/web",
            "/ops/web/-/environments",
            "/ops/web/-/environments/1",
            "/ops/web/-/project_members",
            "/groups/ops/-/group_members",
        ];
        let mut costs = BTreeMap::new();
        for path in pages {
            let (mut cost, mut reply) = (0, None);
            for _ in 0..2 {
                let before = self.server.app.store.statements();
                let request = Request::builder().uri(path).header(COOKIE, &self.cookie).body(Body::empty()).unwrap();
                reply = Some(self.send(request).await);
                cost = self.server.app.store.statements() - before;
            }
            assert_eq!(reply.unwrap().status(), 200, "{path}");
            costs.insert(path, cost);
        }
        costs
    }
}

#[tokio::test]
async fn a_page_of_twenty_rows_costs_as_much_as_one_of_three() {
    let mut site = Site::new().await;
    site.fill(3).await;
    let short = site.costs().await;
    site.fill(20).await;
    let long = site.costs().await;
    for (path, cost) in long {
        assert!((1..=PAGE).contains(&cost), "{cost} statements for {path}");
        assert!(cost <= short[path], "{cost} statements for twenty rows of {path}, {} for three", short[path]);
    }
}
