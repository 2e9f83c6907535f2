//! The server's side of the protocol that gitlab-runner speaks, against a runner written by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::{HandRunner, Handed, MOMENT};
use countersign_tests::wait::until;
use countersign_tests::{Body, Engine, Person, Server, World, each_engine, git};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

each_engine!(
    verifying_a_runner,
    unknown_runners_are_refused,
    what_a_job_is_told,
    the_life_of_a_job,
    a_log_in_pieces,
    failing_with_a_reason,
    late_and_foreign_words_are_refused,
    duplicate_deliveries_change_nothing,
    canceling_reaches_the_runner,
    deleting_a_project_stops_what_runs,
    no_job_is_handed_out_twice,
    a_blocked_job_is_not_handed_out,
    tags_choose_the_runner,
    creating_runners,
);

/// Two jobs that need no clone, and one that comes later.
const YAML: &str = r#"stages: [test, deploy]
variables: {GIT_STRATEGY: none, COLOUR: blue}
unit:
  script: ['echo "one"', 'exit 0']
  after_script: ['echo "done"']
lint:
  script: ['true']
  allow_failure: true
ship:
  stage: deploy
  script: ['true']
  environment: {name: production, url: "https://example.com"}
"#;

struct Running {
    world: World,
    runner: HandRunner,
    pipeline: i64,
    sha: String,
}

impl Running {
    async fn new(server: &'static Server, yaml: &str) -> Running {
        let world = World::new(server).await;
        let by = world.dev.clone();
        Running::of(world, &by, yaml).await
    }

    async fn of(world: World, by: &Person, yaml: &str) -> Running {
        let runner = HandRunner::new(world.server, &world.runner().await);
        let repository = git::Repository::new(world.server, &world.project);
        let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
        repository.push(by);
        let pipeline = id(&git::pipeline_of(&world.owner, &world.project, &sha).await);
        Running { world, runner, pipeline, sha }
    }

    async fn job(&self, job: i64) -> Value {
        self.world.owner.get(&self.world.project.of(&format!("/jobs/{job}"))).await.ok(200)
    }

    async fn status(&self, job: i64) -> String {
        self.job(job).await["status"].as_str().unwrap_or_default().to_owned()
    }

    async fn trace(&self, job: i64) -> String {
        let reply = self.world.owner.get(&self.world.project.of(&format!("/jobs/{job}/trace"))).await;
        assert_eq!(reply.status, 200);
        reply.text
    }
}

async fn verifying_a_runner(server: &'static Server) {
    let world = World::new(server).await;
    let runner = HandRunner::new(server, &world.runner().await);
    assert!(runner.token.starts_with("glrt-"), "{}", runner.token);
    let reply = runner.verify().await;
    assert_eq!(reply.header("content-type"), "application/json");
    let verified = reply.ok(200);
    assert!(verified["id"].as_i64().is_some_and(|id| id > 0), "{verified}");
    assert_eq!((&verified["token"], &verified["token_expires_at"]), (&json!(runner.token), &Value::Null));
    assert_eq!(runner.verify().await.ok(200), verified);
    // A body alone is enough, as are few words about oneself.
    let short = world.anonymous.post("/runners/verify", json!({"token": runner.token})).await.ok(200);
    assert_eq!(short["id"], verified["id"]);
}

async fn unknown_runners_are_refused(server: &'static Server) {
    let world = World::new(server).await;
    for token in ["glrt-unknown", "", "nonsense", world.dev.token.as_str()] {
        let runner = HandRunner::new(server, token);
        runner.verify().await.refused(403);
        runner.request(Duration::from_secs(10)).await.expect("an answer").refused(403);
    }
    for body in [json!({}), json!({"token": null}), json!({"token": 5}), json!([])] {
        for path in ["/runners/verify", "/jobs/request"] {
            let reply = world.anonymous.post(path, body.clone()).await;
            assert!([400, 403].contains(&reply.status), "{path} {body}: {reply:?}");
        }
    }
}

