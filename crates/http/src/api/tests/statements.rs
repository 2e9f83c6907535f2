//! How many SQL statements a request costs: as many for a hundred rows as for ten.

use super::{ROOT, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const YAML: &str = "one:\n  script: [a]\ntwo:\n  script: [b]\n  environment: review/one\n";

/// Most statements of a request that reads or changes one thing, its token and its reply included.
const REQUEST: u64 = 50;
/// Most statements of a list.
const LIST: u64 = 20;

/// A server with a group, a project of it, and as many of everything else as were asked for.
struct Full {
    server: Server,
    group: Value,
    project: Value,
    /// The commit that is deployed.
    sha: Value,
    rows: i64,
    deployments: i64,
    /// The token of somebody who approves.
    approver: String,
}

impl Full {
    async fn new() -> Full {
        let server = Server::new();
        let group = json!(server.group(ROOT, "ops").await);
        let made = server.post(ROOT, "/projects", json!({"path": "web", "namespace_id": group})).await.is(201);
        let mut full = Full {
            server,
            group,
            project: made["id"].clone(),
            sha: Value::Null,
            rows: 0,
            deployments: 0,
            approver: String::new(),
        };
        let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": YAML});
        let commit = json!({"branch": "main", "commit_message": "Begin", "actions": [step]});
        full.sha = full.post(&full.below("/repository/commits"), commit).await["id"].clone();
        let rule = json!([{"access_level": 40}]);
        let guarded =
            json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rule});
        full.post(&full.below("/protected_environments"), guarded).await;
        let (approver, token) = full.server.user("approver").await;
        full.post(&format!("/groups/{}/members", full.group), json!({"user_id": approver, "access_level": 40})).await;
        full.approver = token;
        full
    }

    /// A path of the project.
    fn below(&self, rest: &str) -> String {
        format!("/projects/{}{rest}", self.project)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.server.post(ROOT, path, body).await.is(201)
    }

    /// Fills up to that many people and places, then up to that many deployments: what waits makes every change of
    /// people and places dearer, as it should.
    async fn fill(&mut self, rows: i64, deployments: i64) {
        for n in self.rows..rows {
            self.people(n).await;
            self.places(n).await;
        }
        for n in self.deployments..deployments {
            self.deployments(n).await;
        }
        (self.rows, self.deployments) = (rows, deployments);
    }

    async fn people(&self, n: i64) {
        let user = self.user(n).await;
        let token = json!({"name": format!("t{n}"), "scopes": ["read_api"]});
        self.post(&format!("/users/{user}/personal_access_tokens"), token).await;
        for place in [format!("/groups/{}", self.group), format!("/projects/{}", self.project)] {
            self.post(&format!("{place}/members"), json!({"user_id": user, "access_level": 40})).await;
            let token = json!({"name": format!("t{n}"), "scopes": ["read_api"]});
            self.post(&format!("{place}/access_tokens"), token).await;
        }
    }

    async fn user(&self, n: i64) -> Value {
        let (name, email) = (format!("user{n}"), format!("user{n}@example.org"));
        let new = json!({"username": name, "name": name, "email": email, "force_random_password": true});
        self.post("/users", new).await["id"].clone()
    }

    async fn places(&self, n: i64) {
        let group = json!({"name": format!("g{n}"), "path": format!("g{n}"), "parent_id": self.group});
        let made = self.post("/groups", group).await;
        let invited = json!({"group_id": made["id"], "group_access": 30});
        self.post(&self.below("/share"), invited).await;
        self.post("/projects", json!({"path": format!("p{n}"), "namespace_id": self.group})).await;
        let name = format!("staging/{n}");
        let guarded = json!({"name": name, "deploy_access_levels": [{"access_level": 40}, {"group_id": made["id"]}]});
        self.post(&self.below("/protected_environments"), guarded).await;
        let runner = json!({"runner_type": "project_type", "project_id": self.project, "description": name});
        self.post("/user/runners", runner).await;
        self.post(&self.below("/triggers"), json!({"description": name})).await;
    }

    async fn deployments(&self, n: i64) {
        self.post(&self.below("/environments"), json!({"name": format!("box/{n}")})).await;
        let made = self.post(&self.below("/deployments"), self.deployment("production")).await;
        assert_eq!(made["status"], "blocked", "{made}");
        let vote = self.below(&format!("/deployments/{}/approval", made["id"]));
        self.server.post(&self.approver, &vote, json!({"status": "approved"})).await.is(201);
        self.post(&self.below("/deployments"), self.deployment(&format!("box/{n}"))).await;
        self.post(&self.below("/pipeline"), json!({"ref": "main"})).await;
    }

    fn deployment(&self, environment: &str) -> Value {
        json!({"environment": environment, "sha": self.sha, "ref": "main", "tag": false, "status": "created"})
    }

    /// What one request costs, once everything it needs is warm.
    async fn cost(&self, method: &str, path: &str, body: &Value) -> (u64, Value) {
        let before = self.server.app.store.statements();
        let reply = self.server.ask(ROOT, method, path, body.clone()).await;
        let cost = self.server.app.store.statements() - before;
        assert!(reply.status.is_success(), "{method} {path}: {} {}", reply.status, reply.body);
        (cost, reply.body)
    }

    /// What each list of the API costs, as the API's own description names them: when it is asked for the first time, and
    /// again. Of the first time, some may be remembered by chance of what went before.
    async fn lists(&self) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
        let described: Value = serde_json::from_str(&crate::openapi()).unwrap();
        let pipelines = self.server.get(ROOT, &self.below("/pipelines?per_page=1")).await.is(200);
        let (mut first, mut again) = (BTreeMap::new(), BTreeMap::new());
        for (path, methods) in described["paths"].as_object().unwrap() {
            let shown = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
            if shown["type"] != "array" || path.contains("/repository/") {
                continue;
            }
            let owner = if path.contains("/groups/{id}") { &self.group } else { &self.project };
            let at = path.trim_start_matches("/api/v4").replace("{id}", &owner.to_string());
            let at = at.replace("{pipeline_id}", &pipelines[0]["id"].to_string());
            if at.contains('{') {
                continue;
            }
            let at = format!("{at}?per_page=100");
            first.insert(path.clone(), self.cost("GET", &at, &Value::Null).await.0);
            again.insert(path.clone(), self.cost("GET", &at, &Value::Null).await.0);
        }
        (first, again)
    }
}

