//! Pipelines and jobs as clients see and steer them: lists, variables, retries, cancellation, logs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::client::Body;
use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::{HandRunner, Handed};
use countersign_tests::{Client, Reply, Server, World, each_engine};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

each_engine!(
    pipelines_are_listed_and_shown_as_clients_decode_them,
    variables_reach_the_jobs_of_a_pipeline,
    a_pipeline_is_canceled_retried_and_deleted,
    jobs_are_listed_by_scope_and_without_totals,
    a_job_token_shows_its_own_job_while_it_runs,
    a_log_is_erased_for_good,
    protected_branches_have_caches_of_their_own_unless_the_project_shares_them,
    variables_of_a_played_job_reach_it_and_nothing_that_was_approved,
    acting_twice_at_once_happens_once,
);

/// Builds, then offers a deployment.
const TWO: &str = "stages: [build, deploy]\nbuild:\n  stage: build\n  script: ['true']\n\
    production:\n  stage: deploy\n  when: manual\n  script: ['true']\n  environment: {name: production}\n";
/// One job.
const ONE: &str = "job:\n  script: ['true']\n";

/// A project with a configuration, and a runner for it.
struct Site {
    world: World,
    runner: HandRunner,
}

impl Site {
    async fn new(server: &'static Server, yaml: &str) -> Site {
        let world = World::new(server).await;
        let runner = HandRunner::new(server, &world.runner().await);
        let site = Site { world, runner };
        site.commit(&site.world.maintainer, "main", None, yaml).await;
        site
    }

    fn at(&self, rest: &str) -> String {
        self.world.project.of(rest)
    }

    /// Commits a configuration, which begins a pipeline.
    async fn commit(&self, by: &Client, branch: &str, start: Option<&str>, yaml: &str) {
        let action = if start.is_some() { "update" } else { "create" };
        let step = json!({"action": action, "file_path": ".gitlab-ci.yml", "content": yaml});
        let body = json!({"branch": branch, "start_branch": start, "commit_message": "Change it", "actions": [step]});
        by.post(&self.at("/repository/commits"), body).await.ok(201);
    }

    async fn newest(&self) -> i64 {
        id(&self.world.owner.get(&self.at("/pipelines?per_page=1")).await.ok(200)[0])
    }

    async fn begin(&self, by: &Client) -> i64 {
        id(&by.post(&self.at("/pipeline"), json!({"ref": "main"})).await.ok(201))
    }

    /// The newest job of that name of a pipeline.
    async fn job(&self, pipeline: i64, name: &str) -> Value {
        let jobs = self.world.owner.get(&self.at(&format!("/pipelines/{pipeline}/jobs"))).await.ok(200);
        let found = jobs.as_array().into_iter().flatten().find(|job| job["name"] == name);
        found.unwrap_or_else(|| panic!("no job {name} in {jobs}")).clone()
    }

    async fn act(&self, by: &Client, what: &str, id: i64, verb: &str) -> Reply {
        by.post(&self.at(&format!("/{what}/{id}/{verb}")), json!({})).await
    }
}

async fn fail(handed: &Handed) {
    handed.acknowledge().await.ok(200);
    handed.put("failed", json!({"failure_reason": "script_failure"})).await.ok(200);
}

/// The value of a variable that a runner was told.
fn told(handed: &Handed, key: &str) -> Value {
    let all = handed.payload["variables"].as_array().cloned().unwrap_or_default();
    all.into_iter().rfind(|v| v["key"] == key).unwrap_or(Value::Null)
}

