//! What waits for a time, for a runner or for a turn outlives a crash: the worker goes by what is stored.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::runner::{HandRunner, Handed};
use countersign_tests::site::Site;
use countersign_tests::wait::until;
use countersign_tests::{Server, each_engine};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

each_engine!(what_waits_outlives_a_crash);

/// Everything that waits. The jobs with the tag are those of a runner written by hand.
const YAML: &str = "
variables: {GIT_STRATEGY: none}
.job: &job {script: ['true']}
deploy: {<<: *job, environment: {name: review/one, on_stop: end, auto_stop_in: 8 seconds}}
end: {<<: *job, when: manual, environment: {name: review/one, action: stop}}
soon: {<<: *job, when: delayed, start_in: 8 seconds}
meanwhile: {<<: *job, when: delayed, start_in: 1 day}
not yet: {<<: *job, when: delayed, start_in: 2 days}
taken: {<<: *job, tags: [hand]}
unheard: {<<: *job, tags: [hand]}
slow: {<<: *job, tags: [hand], timeout: 1 minute}
first: {<<: *job, tags: [hand], resource_group: one}
second: {<<: *job, tags: [hand], resource_group: one}
";
/// How long `soon` and the environment wait, in seconds.
const SHORT: f64 = 8.0;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

async fn what_waits_outlives_a_crash(server: &'static Server) {
    let site = Site::new(server).await;
    let hand = tagged(&site).await;
    let _built_in = server.start_runner(&site.world.runner().await, 2);
    let pipeline = site.push(YAML).await;
    let [taken, unheard, slow, first] = [hand.take().await, hand.take().await, hand.take().await, hand.take().await];
    for job in [&unheard, &slow, &first] {
        assert_eq!(job.acknowledge().await.status, 200);
    }
    site.until_job(pipeline, "deploy", "success").await;
    for name in ["meanwhile", "not yet"] {
        assert_eq!(site.job(pipeline, name).await["status"], "scheduled");
    }
    assert_eq!(site.job(pipeline, "second").await["status"], "waiting_for_resource");
    server.kill();
    time_passes(server, &site, pipeline, [&taken, &unheard, &slow]).await;
    server.restart().await;

    let failed = site.until_job(pipeline, "slow", "failed").await;
    assert_eq!(failed["failure_reason"], "job_execution_timeout");
    let late = slow.put("success", json!({})).await;
    assert!([403, 409].contains(&late.status), "a runner that was given up on: {late:?}");
    for (name, silent) in [("taken", &taken), ("unheard", &unheard)] {
        // Nobody was there whom they could have told anything.
        assert_eq!(site.job(pipeline, name).await["status"], "running");
        silent.succeed().await;
    }
    hand_on(&site, pipeline, &hand, &first).await;
    let soon = site.until_job(pipeline, "soon", "success").await;
    assert!(seconds_between(&soon["created_at"], &soon["started_at"]) >= SHORT, "{soon}");
    site.until_job(pipeline, "meanwhile", "success").await;
    stopped_by_its_job(&site, pipeline).await;
    assert_eq!(site.job(pipeline, "not yet").await["status"], "scheduled");
    assert!(server.audit_verify().status.success());
}

/// A runner that takes only jobs with the tag.
async fn tagged(site: &Site) -> HandRunner {
    let project = site.world.project.id;
    let body = json!({"runner_type": "project_type", "project_id": project, "tag_list": "hand", "run_untagged": false});
    let made = site.world.owner.post("/user/runners", body).await.ok(201);
    HandRunner::new(site.world.server, made["token"].as_str().unwrap())
}

/// While the server is down, time passes for some jobs: a day for what is delayed, and for those of the runner as much as
/// would give them up, had the server been there: not taken up for a minute, not heard of for five. One is ten minutes over
/// its time, which counts all the same.
async fn time_passes(server: &Server, site: &Site, pipeline: i64, [taken, unheard, slow]: [&Handed; 3]) {
    let project = site.world.project.id;
    let (minute, down) = (60_000, Duration::from_millis(500));
    server.meddle(&format!(
        "UPDATE jobs SET scheduled_at = scheduled_at - {DAY_MS}
           WHERE pipeline_id = {pipeline} AND project_id = {project} AND name IN ('meanwhile', 'not yet');
         UPDATE jobs SET started_at = started_at - {minute} WHERE id = {};
         UPDATE jobs SET contacted_at = contacted_at - 5 * {minute} WHERE id = {};
         UPDATE jobs SET started_at = started_at - 11 * {minute} WHERE id = {};",
        taken.id, unheard.id, slow.id
    ));
    sleep(down).await;
}

/// Who had the resource before the crash still has it, and only then the next.
async fn hand_on(site: &Site, pipeline: i64, hand: &HandRunner, first: &Handed) {
    let current = site.at("/resource_groups/one/current_job");
    assert_eq!(id(&site.world.dev.get(&current).await.ok(200)), first.id);
    assert_eq!(site.job(pipeline, "second").await["status"], "waiting_for_resource");
    assert_eq!(first.put("success", json!({})).await.status, 200, "its token is as good as before");
    let second = hand.take().await;
    assert_eq!(id(&site.job(pipeline, "second").await), second.id);
    second.succeed().await;
}

/// The environment stopped when its time had come, by its job, in the name of whoever deployed there.
async fn stopped_by_its_job(site: &Site, pipeline: i64) {
    let end = site.until_job(pipeline, "end", "success").await;
    assert_eq!(end["user"]["id"], site.world.deployer.id);
    let deployed = site.job(pipeline, "deploy").await;
    assert!(seconds_between(&deployed["finished_at"], &end["started_at"]) >= SHORT, "{deployed}\n{end}");
    let found = until("the environment to be stopped", || async {
        let list = site.world.dev.get(&site.at("/environments?name=review/one")).await.ok(200);
        Some(list[0].clone()).filter(|environment| environment["state"] == "stopped")
    })
    .await;
    assert_shows(&found, &json!({"auto_stop_at": null}));
}

/// How long it took from one time to another, less than a day apart.
fn seconds_between(from: &Value, to: &Value) -> f64 {
    (of_day(to) - of_day(from)).rem_euclid(24.0 * 3600.0)
}

/// The seconds since midnight of a time such as `2026-11-29T16:18:16.123Z`.
fn of_day(time: &Value) -> f64 {
    let time = time.as_str().unwrap().split_once('T').unwrap().1.trim_end_matches('Z');
    time.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
}
