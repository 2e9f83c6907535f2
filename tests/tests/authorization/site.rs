//! What there is to ask for, and fresh things to be changed and deleted.

use crate::cast::{Actor, hand};
use countersign_tests::compare::id;
use countersign_tests::runner::Handed;
use countersign_tests::{Client, Server, World};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One pipeline has a job for whoever asks, one that waits to be played, one kept for the runner of this test, one that has
/// a resource, and two deployments, of which one is protected.
const YAML: &str = "work:\n  script: ['true']\n\
    manual:\n  when: manual\n  script: ['true']\n\
    kept:\n  when: manual\n  tags: [hand]\n  script: ['true']\n\
    serial:\n  tags: [nobody]\n  script: ['true']\n  resource_group: gate-$CI_PIPELINE_ID\n\
    review:\n  when: manual\n  script: ['true']\n  environment: {name: review/app}\n\
    production:\n  when: manual\n  tags: [hand]\n  script: ['true']\n  environment: {name: production}\n";

/// The variable that the project, its group and the instance have.
pub(crate) const READABLE: &str = "READABLE";

/// A private project in a private group: its tier `production` is protected; operators and maintainers deploy there,
/// two testers approve.
pub(crate) struct Site {
    /// The people and places.
    pub(crate) world: World,
    /// A runner for the jobs with the tag `hand`.
    pub(crate) runner: i64,
    /// The token of a runner for the jobs with the tag `hand`.
    pub(crate) runner_token: String,
    /// Somebody who belongs to the project, and to whom nobody pays attention.
    pub(crate) spare: i64,
    /// A token of theirs.
    pub(crate) spare_token: i64,
    /// An access token of the project.
    pub(crate) project_token: i64,
    /// A trigger token of the project.
    pub(crate) trigger: i64,
    /// An access token of the group.
    pub(crate) group_token: i64,
    /// A pipeline that nobody changes.
    pub(crate) pipeline: i64,
    number: AtomicUsize,
}

impl Site {
    /// Makes all of it.
    pub(crate) async fn new(server: &'static Server) -> Site {
        let world = World::new(server).await;
        let rules = json!([{"group_id": world.qa.id, "required_approvals": 2}]);
        let entries = json!([{"group_id": world.operators.id}, {"access_level": 40}]);
        let body = json!({"name": "production", "deploy_access_levels": entries, "approval_rules": rules});
        world.protect(&world.org, body).await;
        let entries = json!([{"access_level": 40}]);
        world.protect(&world.project, json!({"name": "locked", "deploy_access_levels": entries})).await;
        world.owner.post(&world.project.of("/protected_tags"), json!({"name": "v1"})).await.ok(201);
        for at in [format!("/projects/{}", world.project.id), format!("/groups/{}", world.org.id), "/admin/ci".into()] {
            world.root.post(&format!("{at}/variables"), json!({"key": READABLE, "value": "secret"})).await.ok(201);
        }
        let spare = world.person("spare").await;
        world.join(&world.project, &spare, 30).await;
        let spare_token = id(&spare.get("/personal_access_tokens/self").await.ok(200));
        let body = json!({"runner_type": "project_type", "project_id": world.project.id, "tag_list": ["hand"], "run_untagged": false});
        let runner = world.owner.post("/user/runners", body).await.ok(201);
        let runner_token = runner["token"].as_str().expect("a runner's token").to_owned();
        #[rustfmt::skip]
        let mut site = Site { world, runner: id(&runner), runner_token, spare: spare.id, spare_token, project_token: 0, group_token: 0, trigger: 0, pipeline: 0, number: AtomicUsize::new(1) };
        site.project_token = site.access_token(&site.world.project.at).await;
        site.trigger = site.new_trigger().await.0;
        site.group_token = site.access_token(&site.world.org.at).await;
        site.elsewhere().await;
        site.commit().await;
        site.pipeline = site.pipeline().await;
        site.finish(site.job(site.pipeline, "kept").await).await;
        site
    }

    /// Another project, which the member of nothing maintains.
    async fn elsewhere(&self) {
        let body = json!({"name": "elsewhere", "path": "elsewhere", "visibility": "private"});
        let group = id(&self.world.root.post("/groups", body).await.ok(201));
        let project = self.project(group).await;
        let member = json!({"user_id": self.world.outsider.id, "access_level": 40});
        self.world.root.post(&format!("/projects/{project}/members"), member).await.ok(201);
    }