/// On one engine only: the server holds the request for as long as it may, which takes its time.
#[tokio::test]
async fn nothing_to_do_is_204() {
    let world = World::new(countersign_tests::server::shared(Engine::Sqlite).await).await;
    let server = world.server;
    let runner = HandRunner::new(server, &world.runner().await);
    let reply = runner.request(Duration::from_secs(80)).await.expect("an answer before gitlab-runner gives up");
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
}

fn variable<'a>(payload: &'a Value, key: &str) -> &'a Value {
    let all = payload["variables"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().rev().find(|it| it["key"] == key).unwrap_or(&Value::Null)
}

async fn what_a_job_is_told(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let world = &it.world;
    let handed = it.runner.take().await;
    let told = &handed.payload;
    let expected = json!({
        "allow_git_fetch": true,
        "job_info": {"name": "unit", "stage": "test", "project_id": world.project.id, "project_name": "app", "pipeline_id": it.pipeline},
        "git_info": {"ref": "main", "sha": it.sha, "ref_type": "branch", "before_sha": "0".repeat(40)},
        "steps": [
            {"name": "script", "script": ["echo \"one\"", "exit 0"], "when": "on_success", "allow_failure": false},
            {"name": "after_script", "script": ["echo \"done\""], "when": "always", "allow_failure": true},
        ],
    });
    assert_shows(told, &expected);
    assert!(handed.token.starts_with("glcbt-") && told.get("run").is_none(), "{told}");
    assert!(told["job_info"]["project_jobs_running_on_instance_runners_count"].is_string(), "{told}");
    assert!(told["runner_info"]["timeout"].as_i64().is_some_and(|it| it > 0), "{told}");
    assert!(told["git_info"]["refspecs"].as_array().is_some_and(|it| !it.is_empty()), "{told}");
    let url = told["git_info"]["repo_url"].as_str().unwrap_or_default();
    assert!(url.ends_with(&format!("/{}.git", world.project.path)), "{url}");
    for list in ["artifacts", "cache", "dependencies", "variables"] {
        assert!(told[list].is_array() || told[list].is_null(), "{list}: {told}");
    }
    let reasons = told["features"]["failure_reasons"].as_array().cloned().unwrap_or_default();
    assert!(reasons.contains(&json!("job_canceled")) && reasons.contains(&json!("runner_interrupted")), "{told}");
    for (key, value) in [
        ("CI", "true"),
        ("CI_JOB_NAME", "unit"),
        ("CI_JOB_STAGE", "test"),
        ("CI_COMMIT_SHA", it.sha.as_str()),
        ("CI_COMMIT_REF_NAME", "main"),
        ("CI_COMMIT_SHORT_SHA", &it.sha[..8]),
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_PROJECT_PATH", world.project.path.as_str()),
        ("CI_PROJECT_NAME", "app"),
        ("GITLAB_USER_LOGIN", world.dev.username.as_str()),
        ("GIT_STRATEGY", "none"),
        ("COLOUR", "blue"),
        ("CI_API_V4_URL", &format!("{}/api/v4", server.url)),
        ("CI_JOB_ID", &handed.id.to_string()),
        ("CI_JOB_TOKEN", handed.token.as_str()),
    ] {
        assert_eq!(variable(told, key)["value"], value, "{key} in {told}");
    }
    assert_shows(variable(told, "CI_JOB_TOKEN"), &json!({"masked": true, "public": false}));
    assert!(variable(told, "CI_ENVIRONMENT_NAME").is_null());
    handed.succeed().await;
    it.runner.take().await.succeed().await;
    let ship = it.runner.take().await;
    for (key, value) in [
        ("CI_ENVIRONMENT_NAME", "production"),
        ("CI_ENVIRONMENT_SLUG", "production"),
        ("CI_ENVIRONMENT_URL", "https://example.com"),
        ("CI_ENVIRONMENT_TIER", "production"),
        ("CI_ENVIRONMENT_ACTION", "start"),
    ] {
        assert_eq!(variable(&ship.payload, key)["value"], value, "{key}");
    }
}

