//! When jobs run on the built-in runner: one at a time, after a time, never after something later, and again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::HandRunner;
use countersign_tests::site::Site;
use countersign_tests::wait::until;
use countersign_tests::{Server, each_engine};
use serde_json::{Value, json};

each_engine!(
    one_job_at_a_time_has_the_resource,
    the_order_in_a_resource_group_is_changed,
    an_older_deployment_fails_once_a_newer_one_succeeded,
    a_delayed_job_runs_when_its_time_has_come,
    a_gated_deployment_that_failed_is_approved_again,
    an_environment_stops_by_itself_with_its_job,
    a_new_commit_cancels_what_older_pipelines_wait_for,
);

async fn newest_deployment(site: &Site, environment: &str) -> Value {
    let path = site.at(&format!("/deployments?environment={environment}&sort=desc&order_by=id"));
    let list = site.world.owner.get(&path).await.ok(200);
    site.world.deployment(id(&list[0])).await
}

/// A deployment that takes a moment and needs the resource; a mark makes the commit another one.
fn deploy(mark: usize) -> String {
    format!(
        "deploy:\n  variables: {{GIT_STRATEGY: none}}\n  resource_group: prod/$CI_COMMIT_BRANCH\n  script: [sleep 0.3]\n# {mark}\n"
    )
}

async fn one_job_at_a_time_has_the_resource(server: &'static Server) {
    let site = Site::new(server).await;
    let mut pipelines = Vec::new();
    for mark in 0..4 {
        pipelines.push(site.push(&deploy(mark)).await);
    }
    assert_eq!(site.job(pipelines[0], "deploy").await["status"], "pending");
    for pipeline in &pipelines[1..] {
        assert_eq!(site.job(*pipeline, "deploy").await["status"], "waiting_for_resource");
    }
    let _runner = server.start_runner(&site.world.runner().await, 4);
    let mut spans = Vec::new();
    for pipeline in pipelines {
        let job = site.until_job(pipeline, "deploy", "success").await;
        spans.push((job["started_at"].as_str().unwrap().to_owned(), job["finished_at"].as_str().unwrap().to_owned()));
    }
    spans.sort();
    assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{spans:?}");
}

async fn the_order_in_a_resource_group_is_changed(server: &'static Server) {
    let site = Site::new(server).await;
    let world = &site.world;
    let [first, second, third] =
        [site.push(&deploy(1)).await, site.push(&deploy(2)).await, site.push(&deploy(3)).await];
    let groups = world.dev.get(&site.at("/resource_groups")).await.ok(200);
    assert_shows(&groups, &json!([{"key": "prod/main", "process_mode": "unordered"}]));
    world.reporter.get(&site.at("/resource_groups")).await.ok(403);
    let at = site.at("/resource_groups/prod%2Fmain");
    assert_shows(&world.dev.get(&at).await.ok(200), &groups[0]);
    world.dev.get(&site.at("/resource_groups/other")).await.ok(404);
    world.reporter.put(&at, json!({"process_mode": "newest_first"})).await.ok(403);
    world.dev.put(&at, json!({"process_mode": "any"})).await.ok(400);
    assert_shows(
        &world.dev.put(&at, json!({"process_mode": "newest_first"})).await.ok(200),
        &json!({"process_mode": "newest_first"}),
    );
    let upcoming = world.dev.get(&format!("{at}/upcoming_jobs")).await.ok(200);
    assert_shows(&upcoming, &json!([{"pipeline": {"id": third}}, {"pipeline": {"id": second}}]));
    let holder = world.dev.get(&format!("{at}/current_job")).await.ok(200);
    assert_shows(&holder, &json!({"pipeline": {"id": first}, "status": "pending"}));

    let runner = HandRunner::new(server, &world.runner().await);
    for expected in [first, third, second] {
        let job = runner.take().await;
        assert_eq!(job.payload["job_info"]["pipeline_id"].as_i64().or(Some(expected)), Some(expected));
        assert_eq!(world.dev.get(&format!("{at}/current_job")).await.ok(200)["id"], job.id);
        assert_eq!(site.job(expected, "deploy").await["id"], job.id);
        job.succeed().await;
    }
    world.dev.get(&format!("{at}/current_job")).await.ok(404);
}

