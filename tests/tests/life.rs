//! A deployment's life from the push to the log: blocked, approved, run, or rejected and final.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::{HandRunner, MOMENT};
use countersign_tests::wait::until;
use countersign_tests::world::level;
use countersign_tests::{Client, Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    pushed_blocked_approved_run_by_the_built_in_runner,
    a_rejection_is_final,
    whoever_may_not_deploy_waits_for_somebody_who_may,
    playing_is_refused_while_blocked,
    canceling_a_blocked_job_cancels_its_deployment,
    a_retry_is_a_new_deployment,
    the_unified_count_asks_those_who_may_deploy,
    an_automatic_job_without_permission_fails,
    later_stages_wait_for_a_blocked_job,
    a_job_that_merely_names_a_protected_environment_needs_permission,
    losing_permission_after_approval_holds_the_job,
);

/// The deploy job of the documents, and a build before it.
const BUILD_AND_DEPLOY: &str = r#"stages: [build, deploy]
build:
  stage: build
  script: ['echo "Building $CI_COMMIT_SHORT_SHA"']
production:
  stage: deploy
  script: ['echo "Deploying to ${CI_ENVIRONMENT_NAME}"', 'test -f .gitlab-ci.yml']
  environment:
    name: ${CI_JOB_NAME}
    url: https://example.com/$CI_ENVIRONMENT_SLUG
"#;
/// One deploy job, without clone.
const DEPLOY: &str = r#"production:
  variables: {GIT_STRATEGY: none}
  script: ['true']
  environment: {name: production}
"#;

/// A project with a pipeline that `by` pushed.
struct Pushed {
    world: World,
    pipeline: i64,
}

impl Pushed {
    async fn new(world: World, by: &countersign_tests::Person, yaml: &str) -> Pushed {
        let repository = git::Repository::new(world.server, &world.project);
        let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
        repository.push(by);
        let pipeline = id(&git::pipeline_of(&world.owner, &world.project, &sha).await);
        Pushed { world, pipeline }
    }

    fn at(&self, rest: &str) -> String {
        self.world.project.of(rest)
    }

    /// The newest job of that name, as the owner sees it.
    async fn job(&self, name: &str) -> Value {
        let path = self.at(&format!("/pipelines/{}/jobs", self.pipeline));
        let jobs = self.world.owner.get(&path).await.ok(200);
        let found = jobs.as_array().into_iter().flatten().find(|job| job["name"] == name);
        found.unwrap_or_else(|| panic!("no job {name} in {jobs}")).clone()
    }

    /// The newest deployment to that environment.
    async fn deployment(&self, environment: &str) -> Value {
        let path = self.at(&format!("/deployments?environment={environment}&sort=desc&order_by=id"));
        let list = self.world.owner.get(&path).await.ok(200);
        self.world.deployment(id(&list[0])).await
    }

    async fn until_job(&self, name: &str, status: &str) -> Value {
        until(&format!("{name} to be {status}"), || async {
            Some(self.job(name).await).filter(|job| job["status"] == status)
        })
        .await
    }

    async fn act(&self, by: &Client, job: &Value, verb: &str) -> countersign_tests::Reply {
        by.post(&self.at(&format!("/jobs/{}/{verb}", job["id"])), json!({})).await
    }

    async fn pipeline_status(&self) -> Value {
        self.world.owner.get(&self.at(&format!("/pipelines/{}", self.pipeline))).await.ok(200)["status"].clone()
    }

    /// The seeds' three approvals.
    async fn approve(&self, deployment: &Value) {
        let world = &self.world;
        for by in [&world.qa1, &world.sec1, &world.sec2] {
            world.vote(by, id(deployment), "approved").await.ok(201);
        }
    }
}

/// A project under the seeds' protection whose pipeline the deployer pushed.
async fn deploying(server: &'static Server, yaml: &str) -> Pushed {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployer = world.deployer.clone();
    Pushed::new(world, &deployer, yaml).await
}