async fn the_life_of_a_job(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    assert_eq!(it.status(handed.id).await, "running");
    let reply = handed.acknowledge().await;
    assert_eq!((reply.status, reply.header("job-status")), (200, "running"));
    let interval = reply.header("x-gitlab-trace-update-interval");
    assert!(interval.is_empty() || interval.parse::<u32>().is_ok(), "{interval}");
    assert_eq!(handed.trace(0, "hello\n").await.status, 202);
    let reply = handed.put("success", json!({"checksum": "crc32:363a3020", "output": {"bytesize": 6}})).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let job = it.job(handed.id).await;
    assert_shows(&job, &json!({"status": "success", "name": "unit", "stage": "test", "user": {"id": it.world.dev.id}}));
    assert!(job["started_at"].is_string() && job["finished_at"].is_string() && job["duration"].is_number(), "{job}");
    assert!(job.get("failure_reason").is_none(), "{job}");
    assert_eq!(it.trace(handed.id).await, "hello\n");
    assert_eq!(it.runner.take().await.payload["job_info"]["name"], "lint");
}

async fn a_log_in_pieces(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    handed.acknowledge().await;
    assert_eq!(handed.trace(0, "one\n").await.status, 202);
    assert_eq!(handed.trace(4, "two\n").await.status, 202);
    for (first, piece) in [(0, "one\n"), (4, "two\n"), (2, "e\ntwo\nthree\n"), (9, "later\n"), (1_000_000, "gap")] {
        let reply = handed.trace(first, piece).await;
        assert_eq!((reply.status, reply.header("range")), (416, "0-8"), "{first}: {reply:?}");
    }
    assert_eq!(it.trace(handed.id).await, "one\ntwo\n");
    let client = handed.client();
    let path = format!("/jobs/{}/trace", handed.id);
    for range in ["", "x-y", "8", "12-8", "bytes 8-9/10", "8-99999999999999999999999"] {
        let request =
            client.request(Method::PATCH, &path).header("Content-Range", range).header("Content-Type", "text/plain");
        let reply = countersign_tests::client::finish(request.body("four\n"), range.into()).await.expect("an answer");
        assert!([400, 416].contains(&reply.status), "{range:?}: {reply:?}");
    }
    let mut size = 8;
    for _ in 0..3 {
        let piece = "x".repeat(1024 * 1024);
        assert_eq!(handed.trace(size, &piece).await.status, 202);
        size += piece.len();
    }
    assert_eq!(it.trace(handed.id).await.len(), size);
    handed.put("success", json!({})).await.ok(200);
    // The tail of a log may come after the end.
    assert_eq!(handed.trace(size, "tail\n").await.status, 202);
    assert!(it.trace(handed.id).await.ends_with("xtail\n"));
}

async fn failing_with_a_reason(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let unit = it.runner.take().await;
    unit.acknowledge().await;
    unit.put("failed", json!({"failure_reason": "script_failure", "exit_code": 3})).await.ok(200);
    assert_shows(&it.job(unit.id).await, &json!({"status": "failed", "failure_reason": "script_failure"}));
    let lint = it.runner.take().await;
    lint.acknowledge().await;
    lint.put("failed", json!({"failure_reason": "deployment_rejected"})).await.ok(200);
    assert_shows(&it.job(lint.id).await, &json!({"status": "failed", "failure_reason": "unknown_failure"}));
    let pipeline = it.world.owner.get(&it.world.project.of(&format!("/pipelines/{}", it.pipeline))).await.ok(200);
    assert_eq!(pipeline["status"], "failed");
    assert!(it.runner.take_if_any(MOMENT).await.is_none());
    let retried = it.world.dev.post(&it.world.project.of(&format!("/jobs/{}/retry", unit.id)), json!({})).await.ok(201);
    let again = it.runner.take().await;
    assert_eq!(again.id, id(&retried));
    assert_ne!(again.token, unit.token);
    again.succeed().await;
    it.world.dev.post(&it.world.project.of(&format!("/jobs/{}/retry", unit.id)), json!({})).await.refused(403);
}