    async fn commit(&self) {
        let file = |path: &str, text: &str| json!({"action": "create", "file_path": path, "content": text});
        let actions = [file(".gitlab-ci.yml", YAML), file("README.md", "Hello\n")];
        let body = json!({"branch": "main", "commit_message": "Begin", "actions": actions});
        self.world.owner.post(&self.at("/repository/commits"), body).await.ok(201);
        let body = json!({"tag_name": "v1", "ref": "main"});
        self.world.owner.post(&self.at("/repository/tags"), body).await.ok(201);
    }

    /// An address of the project.
    pub(crate) fn at(&self, rest: &str) -> String {
        self.world.project.of(rest)
    }

    /// A name that nothing has yet.
    pub(crate) fn name(&self, of: &str) -> String {
        format!("{of}-{}", self.number.fetch_add(1, Ordering::Relaxed))
    }

    /// A new group below another, of the administrator.
    pub(crate) async fn group(&self, parent: i64) -> i64 {
        let name = self.name("group");
        let body = json!({"name": name, "path": name, "parent_id": parent, "visibility": "private"});
        id(&self.world.root.post("/groups", body).await.ok(201))
    }

    /// A new group of the organization.
    pub(crate) async fn subgroup(&self) -> i64 {
        self.group(self.world.org.id).await
    }

    /// A new project in a group, of the administrator.
    pub(crate) async fn project(&self, group: i64) -> i64 {
        let name = self.name("project");
        let body = json!({"name": name, "path": name, "namespace_id": group, "visibility": "private"});
        id(&self.world.root.post("/projects", body).await.ok(201))
    }

    /// A new project of the organization.
    pub(crate) async fn sibling(&self) -> i64 {
        self.project(self.world.org.id).await
    }

    /// A new user.
    pub(crate) async fn user(&self) -> i64 {
        self.world.person(&self.name("user")).await.id
    }

    /// A new token of a user: its id and what it says.
    pub(crate) async fn token(&self, user: i64, scope: &str) -> (i64, String) {
        let body = json!({"name": "another", "scopes": [scope]});
        let made = self.world.root.post(&format!("/users/{user}/personal_access_tokens"), body).await.ok(201);
        (id(&made), made["token"].as_str().expect("a token").to_owned())
    }

    /// A new access token of a project or group.
    pub(crate) async fn access_token(&self, at: &str) -> i64 {
        let body = json!({"name": "another", "scopes": ["api"], "access_level": 30});
        id(&self.world.root.post(&format!("{at}/access_tokens"), body).await.ok(201))
    }

    /// A new runner of the project, which gets no jobs.
    pub(crate) async fn new_runner(&self) -> i64 {
        let body = json!({"runner_type": "project_type", "project_id": self.world.project.id, "paused": true});
        id(&self.world.owner.post("/user/runners", body).await.ok(201))
    }

    /// A new trigger token of the owner: its id and what it says.
    pub(crate) async fn new_trigger(&self) -> (i64, String) {
        let made = self.world.owner.post(&self.at("/triggers"), json!({"description": "another"})).await.ok(201);
        (id(&made), made["token"].as_str().expect("a token").to_owned())
    }

    /// A new environment of the project, stopped if it is to be; the name says the tier.
    pub(crate) async fn environment(&self, kind: &str, stopped: bool) -> i64 {
        let name = self.name(&format!("{kind}/e"));
        let made = id(&self.world.root.post(&self.at("/environments"), json!({"name": name})).await.ok(201));
        if stopped {
            self.world.root.post(&self.at(&format!("/environments/{made}/stop")), json!({})).await.ok(200);
        }
        made
    }

    /// A new deployment without a job, as the administrator reports it.
    pub(crate) async fn deployment(&self, environment: &str, status: &str) -> i64 {
        let body = self.report(environment, status).await;
        id(&self.world.root.post(&self.at("/deployments"), body).await.ok(201))
    }

    /// What an outside tool says of a deployment.
    pub(crate) async fn report(&self, environment: &str, status: &str) -> Value {
        json!({"environment": environment, "sha": self.head().await, "ref": "main", "tag": false, "status": status})
    }

    /// The commit at the end of the branch `main`.
    pub(crate) async fn head(&self) -> String {
        let branch = self.world.root.get(&self.at("/repository/branches/main")).await.ok(200);
        branch["commit"]["id"].as_str().expect("a commit").to_owned()
    }

    /// A vote of the testers on a deployment.
    pub(crate) async fn approve(&self, by: &Client, deployment: i64) {
        let path = self.at(&format!("/deployments/{deployment}/approval"));
        by.post(&path, json!({"status": "approved"})).await.ok(201);
    }