async fn pipelines_are_listed_and_shown_as_clients_decode_them(server: &'static Server) {
    let it = Site::new(server, TWO).await;
    let world = &it.world;
    let (first, second) = (it.newest().await, it.begin(&world.dev).await);
    let one = world.dev.get(&it.at(&format!("/pipelines/{second}"))).await.ok(200);
    assert_shows(
        &one,
        &json!({
            "source": "api", "ref": "main", "tag": false, "status": "pending", "name": null, "coverage": null,
            "duration": null, "queued_duration": null, "yaml_errors": null, "started_at": null, "finished_at": null,
            "user": {"username": world.dev.username},
            "detailed_status": {"icon": "status_pending", "text": "Pending", "group": "pending", "has_details": true},
        }),
    );
    assert!(one["committed_at"].is_string() && one["created_at"].is_string() && one["before_sha"].is_string());
    for (query, expected) in [
        ("", vec![second, first]),
        ("?sort=asc", vec![first, second]),
        ("?order_by=updated_at&sort=asc&scope=pending", vec![first, second]),
        ("?source=api", vec![second]),
        ("?scope=branches", vec![second]),
        ("?scope=tags", vec![]),
        ("?scope=finished", vec![]),
        ("?status=scheduled", vec![]),
        ("?ref=nope", vec![]),
        ("?yaml_errors=true", vec![]),
        ("?created_after=2100-01-01T00:00:00Z", vec![]),
        ("?updated_before=2100-01-01T00:00:00Z&yaml_errors=false", vec![second, first]),
        (format!("?username={}", world.dev.username).as_str(), vec![second]),
        (format!("?sha={}&order_by=user_id&username={}", "0".repeat(40), world.dev.username).as_str(), vec![]),
    ] {
        let list = world.reporter.get(&it.at(&format!("/pipelines{query}"))).await.ok(200);
        assert_eq!(ids(&list), expected, "{query}");
    }
    for bad in ["scope=odd", "order_by=odd", "sort=odd", "yaml_errors=odd", "updated_after=odd"] {
        world.dev.get(&it.at(&format!("/pipelines?{bad}"))).await.refused(400);
    }
    assert_eq!(id(&world.dev.get(&it.at("/pipelines/latest")).await.ok(200)), second);
    assert_eq!(id(&world.dev.get(&it.at("/pipelines/latest?ref=main")).await.ok(200)), second);
    world.dev.get(&it.at("/pipelines/latest?ref=nope")).await.refused_as(403, "pipeline.none");
    world.outsider.get(&it.at("/pipelines/latest")).await.refused(404);
    let below = |rest: &str| it.at(&format!("/pipelines/{second}/{rest}"));
    assert_eq!(world.dev.get(&below("bridges?per_page=500")).await.ok(200), json!([]));
    let report = world.dev.get(&below("test_report")).await.ok(200);
    assert_shows(&report, &json!({"total_count": 0, "test_suites": []}));
    let summary = world.dev.get(&below("test_report_summary")).await.ok(200);
    assert_shows(&summary, &json!({"total": {"count": 0, "suite_error": null}, "test_suites": []}));
    world.guest.get(&below("test_report")).await.refused(403);
    world.dev.get(&it.at("/pipelines/9999999/bridges")).await.refused(404);
    let named = world.dev.put(&below("metadata"), json!({"name": "Nightly"})).await.ok(200);
    assert_eq!(named["name"], "Nightly");
    assert_eq!(ids(&world.dev.get(&it.at("/pipelines?name=Nightly")).await.ok(200)), [second]);
    world.reporter.put(&below("metadata"), json!({"name": "Mine"})).await.refused(403);
    world.dev.put(&below("metadata"), json!({"name": "x".repeat(256)})).await.refused(400);
}