async fn late_and_foreign_words_are_refused(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let (unit, lint) = (it.runner.take().await, it.runner.take().await);
    unit.acknowledge().await;
    lint.acknowledge().await;
    let said = |id: i64, token: &str| {
        let mut other: Handed = unit.clone();
        (other.id, other.token) = (id, token.to_owned());
        other
    };
    let foreign = said(lint.id, &unit.token);
    for state in ["running", "success", "failed"] {
        assert_eq!(foreign.put(state, json!({})).await.status, 403, "{state}");
    }
    assert_eq!(foreign.trace(0, "not mine").await.status, 403);
    let none = said(unit.id, "glcbt-none");
    assert_eq!((none.put("success", json!({})).await.status, none.trace(0, "x").await.status), (403, 403));
    let missing = said(999_999_999, &unit.token);
    assert!([403, 404].contains(&missing.put("success", json!({})).await.status));
    assert_eq!(it.status(lint.id).await, "running");
    unit.put("success", json!({})).await.ok(200);
    for state in ["running", "failed"] {
        let reply = unit.put(state, json!({})).await;
        assert!(reply.status == 403 || reply.header("job-status") == "success", "{state}: {reply:?}");
    }
    assert_eq!(it.status(unit.id).await, "success");
    for body in [json!({"state": "odd"}), json!({"state": "pending"}), json!({}), json!({"state": 7})] {
        let reply = lint.client().put(&format!("/jobs/{}", lint.id), body.clone()).await;
        assert!(reply.status < 500, "{body}: {reply:?}");
    }
    let reply = lint
        .client()
        .send(Method::PUT, &format!("/jobs/{}", lint.id), Body::Text("application/json", "{".into()))
        .await;
    reply.refused(400);
    assert_eq!(it.status(lint.id).await, "running");
}

async fn duplicate_deliveries_change_nothing(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let handed = it.runner.take().await;
    for _ in 0..3 {
        assert_eq!(handed.acknowledge().await.status, 200);
    }
    assert_eq!(handed.trace(0, "once\n").await.status, 202);
    assert_eq!(handed.trace(0, "once\n").await.status, 416);
    handed.put("success", json!({})).await.ok(200);
    let job = it.job(handed.id).await;
    for _ in 0..3 {
        let reply = handed.put("success", json!({})).await;
        assert!([200, 403].contains(&reply.status), "{reply:?}");
    }
    assert_eq!(it.job(handed.id).await, job);
    assert_eq!(it.trace(handed.id).await, "once\n");
}

async fn canceling_reaches_the_runner(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let world = &it.world;
    let handed = it.runner.take().await;
    handed.acknowledge().await;
    let canceled = world.dev.post(&world.project.of(&format!("/jobs/{}/cancel", handed.id)), json!({})).await.ok(201);
    assert_eq!(canceled["status"], "canceling");
    let reply = handed.trace(0, "still here\n").await;
    assert_eq!((reply.status, reply.header("job-status")), (202, "canceling"));
    assert_eq!(handed.acknowledge().await.header("job-status"), "canceling");
    // Whatever the runner makes of it, the job was canceled.
    handed.put("success", json!({})).await.ok(200);
    assert_eq!(it.status(handed.id).await, "canceled");
    // Canceled before it was taken up: the runner is told with its first word.
    let lint = it.runner.take().await;
    world.dev.post(&world.project.of(&format!("/jobs/{}/cancel", lint.id)), json!({})).await.ok(201);
    let reply = lint.acknowledge().await;
    assert!(["canceling", "canceled"].contains(&reply.header("job-status")), "{reply:?}");
    lint.put("failed", json!({"failure_reason": "job_canceled"})).await;
    assert_eq!(it.status(lint.id).await, "canceled");
}