async fn an_older_deployment_fails_once_a_newer_one_succeeded(server: &'static Server) {
    let site = Site::new(server).await;
    let yaml = |mark: usize, tags: &str| {
        format!(
            "deploy:\n  variables: {{GIT_STRATEGY: none}}\n  script: ['true']\n  environment: production\n  tags: {tags}\n# {mark}\n"
        )
    };
    let old = site.push(&yaml(1, "[nobody]")).await;
    let new = site.push(&yaml(2, "[]")).await;
    let _runner = server.start_runner(&site.world.runner().await, 1);
    site.until_job(new, "deploy", "success").await;
    let stale = site.job(old, "deploy").await;
    // Now there is somebody who could run it.
    let all = json!({"runner_type": "project_type", "project_id": site.world.project.id, "tag_list": ["nobody"]});
    let made = site.world.owner.post("/user/runners", all).await.ok(201);
    let _late = server.start_runner(made["token"].as_str().unwrap(), 1);
    let failed = site.until_job(old, "deploy", "failed").await;
    assert_shows(&failed, &json!({"id": stale["id"], "failure_reason": "failed_outdated_deployment_job"}));
    let last = site.world.owner.get(&site.at("/environments?name=production")).await.ok(200);
    let last = site.world.owner.get(&site.at(&format!("/environments/{}", last[0]["id"]))).await.ok(200);
    assert_eq!(last["last_deployment"]["deployable"]["pipeline"]["id"], new);
    // A rollback is another deployment, which the project can forbid.
    let retry = site.at(&format!("/jobs/{}/retry", failed["id"]));
    site.world
        .owner
        .put(&site.world.project.at, json!({"ci_forward_deployment_rollback_allowed": false}))
        .await
        .ok(200);
    let refused = site.world.deployer.post(&retry, json!({})).await;
    assert_eq!((refused.status, refused.json()["code"].clone()), (403, json!("deployment.no_rollback")));
    site.world.owner.put(&site.world.project.at, json!({"ci_forward_deployment_rollback_allowed": true})).await.ok(200);
    site.world.deployer.post(&retry, json!({})).await.ok(201);
    site.until_job(old, "deploy", "success").await;
}

async fn a_delayed_job_runs_when_its_time_has_come(server: &'static Server) {
    let site = Site::new(server).await;
    let yaml =
        "later:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n  when: delayed\n  start_in: 4 seconds\n";
    let _runner = server.start_runner(&site.world.runner().await, 1);
    let pipeline = site.push(yaml).await;
    assert_eq!(site.job(pipeline, "later").await["status"], "scheduled");
    let job = site.until_job(pipeline, "later", "success").await;
    let (created, started) = (job["created_at"].as_str().unwrap(), job["started_at"].as_str().unwrap());
    assert!(started > created, "{job}");
}

async fn a_gated_deployment_that_failed_is_approved_again(server: &'static Server) {
    let site = Site::new(server).await;
    site.world.protect_as_the_seeds().await;
    let yaml =
        "deploy:\n  variables: {GIT_STRATEGY: none}\n  script: ['exit 3']\n  environment: production\n  retry: 1\n";
    let pipeline = site.push(yaml).await;
    let _runner = server.start_runner(&site.world.runner().await, 1);
    let mut before = Value::Null;
    for _ in 0..2 {
        let deployment = until("another deployment", || async {
            Some(newest_deployment(&site, "production").await)
                .filter(|of| of["id"] != before && of["status"] == "blocked")
        })
        .await;
        before = deployment["id"].clone();
        assert_eq!(deployment["approvals"], json!([]));
        for by in [&site.world.qa1, &site.world.sec1, &site.world.sec2] {
            site.world.vote(by, id(&deployment), "approved").await.ok(201);
        }
    }
    let job = site.until_job(pipeline, "deploy", "failed").await;
    assert_eq!(job["failure_reason"], "script_failure");
    let path = site.at("/deployments?environment=production&status=failed");
    assert_eq!(site.world.owner.get(&path).await.ok(200).as_array().map(Vec::len), Some(2));
}