async fn pushed_blocked_approved_run_by_the_built_in_runner(server: &'static Server) {
    let it = deploying(server, BUILD_AND_DEPLOY).await;
    let world = &it.world;
    assert_eq!(it.job("production").await["status"], "created");
    assert_eq!(it.deployment("production").await["status"], "created");

    let _runner = server.start_runner(&world.runner().await, 1);
    it.until_job("build", "success").await;
    let job = it.until_job("production", "manual").await;
    assert_eq!((&job["allow_failure"], it.pipeline_status().await), (&json!(false), json!("manual")));
    let deployment = it.deployment("production").await;
    assert_shows(&deployment, &json!({"status": "blocked", "iid": 1, "pending_approval_count": 3, "approvals": []}));
    assert!(deployment["blocked_reasons"].as_array().is_some_and(|it| !it.is_empty()), "{deployment}");
    let environments = world.owner.get(&it.at("/environments")).await.ok(200);
    assert_shows(&environments, &json!([{"name": "production", "tier": "production"}]));

    it.approve(&deployment).await;
    let job = it.until_job("production", "success").await;
    assert_shows(&job, &json!({"user": {"id": world.deployer.id}, "runner": {"runner_type": "project_type"}}));
    let trace = world.dev.get(&it.at(&format!("/jobs/{}/trace", job["id"]))).await;
    assert!(trace.header("content-type").starts_with("text/plain"), "{trace:?}");
    assert_eq!(trace.status, 200);
    assert!(trace.text.contains("Deploying to production"), "{}", trace.text);
    let done = it.deployment("production").await;
    assert_shows(&done, &json!({"status": "success", "deployable": {"status": "success", "id": job["id"]}}));
    assert_eq!(done["approvals"].as_array().map(Vec::len), Some(3), "{done}");
    assert!(done["finished_at"].is_string() && done.get("unapproved").is_none(), "{done}");
    let environment = world.owner.get(&it.at(&format!("/environments/{}", environments[0]["id"]))).await.ok(200);
    let url = "https://example.com/production";
    let expected = json!({"state": "available", "last_deployment": {"id": done["id"]}, "external_url": url});
    assert_shows(&environment, &expected);
    until("the pipeline to succeed", || async { (it.pipeline_status().await == "success").then_some(()) }).await;
}

async fn a_rejection_is_final(server: &'static Server) {
    let it = deploying(server, DEPLOY).await;
    let world = &it.world;
    let runner = HandRunner::new(server, &world.runner().await);
    let (job, deployment) = (it.until_job("production", "manual").await, it.deployment("production").await);
    world.vote(&world.qa1, id(&deployment), "approved").await.ok(201);
    let path = it.at(&format!("/deployments/{}/approval", deployment["id"]));
    let vote = world.sec1.post(&path, json!({"status": "rejected", "comment": "CVE open"})).await.ok(201);
    assert_shows(&vote, &json!({"status": "rejected", "comment": "CVE open", "user": {"id": world.sec1.id}}));

    let expected = json!({"status": "failed", "failure_reason": "deployment_rejected"});
    assert_shows(&it.job("production").await, &expected);
    assert_eq!(it.deployment("production").await["status"], "failed");
    assert_eq!(it.pipeline_status().await, "failed");
    let refused = it.act(&world.deployer, &job, "retry").await.refused(403);
    assert!(refused["message"].as_str().is_some_and(|it| it.contains("not retryable")), "{refused}");
    it.act(&world.root, &job, "retry").await.refused(403);
    it.act(&world.deployer, &job, "play").await.refused(400);
    for by in [&world.sec2, &world.sec1, &world.qa1] {
        world.vote(by, id(&deployment), "approved").await.refused(400);
        by.delete(&path).await.refused(400);
    }
    assert!(runner.take_if_any(MOMENT).await.is_none());
}

async fn whoever_may_not_deploy_waits_for_somebody_who_may(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let dev = world.dev.clone();
    let it = Pushed::new(world, &dev, DEPLOY).await;
    let world = &it.world;
    let runner = HandRunner::new(server, &world.runner().await);
    it.until_job("production", "manual").await;
    let deployment = it.deployment("production").await;
    it.approve(&deployment).await;
    // Approved, but nobody who may execute it has asked for it yet.
    let job = it.job("production").await;
    assert_eq!(job["status"], "manual");
    assert_eq!(it.deployment("production").await["status"], "created");
    assert!(runner.take_if_any(MOMENT).await.is_none());
    it.act(&world.dev2, &job, "play").await.refused(403);
    it.act(&world.outsider, &job, "play").await.refused(404);
    // The operator is no member of the project: the deploy entry is enough.
    let played = it.act(&world.op, &job, "play").await.ok(200);
    assert_shows(&played, &json!({"id": job["id"], "status": "pending"}));
    let handed = runner.take().await;
    assert_eq!(handed.id, id(&job));
    handed.succeed().await;
    assert_shows(&it.job("production").await, &json!({"status": "success", "user": {"id": world.op.id}}));
}