async fn deleting_a_project_stops_what_runs(server: &'static Server) {
    let running = Running::new(server, YAML).await;
    let world = &running.world;
    let handed = running.runner.take().await;
    handed.succeed().await;
    let other = running.runner.take().await;
    other.acknowledge().await.ok(200);
    assert_eq!(other.trace(0, "one\n").await.status, 202);
    let logs = server.data_dir().join("traces").join(world.project.id.to_string());
    assert!(logs.exists());
    world.owner.delete(&world.project.at).await.ok(202);
    for state in ["running", "failed", "success"] {
        other.put(state, json!({})).await.refused(403);
    }
    assert_eq!(other.trace(4, "two\n").await.status, 403);
    other.get(&world.project.at).await.refused(401);
    // The runner of the project went with it, and so did the logs.
    running.runner.request(MOMENT).await.unwrap().refused(403);
    assert!(!logs.exists());
}

async fn no_job_is_handed_out_twice(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let other = HandRunner::new(server, &it.world.runner().await);
    let mut seen = Vec::new();
    let asks = [&it.runner, &other, &it.runner, &other].map(|runner| runner.take_if_any(Duration::from_secs(2)));
    for handed in futures_util::future::join_all(asks).await.into_iter().flatten() {
        seen.push((handed.id, handed.token));
    }
    seen.sort();
    let mut once = seen.clone();
    once.dedup_by_key(|(id, _)| *id);
    assert_eq!((once.len(), seen.len()), (2, 2), "{seen:?}");
    assert_ne!(seen[0].1, seen[1].1);
}

async fn a_blocked_job_is_not_handed_out(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployer = world.deployer.clone();
    let it = Running::of(world, &deployer, YAML).await;
    for _ in 0..2 {
        it.runner.take().await.succeed().await;
    }
    until("the deployment to be blocked", || async {
        let list = it.world.owner.get(&it.world.project.of("/deployments?status=blocked")).await.ok(200);
        (list.as_array().map(Vec::len) == Some(1)).then_some(())
    })
    .await;
    assert!(it.runner.take_if_any(MOMENT).await.is_none());
}

async fn tags_choose_the_runner(server: &'static Server) {
    let yaml = "variables: {GIT_STRATEGY: none}\nfree:\n  script: ['true']\ntagged:\n  script: ['true']\n  tags: [fast, linux]\n";
    let it = Running::new(server, yaml).await;
    let made = async |body: Value| -> HandRunner {
        let mut wanted = json!({"runner_type": "project_type", "project_id": it.world.project.id});
        if let (Some(wanted), Some(body)) = (wanted.as_object_mut(), body.as_object()) {
            wanted.extend(body.clone());
        }
        let made = it.world.owner.post("/user/runners", wanted).await.ok(201);
        HandRunner::new(server, made["token"].as_str().expect("a token"))
    };
    let picky = made(json!({"tag_list": ["fast", "linux", "large"], "run_untagged": false})).await;
    let paused = made(json!({"tag_list": ["fast", "linux"], "paused": true})).await;
    let half = made(json!({"tag_list": "fast", "run_untagged": false})).await;
    assert!(paused.take_if_any(MOMENT).await.is_none());
    assert!(half.take_if_any(MOMENT).await.is_none());
    assert_eq!(picky.take().await.payload["job_info"]["name"], "tagged");
    assert!(picky.take_if_any(MOMENT).await.is_none());
    assert_eq!(it.runner.take().await.payload["job_info"]["name"], "free");
}

async fn creating_runners(server: &'static Server) {
    let world = World::new(server).await;
    let project = json!({"runner_type": "project_type", "project_id": world.project.id});
    let group = json!({"runner_type": "group_type", "group_id": world.org.id});
    world.dev.post("/user/runners", project.clone()).await.refused(403);
    world.maintainer.post("/user/runners", project.clone()).await.ok(201);
    world.maintainer.post("/user/runners", group.clone()).await.refused(403);
    let made = world.owner.post("/user/runners", group).await.ok(201);
    assert!(made["id"].is_i64() && made["token_expires_at"].is_null(), "{made}");
    world.owner.post("/user/runners", json!({"runner_type": "instance_type"})).await.refused(403);
    world.outsider.post("/user/runners", project).await.refused(404);
    for body in [
        json!({}),
        json!({"runner_type": "project_type"}),
        json!({"runner_type": "odd"}),
        json!({"runner_type": "group_type"}),
    ] {
        world.root.post("/user/runners", body).await.refused(400);
    }
}
