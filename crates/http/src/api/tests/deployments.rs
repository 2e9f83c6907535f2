//! Deployments that outside tools make, and lists of them.

use super::{ROOT, Server};
use countersign_app::approve::{Opinion, approve};
use countersign_app::authorize::Ref;
use countersign_app::deployments::{self, Known, NewDeployment};
use countersign_app::members::{self, NewMembers, Target, Who};
use countersign_app::{Failure, Tx};
use countersign_domain::access::{Actor, Level, Person, Via};
use countersign_domain::approval::Verdict;
use countersign_domain::deployment::Report;
use countersign_domain::event::By;
use countersign_domain::ids::UserId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use serde_json::{Value, json};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// A private group with a project in it, whose `production` the members of a subgroup deploy to and approve.
struct Scene {
    server: Server,
    /// Develops in the group.
    dev: (i64, String),
    /// A member of the subgroup alone.
    op: (i64, String),
    project: String,
    subgroup: i64,
}

impl Scene {
    async fn new() -> Scene {
        let server = Server::new();
        let org = server.group(ROOT, "org").await;
        let below = json!({"name": "ops", "path": "ops", "parent_id": org});
        let subgroup = server.post(ROOT, "/groups", below).await.is(201)["id"].as_i64().unwrap();
        let made = server.post(ROOT, "/projects", json!({"path": "app", "namespace_id": org})).await.is(201);
        let (dev, op) = (server.user("dev").await, server.user("op").await);
        for (group, user) in [(org, dev.0), (subgroup, op.0)] {
            let member = json!({"user_id": user, "access_level": 30});
            server.post(ROOT, &format!("/groups/{group}/members"), member).await.is(201);
        }
        Scene { server, dev, op, project: format!("/projects/{}", made["id"]), subgroup }
    }

    async fn protect(&self) {
        let body = json!({
            "name": "production",
            "deploy_access_levels": [{"group_id": self.subgroup}, {"access_level": 30}],
            "approval_rules": [{"group_id": self.subgroup}],
        });
        self.server.post(ROOT, "/groups/org/protected_environments", body).await.is(201);
    }

    async fn report(&self, token: &str, environment: &str) -> super::Reply {
        let body = json!({"environment": environment, "sha": SHA, "ref": "main", "tag": false, "status": "running"});
        self.server.post(token, &format!("{}/deployments", self.project), body).await
    }

    async fn list(&self, query: &str) -> Vec<(Value, Value)> {
        let path = format!("{}/deployments?{query}", self.project);
        let list = self.server.get(&self.dev.1, &path).await.is(200);
        list.as_array().unwrap().iter().map(|d| (d["environment"]["name"].clone(), d["status"].clone())).collect()
    }

    /// Runs a use case at another time, as somebody.
    fn at<T: Send + 'static>(
        &self,
        who: i64,
        now: Timestamp,
        job: impl Fn(&mut Tx<'_>, &Actor) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
    ) -> T {
        let person = Person { id: UserId(who), admin: who == 1, bot: false, active: true, external: false };
        let actor = Actor { person: Some(person), via: Via::Token(Vec::new()), by: By::default() };
        self.server.app.store.write_blocking(By::default(), now, Intent::Edit, move |tx| job(tx, &actor)).unwrap()
    }
}

#[tokio::test]
async fn whom_an_entry_lets_see_the_environment_is_told_what_is_missing() {
    let scene = Scene::new().await;
    let op = &scene.op.1;
    scene.report(op, "production").await.is(404);
    scene.protect().await;
    let path = format!("{}/deployments", scene.project);
    scene.server.get(op, &path).await.is(200);
    for environment in ["production", "elsewhere"] {
        let refused = scene.report(op, environment).await.is(403);
        assert_eq!(refused["code"], "access.role", "{refused}");
        assert_eq!(refused["message"], "403 Forbidden - This needs at least the Developer role");
    }
    let (_, stranger) = scene.server.user("stranger").await;
    scene.report(&stranger, "production").await.is(404);
    scene.report("", "production").await.is(401);
    let made = scene.report(&scene.dev.1, "production").await.is(201);
    // The entry alone suffices to take it further, once it is approved.
    let at = format!("{path}/{}", made["id"]);
    assert_eq!(scene.server.get(op, &at).await.is(200)["status"], "blocked");
    scene.server.post(op, &format!("{at}/approval"), json!({"status": "approved"})).await.is(201);
    scene.server.ask(op, "PUT", &at, json!({"status": "running"})).await.is(200);
}

#[tokio::test]
async fn an_empty_filter_is_none() {
    let scene = Scene::new().await;
    scene.report(&scene.dev.1, "review").await.is(201);
    let all = [(json!("review"), json!("running"))];
    for query in
        ["", "environment=", "environment=%20", "status=", "environment=&status=&order_by=&sort=&updated_after="]
    {
        assert_eq!(scene.list(query).await, all, "{query}");
    }
    assert_eq!(scene.list("environment=other").await, []);
    let server = &scene.server;
    for path in [
        format!("{}/environments?search=", scene.project),
        format!("{}/environments?name=&search=&states=", scene.project),
        format!("{}/pipelines?ref=&sha=&status=&source=", scene.project),
        format!("{}/members/all?query=&user_ids=", scene.project),
        "/groups?search=&visibility=&order_by=".into(),
        "/projects?search=&visibility=&min_access_level=".into(),
        "/users?username=&search=&created_after=".into(),
        "/personal_access_tokens?search=&state=&user_id=".into(),
    ] {
        let found = server.get(&scene.dev.1, &path).await.is(200);
        let none = path.contains("pipelines");
        assert_eq!(found.as_array().unwrap().is_empty(), none, "{path}: {found}");
    }
}

#[tokio::test]
async fn a_list_knows_what_ended_at_midnight() {
    let scene = Scene::new().await;
    scene.protect().await;
    let now = countersign_app::now();
    let yesterday = now.plus_ms(-24 * 3600 * 1000);
    let (qa, _) = scene.server.user("qa").await;
    let at = Ref::parse(scene.project.trim_start_matches("/projects/"));
    let subgroup = Target::Group(Ref::Id(scene.subgroup));
    let until = NewMembers { who: vec![Who::Id(qa)], level: Level::Developer, expires_at: Some(now.date()) };
    scene.at(1, yesterday, move |tx, by| members::add(tx, by, &subgroup, &until, yesterday));
    let new = NewDeployment {
        environment: "production".into(),
        sha: SHA.into(),
        ref_name: "main".into(),
        tag: false,
        status: Report::Running,
    };
    let known = Known { ref_name: true, commit_there: true, commit: None };
    let place = at.clone();
    let made =
        scene.at(scene.dev.0, yesterday, move |tx, by| deployments::create(tx, by, &place, &new, &known, yesterday));
    let opinion = Opinion { verdict: Verdict::Approved, comment: None, represented_as: None };
    scene.at(qa, yesterday, move |tx, by| approve(tx, by, &at, made, &opinion, yesterday));
    // Whose approval it was is no member any more since 00:00.
    let waits = [(json!("production"), json!("blocked"))];
    assert_eq!(scene.list("status=blocked").await, waits);
    assert_eq!(scene.list("status=created").await, []);
    assert_eq!(scene.list("").await, waits);
}