async fn variables_reach_the_jobs_of_a_pipeline(server: &'static Server) {
    let it = Site::new(server, ONE).await;
    let world = &it.world;
    it.runner.take().await.succeed().await;
    let given = json!([
        {"key": "PLAIN", "value": "1"}, {"key": "KEY", "value": "content", "variable_type": "file"},
        {"key": "PATH_OF_KEY", "value": "at $KEY"},
    ]);
    let body = json!({"ref": "main", "variables": given});
    let refused = world.dev.post(&it.at("/pipeline"), body.clone()).await.refused(400);
    assert!(
        refused["message"]["base"][0].as_str().unwrap().contains("Insufficient permissions to set pipeline variables")
    );
    let with_inputs = json!({"ref": "main", "inputs": {"a": 1}});
    let refused = world.maintainer.post(&it.at("/pipeline"), with_inputs).await.refused(400);
    assert!(refused["message"]["base"][0].as_str().unwrap().contains("Unknown input arguments"));
    world.maintainer.post(&it.at("/pipeline"), json!({"ref": "main", "inputs": {}})).await.ok(201);
    it.runner.take().await.succeed().await;
    let odd = json!({"ref": "main", "variables": [{"key": "A", "value": "1", "variable_type": "odd"}]});
    world.maintainer.post(&it.at("/pipeline"), odd).await.refused(400);
    let made = id(&world.maintainer.post(&it.at("/pipeline"), body).await.ok(201));
    let handed = it.runner.take().await;
    assert_eq!(told(&handed, "PLAIN")["value"], "1");
    assert_shows(&told(&handed, "KEY"), &json!({"value": "content", "file": true}));
    // Only the runner knows where the file is.
    assert_shows(&told(&handed, "PATH_OF_KEY"), &json!({"value": "at ${KEY}", "file": false, "raw": false}));
    handed.succeed().await;
    let at = it.at(&format!("/pipelines/{made}/variables"));
    let shown = world.maintainer.get(&at).await.ok(200);
    assert_shows(&shown[1], &json!({"key": "KEY", "value": "content", "variable_type": "file", "raw": false}));
    assert_eq!(shown[0]["variable_type"], "env_var");
    for by in [&world.dev, &world.reporter] {
        by.get(&at).await.refused(403);
    }
    world.outsider.get(&at).await.refused(404);
    let form = "variables[][key]=A&variables[][value]=1&variables[][key]=B&variables[][value]=2";
    world.maintainer.post(&it.at("/pipeline?ref=main"), Body::form(form)).await.ok(201);
    let handed = it.runner.take().await;
    assert_eq!((&told(&handed, "A")["value"], &told(&handed, "B")["value"]), (&json!("1"), &json!("2")));
}

async fn protected_branches_have_caches_of_their_own_unless_the_project_shares_them(server: &'static Server) {
    let yaml = "job:\n  script: ['true']\n  cache: {key: deps, paths: [vendor/], fallback_keys: [older]}\n";
    let it = Site::new(server, yaml).await;
    let keys = async || {
        let handed = it.runner.take().await;
        let cache = handed.payload["cache"][0].clone();
        handed.succeed().await;
        cache
    };
    assert_shows(&keys().await, &json!({"key": "deps-protected", "fallback_keys": ["older-protected"]}));
    it.commit(&it.world.dev, "feature", Some("main"), &format!("{yaml}# 2\n")).await;
    assert_shows(&keys().await, &json!({"key": "deps-non_protected", "fallback_keys": ["older-non_protected"]}));
    it.world.owner.put(&it.at(""), json!({"ci_separated_caches": false})).await.ok(200);
    it.begin(&it.world.dev).await;
    assert_shows(&keys().await, &json!({"key": "deps", "fallback_keys": ["older"]}));
}

async fn a_pipeline_is_canceled_retried_and_deleted(server: &'static Server) {
    let it = Site::new(server, TWO).await;
    let world = &it.world;
    world.protect_as_the_seeds().await;
    it.runner.take().await.succeed().await;
    let pipeline = it.newest().await;
    let production = it.job(pipeline, "production").await;
    let list = world.owner.get(&it.at("/deployments")).await.ok(200);
    let deployment = id(&list[0]);
    assert_eq!((&production["status"], &list[0]["status"]), (&json!("manual"), &json!("blocked")));
    it.act(&world.reporter, "pipelines", pipeline, "cancel").await.refused(403);
    it.act(&world.op, "pipelines", pipeline, "cancel").await.refused(404);
    let canceled = it.act(&world.dev, "pipelines", pipeline, "cancel").await.ok(200);
    assert_eq!((&canceled["status"], canceled["finished_at"].is_string()), (&json!("canceled"), true));
    assert!(canceled["duration"].is_i64() && canceled["queued_duration"].is_i64());
    assert_eq!(world.status(deployment).await, "canceled");
    world.vote(&world.qa1, deployment, "approved").await.refused(400);
    it.act(&world.dev, "pipelines", pipeline, "cancel").await.ok(200);
    // The new attempt asks for approval anew, whoever makes it.
    let tried = it.act(&world.dev, "pipelines", pipeline, "retry").await.ok(201);
    assert_eq!(tried["status"], "manual");
    let again = it.job(pipeline, "production").await;
    assert_ne!(id(&again), id(&production));
    let newest = world.owner.get(&it.at("/deployments?sort=desc")).await.ok(200);
    assert_eq!((&newest[0]["status"], &newest[0]["deployable"]["id"]), (&json!("blocked"), &again["id"]));
    let blocked = id(&newest[0]);
    // A rejected deployment is not tried again by its pipeline either.
    world.vote(&world.qa1, blocked, "rejected").await.ok(201);
    let refused = it.act(&world.owner, "pipelines", pipeline, "retry").await.refused_as(403, "job.not_retryable");
    assert!(refused["message"].as_str().unwrap().starts_with("403 Forbidden - Job is not retryable"));
    let at = it.at(&format!("/pipelines/{pipeline}"));
    world.maintainer.delete(&at).await.refused(403);
    assert_eq!(world.owner.delete(&at).await.status, 204);
    world.owner.get(&at).await.refused(404);
    world.owner.delete(&at).await.refused(404);
    world.owner.get(&it.at(&format!("/jobs/{}", production["id"]))).await.refused(404);
    let kept = world.deployment(blocked).await;
    assert_shows(&kept, &json!({"status": "failed", "deployable": null, "approvals": [{"status": "rejected"}]}));
    // Nothing follows on it: it is no outside deployment now.
    for status in ["running", "success", "canceled"] {
        let path = it.at(&format!("/deployments/{deployment}"));
        world.deployer.put(&path, json!({"status": status})).await.refused_as(403, "deployment.final");
    }
}