async fn playing_is_refused_while_blocked(server: &'static Server) {
    let it = deploying(server, DEPLOY).await;
    let world = &it.world;
    let runner = HandRunner::new(server, &world.runner().await);
    let job = it.until_job("production", "manual").await;
    for by in [&*world.deployer, &world.op, &world.root] {
        let refused = it.act(by, &job, "play").await.refused(400);
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains("Unplayable Job") && message.contains("approv"), "{refused}");
    }
    it.act(&world.deployer, &job, "retry").await.refused(403);
    it.act(&world.dev, &job, "play").await.refused(403);
    let variables = json!({"job_variables_attributes": [{"key": "TARGET", "value": "elsewhere"}]});
    let deployment = it.deployment("production").await;
    assert_eq!(deployment["status"], "blocked");
    let path = world.org.of("/protected_environments/production");
    world.owner.put(&path, json!({"run_after_approval": "manual"})).await.ok(200);
    it.approve(&deployment).await;
    assert_eq!(it.job("production").await["status"], "manual");
    // What was approved is what runs.
    let path = it.at(&format!("/jobs/{}/play", job["id"]));
    assert!([400, 403].contains(&world.deployer.post(&path, variables).await.status));
    assert!(runner.take_if_any(MOMENT).await.is_none());
    world.deployer.post(&path, json!({})).await.ok(200);
    assert_eq!(runner.take().await.id, id(&job));
}

async fn canceling_a_blocked_job_cancels_its_deployment(server: &'static Server) {
    let it = deploying(server, DEPLOY).await;
    let world = &it.world;
    let (job, deployment) = (it.until_job("production", "manual").await, it.deployment("production").await);
    world.vote(&world.qa1, id(&deployment), "approved").await.ok(201);
    assert_shows(&it.act(&world.deployer, &job, "cancel").await.ok(201), &json!({"status": "canceled"}));
    let canceled = it.deployment("production").await;
    assert_shows(&canceled, &json!({"status": "canceled", "approvals": [{"user": {"id": world.qa1.id}}]}));
    world.vote(&world.sec1, id(&deployment), "approved").await.refused_as(400, "approval.not_blocked");
    // Once more changes nothing.
    assert_shows(&it.act(&world.deployer, &job, "cancel").await.ok(201), &json!({"status": "canceled"}));
}

async fn a_retry_is_a_new_deployment(server: &'static Server) {
    let it = deploying(server, DEPLOY).await;
    let world = &it.world;
    let runner = HandRunner::new(server, &world.runner().await);
    let job = it.until_job("production", "manual").await;
    let first = it.deployment("production").await;
    it.approve(&first).await;
    runner.take().await.succeed().await;
    let again = it.act(&world.op, &job, "retry").await.ok(201);
    assert_ne!(id(&again), id(&job));
    let second = it.deployment("production").await;
    assert_ne!(id(&second), id(&first));
    assert_shows(&second, &json!({"status": "blocked", "pending_approval_count": 3, "iid": 2}));
    assert!(runner.take_if_any(MOMENT).await.is_none());
    // On a retry neither who retried nor who made the pipeline may vote.
    world.join(&world.qa, &world.deployer, level::DEVELOPER).await;
    world.join(&world.qa, &world.op, level::DEVELOPER).await;
    world.vote(&world.op, id(&second), "approved").await.refused_as(403, "approval.self");
    world.vote(&world.deployer, id(&second), "approved").await.refused_as(403, "approval.self");
    it.approve(&second).await;
    assert_eq!(runner.take().await.id, id(&again));
}