    /// A deployment to `production` that the testers have approved.
    pub(crate) async fn approved(&self) -> i64 {
        let deployment = self.deployment("production", "running").await;
        self.approve(&self.world.qa1, deployment).await;
        self.approve(&self.world.qa2, deployment).await;
        deployment
    }

    /// Another project, which could not be fetched from elsewhere.
    pub(crate) async fn imported(&self) -> i64 {
        let (root, project) = (&self.world.root, self.sibling().await);
        let body = json!({"import_url": "https://git.invalid/a/b.git"});
        root.put(&format!("/projects/{project}"), body).await.ok(200);
        let path = format!("/projects/{project}/mirror/pull");
        let failed = || async { (root.get(&path).await.ok(200)["update_status"] == "failed").then_some(project) };
        countersign_tests::wait::until("a fetch that fails", failed).await
    }

    /// A new pipeline of the administrator.
    pub(crate) async fn pipeline(&self) -> i64 {
        self.begin(&self.world.root).await
    }

    async fn begin(&self, by: &Client) -> i64 {
        id(&by.post(&self.at("/pipeline"), json!({"ref": "main"})).await.ok(201))
    }

    /// The job of that name of a pipeline.
    pub(crate) async fn job(&self, pipeline: i64, name: &str) -> i64 {
        let jobs = self.world.root.get(&self.at(&format!("/pipelines/{pipeline}/jobs"))).await.ok(200);
        let found = jobs.as_array().into_iter().flatten().find(|job| job["name"] == name);
        id(found.unwrap_or_else(|| panic!("no job {name} in {jobs}")))
    }

    /// The job of that name of a new pipeline.
    pub(crate) async fn new_job(&self, name: &str) -> i64 {
        self.job(self.pipeline().await, name).await
    }

    /// The deployment of the job `production` of a pipeline, or of `review`.
    pub(crate) async fn deployment_of(&self, pipeline: i64, environment: &str) -> i64 {
        let path = self.at(&format!("/deployments?environment={environment}&per_page=100&sort=desc"));
        let list = self.world.root.get(&path).await.ok(200);
        let of = |row: &&Value| row["deployable"]["pipeline"]["id"] == pipeline;
        id(list.as_array().into_iter().flatten().find(of).expect("a deployment of the pipeline"))
    }

    /// The environment of that name.
    pub(crate) async fn environment_named(&self, name: &str) -> i64 {
        id(&self.world.root.get(&self.at(&format!("/environments?name={name}"))).await.ok(200)[0])
    }

    /// Does something to a job or pipeline.
    pub(crate) async fn act(&self, by: &Client, what: &str, id: i64, verb: &str) {
        let reply = by.post(&self.at(&format!("/{what}/{id}/{verb}")), json!({})).await;
        assert!(reply.status < 300, "{what} {id} {verb}: {reply:?}");
    }

    /// A job that somebody started and the runner of this test has taken up.
    pub(crate) async fn running_job(&self, by: &Client) -> Handed {
        let job = self.job(self.begin(by).await, "kept").await;
        self.act(by, "jobs", job, "play").await;
        self.take(job).await
    }

    /// Takes up a job; any that come before it fail.
    async fn take(&self, job: i64) -> Handed {
        loop {
            let handed = hand(self).take().await;
            handed.acknowledge().await.ok(200);
            if handed.id == job {
                return handed;
            }
            handed.put("failed", json!({})).await.ok(200);
        }
    }

    /// The job, after the runner has ended it well and left a log and files.
    pub(crate) async fn finish(&self, job: i64) -> i64 {
        self.act(&self.world.root, "jobs", job, "play").await;
        let handed = self.take(job).await;
        handed.trace(0, "Hello\n").await.ok(202);
        handed.bring("", "file", countersign_tests::zip::of(&[("file", b"content")])).await.ok(201);
        handed.put("success", json!({})).await.ok(200);
        handed.id
    }

    /// Who asks, with a token that is used up by it: its id and a client. Whoever has no personal token keeps theirs.
    pub(crate) async fn spend(&self, actor: &Actor) -> (Option<i64>, Client) {
        let scope = if actor.name == "read" { "read_api" } else { "api" };
        match (actor.user, actor.token) {
            (Some(user), Some(_)) => {
                let (token, secret) = self.token(user, scope).await;
                (Some(token), self.world.anonymous.with_token(&secret))
            }
            _ => (None, actor.client(0).clone()),
        }
    }
}