async fn an_environment_stops_by_itself_with_its_job(server: &'static Server) {
    let site = Site::new(server).await;
    let yaml = |life: &str| {
        format!(
            "variables: {{GIT_STRATEGY: none}}\n\
             deploy:\n  script: ['true']\n  environment: {{name: review/one, on_stop: end, auto_stop_in: {life}}}\n\
             end:\n  script: [sleep 0.3]\n  when: manual\n  environment: {{name: review/one, action: stop}}\n"
        )
    };
    let _runner = server.start_runner(&site.world.runner().await, 1);
    let pipeline = site.push(&yaml("4 seconds")).await;
    site.until_job(pipeline, "deploy", "success").await;
    let found = site.world.dev.get(&site.at("/environments?name=review/one")).await.ok(200);
    let at = site.at(&format!("/environments/{}", found[0]["id"]));
    let state = || async { site.world.dev.get(&at).await.ok(200) };
    let available = state().await;
    assert!(available["auto_stop_at"].is_string() && available["state"] == "available", "{available}");
    let job = site.until_job(pipeline, "end", "success").await;
    assert_eq!(job["user"]["id"], site.world.deployer.id, "as whoever deployed there");
    assert_shows(&state().await, &json!({"state": "stopped", "auto_stop_at": null}));

    // By hand, and at once.
    let pipeline = site.push(&yaml("1 week")).await;
    site.until_job(pipeline, "deploy", "success").await;
    site.world.reporter.post(&format!("{at}/stop"), json!({})).await.ok(403);
    let stopping = site.world.dev.post(&format!("{at}/stop"), json!({})).await.ok(200);
    assert_shows(&stopping, &json!({"state": "stopping", "auto_stop_at": null}));
    site.until_job(pipeline, "end", "success").await;
    assert_eq!(state().await["state"], "stopped");
    let pipeline = site.push(&yaml("2 weeks")).await;
    site.until_job(pipeline, "deploy", "success").await;
    let stopped = site.world.dev.post(&format!("{at}/stop"), json!({"force": true})).await.ok(200);
    assert_eq!((&stopped["state"], &site.job(pipeline, "end").await["status"]), (&json!("stopped"), &json!("manual")));
}

async fn a_new_commit_cancels_what_older_pipelines_wait_for(server: &'static Server) {
    let site = Site::new(server).await;
    // A job that says nothing would hear that it is canceled up to half a minute later.
    let yaml = |mark: usize| {
        format!(
            "variables: {{GIT_STRATEGY: none}}\n\
             test:\n  script: ['for i in $(seq 60); do echo $i; sleep 1; done']\n  interruptible: true\n  tags: [slow]\n\
             deploy:\n  script: ['true']\n  environment: staging\n  needs: []\n  tags: [nobody]\n# {mark}\n"
        )
    };
    let first = site.push(&yaml(1)).await;
    let second = site.push(&yaml(2)).await;
    assert_eq!(site.job(first, "test").await["status"], "pending", "nobody asked for it");
    let enable = json!({"auto_cancel_pending_pipelines": "enabled"});
    site.world.owner.put(&site.world.project.at, enable).await.ok(200);
    site.world.owner.post(&site.at(&format!("/pipelines/{first}/cancel")), json!({})).await.ok(200);
    let body = json!({"runner_type": "project_type", "project_id": site.world.project.id, "tag_list": ["slow"]});
    let made = site.world.owner.post("/user/runners", body).await.ok(201);
    let _runner = server.start_runner(made["token"].as_str().unwrap(), 1);
    site.until_job(second, "test", "running").await;
    let third = site.push(&yaml(3)).await;
    site.until_job(second, "test", "canceled").await;
    assert_eq!(site.job(second, "deploy").await["status"], "pending", "deployments are left alone");
    site.until_job(third, "test", "running").await;
}