async fn jobs_are_listed_by_scope_and_without_totals(server: &'static Server) {
    let it = Site::new(server, TWO).await;
    let world = &it.world;
    let build = it.runner.take().await;
    fail(&build).await;
    let pipeline = it.newest().await;
    let again = id(&it.act(&world.dev, "jobs", build.id, "retry").await.ok(201));
    let production = id(&it.job(pipeline, "production").await);
    let all = world.reporter.get(&it.at("/jobs")).await;
    assert_eq!((all.header("x-total"), all.header("x-next-page")), ("", ""));
    assert_eq!(ids(&all.ok(200)), [again, production, build.id]);
    let page = world.reporter.get(&it.at("/jobs?per_page=1&page=2")).await;
    assert_eq!((ids(&page.json()), page.header("x-next-page")), (vec![production], "3"));
    let page = world.reporter.get(&it.at("/jobs?per_page=2&pagination=keyset")).await;
    assert_eq!((ids(&page.json()), page.header("x-next-page")), (vec![again, production], ""));
    let url = page.header("link").strip_prefix('<').and_then(|it| it.strip_suffix(">; rel=\"next\"")).unwrap();
    let page = world.reporter.get(url.split_once("/api/v4").unwrap().1).await;
    assert_eq!((ids(&page.json()), page.header("link")), (vec![build.id], ""));
    for (query, expected) in [
        ("scope=failed", vec![build.id]),
        ("scope[]=failed&scope[]=pending", vec![again, build.id]),
        ("scope[]=created&scope[]=pending&include_retried=false", vec![again, production]),
        ("include_retried=false", vec![again, production]),
        ("scope=scheduled", vec![]),
    ] {
        assert_eq!(ids(&world.dev.get(&it.at(&format!("/jobs?{query}"))).await.ok(200)), expected, "{query}");
    }
    for path in ["/jobs?scope=odd", "/jobs?scope[]=failed&scope[]=odd", "/pipelines/1/jobs?scope[]=odd"] {
        let refused = world.dev.get(&it.at(path)).await.refused(400);
        assert_eq!(refused["error"], "scope does not have a valid value", "{path}");
    }
    let of_pipeline = |query: &str| it.at(&format!("/pipelines/{pipeline}/jobs{query}"));
    assert_eq!(ids(&world.dev.get(&of_pipeline("")).await.ok(200)), [again, production]);
    assert_eq!(ids(&world.dev.get(&of_pipeline("?include_retried=true&scope=failed")).await.ok(200)), [build.id]);
    let failed = world.dev.get(&it.at(&format!("/jobs/{}", build.id))).await.ok(200);
    assert_shows(
        &failed,
        &json!({
            "status": "failed", "failure_reason": "script_failure", "stage": "build", "tag": false, "coverage": null,
            "artifacts": [], "tag_list": [], "erased_at": null, "allow_failure": false, "artifacts_expire_at": null,
            "project": {"ci_job_token_scope_enabled": false}, "runner": {"runner_type": "project_type"},
            "pipeline": {"id": pipeline, "project_id": world.project.id, "ref": "main", "status": "pending"},
        }),
    );
    assert!(failed["duration"].is_number() && failed["created_at"].is_string() && failed["commit"]["id"].is_string());
    let waiting = world.dev.get(&it.at(&format!("/jobs/{again}"))).await.ok(200);
    assert_shows(&waiting, &json!({"runner": null, "duration": null, "started_at": null}));
    assert!(waiting.get("failure_reason").is_none() && waiting["created_at"].is_string());
    world.guest.get(&it.at("/jobs")).await.refused(403);
    for by in [&world.op, &world.outsider] {
        by.get(&it.at("/jobs")).await.refused(404);
    }
}