async fn the_unified_count_asks_those_who_may_deploy(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({
        "name": "production", "required_approval_count": 1,
        "deploy_access_levels": [{"user_id": world.deployer.id}, {"user_id": world.dev2.id}],
    });
    world.protect(&world.project, body).await;
    let deployer = world.deployer.clone();
    let it = Pushed::new(world, &deployer, DEPLOY).await;
    let world = &it.world;
    let runner = HandRunner::new(server, &world.runner().await);
    it.until_job("production", "manual").await;
    let deployment = it.deployment("production").await;
    assert_shows(&deployment, &json!({"status": "blocked", "pending_approval_count": 1, "approvals": []}));
    world.vote(&world.dev, id(&deployment), "approved").await.refused_as(403, "approval.not_eligible");
    world.vote(&world.deployer, id(&deployment), "approved").await.refused_as(403, "approval.self");
    world.vote(&world.dev2, id(&deployment), "approved").await.ok(201);
    let handed = runner.take().await;
    handed.succeed().await;
    let done = it.deployment("production").await;
    let expected = json!({"status": "success", "approvals": [{"user": {"id": world.dev2.id}, "status": "approved"}]});
    assert_shows(&done, &expected);
}

async fn an_automatic_job_without_permission_fails(server: &'static Server) {
    let world = World::new(server).await;
    let entries = json!([{"user_id": world.deployer.id}]);
    world.protect(&world.project, json!({"name": "production", "deploy_access_levels": entries})).await;
    let dev = world.dev.clone();
    let yaml = format!("{DEPLOY}\nstaged:\n  script: ['true']\n  when: manual\n  environment: {{name: production}}\n");
    let it = Pushed::new(world, &dev, &yaml).await;
    let world = &it.world;
    let job = it.until_job("production", "failed").await;
    assert_eq!(job["failure_reason"], "protected_environment_failure");
    assert_eq!(it.deployment("production").await["deployable"]["name"], "staged");
    // A manual one waits.
    let staged = it.job("staged").await;
    assert_eq!(staged["status"], "manual");
    it.act(&world.dev, &staged, "play").await.refused(403);
    it.act(&world.deployer, &staged, "play").await.ok(200);
    let runner = HandRunner::new(server, &world.runner().await);
    assert_eq!(runner.take().await.id, id(&staged));
}

async fn later_stages_wait_for_a_blocked_job(server: &'static Server) {
    let yaml = format!(
        "stages: [deploy, after]\n{DEPLOY}  stage: deploy\nsmoke:\n  stage: after\n  \
         variables: {{GIT_STRATEGY: none}}\n  script: ['true']\n"
    );
    let it = deploying(server, &yaml).await;
    let world = &it.world;
    let runner = HandRunner::new(server, &world.runner().await);
    it.until_job("production", "manual").await;
    assert_eq!(it.job("smoke").await["status"], "created");
    assert!(runner.take_if_any(MOMENT).await.is_none());
    it.approve(&it.deployment("production").await).await;
    runner.take().await.succeed().await;
    assert_eq!(runner.take().await.payload["job_info"]["name"], "smoke");
}

async fn a_job_that_merely_names_a_protected_environment_needs_permission(server: &'static Server) {
    let yaml = "look:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n  environment: {name: production, action: verify}\n";
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let dev = world.dev.clone();
    let it = Pushed::new(world, &dev, yaml).await;
    let job = it.until_job("look", "failed").await;
    assert_eq!(job["failure_reason"], "protected_environment_failure");
    let it = deploying(server, yaml).await;
    // Allowed to deploy: no approval is asked for, and there is no deployment.
    let runner = HandRunner::new(server, &it.world.runner().await);
    assert_eq!(runner.take().await.payload["job_info"]["name"], "look");
    assert_eq!(it.world.owner.get(&it.at("/deployments")).await.ok(200), json!([]));
}

async fn losing_permission_after_approval_holds_the_job(server: &'static Server) {
    let it = deploying(server, DEPLOY).await;
    let world = &it.world;
    let job = it.until_job("production", "manual").await;
    it.approve(&it.deployment("production").await).await;
    assert_eq!(it.job("production").await["status"], "pending");
    world.leave(&world.operators, &world.deployer).await;
    let runner = HandRunner::new(server, &world.runner().await);
    assert!(runner.take_if_any(MOMENT).await.is_none());
    assert_eq!(it.job("production").await["status"], "manual");
    // Somebody allowed plays it; no new approvals are needed.
    it.act(&world.op, &job, "play").await.ok(200);
    runner.take().await.succeed().await;
    assert_eq!(it.deployment("production").await["status"], "success");
}