#[tokio::test]
async fn a_list_of_a_hundred_costs_as_much_as_one_of_ten() {
    let mut full = Full::new().await;
    full.fill(8, 10).await;
    let (short_first, short) = full.lists().await;
    full.fill(16, 100).await;
    let (long_first, long) = full.lists().await;
    let rows = full.server.get(ROOT, &full.below("/deployments?per_page=100")).await.is(200);
    assert_eq!(rows.as_array().map(Vec::len), Some(100));
    assert!(short.len() >= 14, "{short:?}");
    assert_eq!(long, short, "statements for a hundred rows on the left, for ten on the right");
    for (path, cost) in &long_first {
        assert!(cost <= &short_first[path], "{path}: {cost} statements at first, for ten rows {}", short_first[path]);
    }
}

/// The main requests, one after another on a project of their own, stay within these numbers of statements.
#[tokio::test]
async fn requests_stay_within_their_statements() {
    let mut full = Full::new().await;
    full.fill(1, 1).await;
    let made = full.post("/projects", json!({"path": "fresh", "namespace_id": full.group})).await;
    let filled = std::mem::replace(&mut full.project, made["id"].clone());
    let entry = json!({
        "name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": [{"access_level": 40}],
    });
    let protection = full.below("/protected_environments/production");
    let mut costs = vec![full.cost("POST", &full.below("/protected_environments"), &entry).await];
    let rule = json!({"approval_rules": [{"id": costs[0].1["approval_rules"][0]["id"], "required_approvals": 1}]});
    costs.push(full.cost("PUT", &protection, &rule).await);
    costs.push(full.cost("GET", &protection, &Value::Null).await);
    let made = full.cost("POST", &full.below("/environments"), &json!({"name": "box"})).await;
    let at = full.below(&format!("/environments/{}", made.1["id"]));
    costs.push(made);
    costs.push(full.cost("GET", &at, &Value::Null).await);
    costs.push(full.cost("PUT", &at, &json!({"external_url": "http://x.example"})).await);
    costs.push(full.cost("POST", &format!("{at}/stop"), &json!({})).await);
    costs.push(full.cost("DELETE", &at, &Value::Null).await);
    let made = full.cost("POST", &full.below("/deployments"), &full.deployment("production")).await;
    let at = full.below(&format!("/deployments/{}", made.1["id"]));
    costs.push(made);
    let before = full.server.app.store.statements();
    let vote = json!({"status": "approved"});
    let voted = full.server.post(&full.approver, &format!("{at}/approval"), vote).await.is(201);
    costs.push((full.server.app.store.statements() - before, voted));
    costs.push(full.cost("GET", &at, &Value::Null).await);
    costs.push(full.cost("PUT", &at, &json!({"status": "running"})).await);
    costs.push(full.cost("PUT", &at, &json!({"status": "success"})).await);
    costs.push(full.cost("DELETE", &protection, &Value::Null).await);
    for (cost, reply) in costs {
        assert!((1..=REQUEST).contains(&cost), "{cost} statements for {reply}");
    }
    full.project = filled;
    for (path, cost) in full.lists().await.0 {
        assert!((1..=LIST).contains(&cost), "{cost} statements for {path}");
    }
}