async fn a_job_token_shows_its_own_job_while_it_runs(server: &'static Server) {
    let it = Site::new(server, ONE).await;
    let handed = it.runner.take().await;
    assert_eq!(id(&handed.get("/job").await.ok(200)), handed.id);
    assert_eq!(ids(&handed.get(&it.at("/jobs")).await.ok(200)), [handed.id]);
    handed.get(&it.at(&format!("/jobs/{}/trace", handed.id))).await.ok(200);
    for verb in ["retry", "cancel", "erase", "play"] {
        it.act(&handed.client(), "jobs", handed.id, verb).await.refused(403);
    }
    let pipeline = it.newest().await;
    for verb in ["retry", "cancel"] {
        it.act(&handed.client(), "pipelines", pipeline, verb).await.refused(403);
    }
    handed.get(&it.at(&format!("/pipelines/{pipeline}/variables"))).await.refused(403);
    handed.client().delete(&it.at(&format!("/pipelines/{pipeline}"))).await.refused(403);
    assert_eq!(it.world.dev.get("/job").await.refused(404)["message"], "404 Job Not Found");
    it.world.anonymous.get("/job").await.refused(401);
    handed.succeed().await;
    handed.get("/job").await.refused(401);
}

async fn a_log_is_erased_for_good(server: &'static Server) {
    let it = Site::new(server, ONE).await;
    let world = &it.world;
    let on_main = it.runner.take().await;
    on_main.acknowledge().await.ok(200);
    on_main.trace(0, "secret").await;
    let at = |job: i64, rest: &str| it.at(&format!("/jobs/{job}{rest}"));
    let refused = it.act(&world.owner, "jobs", on_main.id, "erase").await.refused_as(403, "job.not_erasable");
    assert!(refused["message"].as_str().unwrap().starts_with("403 Forbidden - Job is not erasable!"));
    on_main.succeed().await;
    for by in [&world.dev, &world.reporter] {
        it.act(by, "jobs", on_main.id, "erase").await.refused(403);
    }
    it.act(&world.outsider, "jobs", on_main.id, "erase").await.refused(404);
    let log = world.reporter.get(&at(on_main.id, "/trace")).await;
    assert_eq!(
        (log.status, log.text.as_str(), log.header("content-type")),
        (200, "secret", "text/plain; charset=utf-8")
    );
    world.guest.get(&at(on_main.id, "/trace")).await.refused(403);
    let erased = it.act(&world.maintainer, "jobs", on_main.id, "erase").await.ok(201);
    assert!(erased["erased_at"].is_string(), "{erased}");
    let log = world.owner.get(&at(on_main.id, "/trace")).await;
    assert_eq!((log.status, log.text.as_str()), (200, ""));
    assert_eq!(on_main.trace(0, "secret").await.status, 403);
    it.act(&world.maintainer, "jobs", on_main.id, "erase").await.refused_as(403, "job.not_erasable");
    // Developers erase what they started themselves, where nothing is protected.
    it.commit(&world.dev, "topic", Some("main"), &format!("{ONE}# changed\n")).await;
    let own = it.runner.take().await;
    own.acknowledge().await.ok(200);
    own.trace(0, "mine").await;
    own.succeed().await;
    it.act(&world.dev2, "jobs", own.id, "erase").await.refused(403);
    let topic = json!({"name": "topic", "push_access_level": 30, "merge_access_level": 30});
    world.owner.post(&it.at("/protected_branches"), topic).await.ok(201);
    it.act(&world.dev, "jobs", own.id, "erase").await.refused(403);
    world.owner.delete(&it.at("/protected_branches/topic")).await.ok(204);
    it.act(&world.dev, "jobs", own.id, "erase").await.ok(201);
    // A job without a log has nothing to erase.
    let bare = id(&it.act(&world.dev, "jobs", own.id, "retry").await.ok(201));
    it.act(&world.dev, "jobs", bare, "cancel").await.ok(201);
    assert_eq!(world.dev.get(&at(bare, "/trace")).await.ok(200), Value::Null);
    it.act(&world.dev, "jobs", bare, "erase").await.refused_as(403, "job.not_erasable");
}

async fn variables_of_a_played_job_reach_it_and_nothing_that_was_approved(server: &'static Server) {
    let it = Site::new(server, TWO).await;
    let world = &it.world;
    it.runner.take().await.succeed().await;
    let job = id(&it.job(it.newest().await, "production").await);
    let play = async |by: &Client, job: i64| {
        let body = json!({"job_variables_attributes": [{"key": "WHERE", "value": "eu"}]});
        by.post(&it.at(&format!("/jobs/{job}/play")), body).await
    };
    play(&world.dev, job).await.refused(403);
    assert_eq!(play(&world.maintainer, job).await.ok(200)["status"], "pending");
    let handed = it.runner.take().await;
    assert_eq!((handed.id, &told(&handed, "WHERE")["value"]), (job, &json!("eu")));
    handed.succeed().await;
    // Played again, it is another job.
    let again = it.act(&world.dev, "jobs", job, "play").await.ok(200);
    assert_ne!(id(&again), job);
    it.runner.take().await.succeed().await;
    world.protect_as_the_seeds().await;
    let pipeline = it.begin(&world.dev).await;
    it.runner.take().await.succeed().await;
    let blocked = id(&it.job(pipeline, "production").await);
    it.act(&world.op, "jobs", blocked, "play").await.refused_as(400, "job.unplayable");
    it.act(&world.op, "jobs", blocked, "retry").await.refused_as(403, "job.not_retryable");
    let deployment = id(&world.owner.get(&it.at("/deployments?sort=desc")).await.ok(200)[0]);
    for by in [&world.qa1, &world.sec1, &world.sec2] {
        world.vote(by, deployment, "approved").await.ok(201);
    }
    play(&world.root, blocked).await.refused_as(400, "job.variables_refused");
    it.act(&world.op, "jobs", blocked, "play").await.ok(200);
    let handed = it.runner.take().await;
    assert_eq!((handed.id, told(&handed, "WHERE")), (blocked, Value::Null));
    it.act(&world.op, "jobs", blocked, "erase").await.refused(403);
}

async fn acting_twice_at_once_happens_once(server: &'static Server) {
    let it = Site::new(server, ONE).await;
    let world = &it.world;
    for round in 0..4 {
        let handed = it.runner.take().await;
        fail(&handed).await;
        let replies = join_all((0..4).map(|_| it.act(&world.dev, "jobs", handed.id, "retry"))).await;
        let made: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
        assert_eq!(made.len(), 1, "round {round}: {replies:?}");
        assert!(replies.iter().all(|reply| [201, 403].contains(&reply.status)), "{replies:?}");
        // The same by the pipeline, which has nothing to say against it the second time.
        let second = it.runner.take().await;
        fail(&second).await;
        let pipeline = it.newest().await;
        let retry = || it.act(&world.dev, "pipelines", pipeline, "retry");
        let (one, other) = join(retry(), retry()).await;
        assert_eq!((one.status, other.status), (201, 201), "round {round}");
        let path = it.at(&format!("/pipelines/{pipeline}/jobs?include_retried=true"));
        assert_eq!(ids(&world.owner.get(&path).await.ok(200)).len(), 3, "round {round}");
        // Cancel against claim: whoever comes second finds it canceled.
        let cancel = it.act(&world.dev, "pipelines", pipeline, "cancel");
        let take = it.runner.take_if_any(std::time::Duration::from_secs(2));
        let (canceled, taken) = join(cancel, take).await;
        canceled.ok(200);
        if let Some(taken) = taken {
            let said = taken.put("success", json!({})).await;
            assert!([200, 403].contains(&said.status), "{said:?}");
        }
        let last = world.owner.get(&it.at(&format!("/pipelines/{pipeline}"))).await.ok(200);
        assert_eq!(last["status"], "canceled", "round {round}");
        it.begin(&world.dev).await;
    }
}
