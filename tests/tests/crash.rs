//! `kill -9` of the server and of the runner under load: nothing acknowledged is missing, nothing ran unapproved.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::{Body, Engine, Person, Server, World, each_engine_slowly, git};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::sleep;

each_engine_slowly!(twenty_kills_under_load);

/// How often the server is killed.
const KILLS: u64 = 20;

/// What the server acknowledged, and so must still know.
#[derive(Default)]
struct Acknowledged {
    /// By deployment and voter: `approved` or `rejected`.
    votes: Mutex<BTreeMap<(i64, i64), &'static str>>,
    /// The commits that git pushed.
    pushes: Mutex<BTreeSet<String>>,
}

/// Deploys, and tells in a file that it did.
fn configuration(ran: &str) -> String {
    format!(
        "stages:\n  - deploy\nproduction:\n  stage: deploy\n  variables:\n    GIT_STRATEGY: none\n  script:\n    \
         - 'echo \"$CI_JOB_ID\" >> {ran}'\n  environment:\n    name: ${{CI_JOB_NAME}}\n"
    )
}

async fn twenty_kills_under_load(engine: Engine) {
    let server: &'static Server = Box::leak(Box::new(Server::start(engine).await));
    let world: &'static World = Box::leak(Box::new(World::new(server).await));
    world.protect_as_the_seeds().await;
    let ran = server.scratch().join("ran");
    std::fs::write(&ran, "").unwrap();
    let repository = git::Repository::new(server, &world.project);
    repository.commit(".gitlab-ci.yml", configuration(&ran.display().to_string()).as_bytes());
    repository.push(&world.deployer);
    let token = world.runner().await;
    let known: &'static Acknowledged = Box::leak(Box::default());
    for round in 0..KILLS {
        let runner = server.start_runner(&token, 2);
        let load = tokio::spawn(load(world, known, round));
        // Any moment of the load is as good as another.
        sleep(Duration::from_millis(150 + round * 397 % 900)).await;
        if round % 3 == 2 {
            drop(runner);
            sleep(Duration::from_millis(50)).await;
            server.kill();
        } else {
            server.kill();
            drop(runner);
        }
        load.await.expect("under load every answer was one of those expected");
        server.restart().await;
        check(server, world, known, &std::fs::read_to_string(&ran).unwrap()).await;
    }
    let _runner = server.start_runner(&token, 4);
    drain(world).await;
    check(server, world, known, &std::fs::read_to_string(&ran).unwrap()).await;
    let rejections = known.votes.lock().unwrap().values().filter(|status| **status == "rejected").count();
    assert!(rejections > 0, "nobody rejected anything");
    assert!(known.votes.lock().unwrap().len() > 20, "the load was too light to prove anything");
    assert!(known.pushes.lock().unwrap().len() > 5, "too few pushes to prove anything");
    assert!(std::fs::read_to_string(&ran).unwrap().lines().count() > 3, "too few jobs ran to prove anything");
}

/// Waits until everything that was approved was handed out: no kill may leave a job behind that nobody ever gets.
async fn drain(world: &World) {
    let path = world.project.of("/deployments?status=created&per_page=100");
    for _ in 0..600 {
        if world.owner.get(&path).await.ok(200) == json!([]) {
            return;
        }
        sleep(Duration::from_millis(200)).await;
    }
    panic!("approved, but never handed out: {:#}", world.owner.get(&path).await.json());
}

/// Creates pipelines, pushes, and votes on whatever is blocked, until the server is gone.
async fn load(world: &'static World, known: &'static Acknowledged, round: u64) {
    let create = async {
        loop {
            let body = json!({"ref": "main"});
            if world.deployer.try_send(reqwest::Method::POST, &world.project.of("/pipeline"), body).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(60)).await;
        }
    };
    let voters = [&world.qa1, &world.sec1, &world.sec2].map(|by| vote_on_all(world, by, known, |_| "approved"));
    // Somebody rejects now and then what the others approve.
    let doubter = vote_on_all(world, &world.qa2, known, |id| if id % 5 == 0 { "rejected" } else { "" });
    let pushes = tokio::task::spawn_blocking(move || push_all(world, known, round));
    let (_, _, _, pushed) = tokio::join!(create, futures_util::future::join_all(voters), doubter, pushes);
    pushed.unwrap();
}

/// Pushes commit after commit to a branch of this round, until git fails.
fn push_all(world: &World, known: &Acknowledged, round: u64) {
    let repository = git::Repository::new(world.server, &world.project);
    let (user, secret) = (&world.dev.username, &world.dev.token);
    for number in 0.. {
        let yaml = format!("check:\n  tags: [nobody]\n  script: ['echo {round}.{number}']\n");
        let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
        if !repository.try_push(user, secret, &format!("HEAD:refs/heads/round-{round}")).status.success() {
            return;
        }
        known.pushes.lock().unwrap().insert(sha);
    }
}

/// Casts the vote chosen for each deployment that is blocked; none where that is empty.
async fn vote_on_all(world: &World, by: &Person, known: &Acknowledged, choose: fn(i64) -> &'static str) {
    loop {
        let path = world.project.of("/deployments?status=blocked&sort=desc&per_page=20");
        let Ok(list) = by.try_send(reqwest::Method::GET, &path, Body::Empty).await else { return };
        for row in list.ok(200).as_array().cloned().unwrap_or_default() {
            let (deployment, status) = (id(&row), choose(id(&row)));
            if status.is_empty() {
                continue;
            }
            let path = world.project.of(&format!("/deployments/{deployment}/approval"));
            let vote = json!({"status": status});
            let Ok(reply) = by.try_send(reqwest::Method::POST, &path, vote).await else { return };
            assert!([200, 201, 400].contains(&reply.status), "{reply:?}");
            if reply.status < 300 {
                known.votes.lock().unwrap().insert((deployment, by.id), status);
            }
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// What must hold after every restart.
async fn check(server: &Server, world: &World, known: &Acknowledged, ran: &str) {
    let verified = server.audit_verify();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let votes = known.votes.lock().unwrap().clone();
    let shown = every_deployment(world).await;
    for ((deployment, voter), status) in &votes {
        let of = &shown[deployment];
        let stands = |vote: &&Value| vote["user"]["id"] == *voter && vote["status"] == *status;
        assert!(of["approvals"].as_array().unwrap().iter().find(stands).is_some(), "{voter} {status}: {of:#}");
        assert!(*status != "rejected" || of["status"] == "failed", "rejected, and yet: {of:#}");
    }
    let jobs: Vec<i64> = ran.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), jobs.len(), "a job ran twice: {jobs:?}");
    let approved: BTreeSet<i64> = shown.values().filter(|of| is_approved(of)).map(|of| id(&of["deployable"])).collect();
    for job in jobs {
        assert!(approved.contains(&job), "job {job} ran without approval");
    }
    shown.values().for_each(whole);
    let pushes = known.pushes.lock().unwrap().clone();
    for sha in pushes {
        git::pipeline_of(&world.owner, &world.project, &sha).await;
        let list = world.owner.get(&world.project.of(&format!("/pipelines?sha={sha}"))).await.ok(200);
        assert_eq!(list.as_array().map(Vec::len), Some(1), "one push, one pipeline: {list}");
    }
}

/// Every deployment of the project in full, by its id.
async fn every_deployment(world: &World) -> BTreeMap<i64, Value> {
    let mut all = BTreeMap::new();
    for page in 1.. {
        let list = world.owner.get(&world.project.of(&format!("/deployments?per_page=100&page={page}"))).await.ok(200);
        let rows = list.as_array().cloned().unwrap_or_default();
        for row in &rows {
            all.insert(id(row), world.deployment(id(row)).await);
        }
        if rows.len() < 100 {
            break;
        }
    }
    all
}

/// Deployment and job never disagree.
fn whole(shown: &Value) {
    let (deployment, job) = (shown["status"].as_str().unwrap(), shown["deployable"]["status"].as_str().unwrap());
    let agree = match deployment {
        "blocked" => job == "manual",
        "created" => ["pending", "manual", "created"].contains(&job),
        other => other == job,
    };
    assert!(agree, "half a state: {shown:#}");
    let pending = shown["pending_approval_count"].as_i64().unwrap();
    match deployment {
        "blocked" => assert!(pending > 0, "blocked for no reason: {shown:#}"),
        "running" | "success" => assert!(is_approved(shown), "runs unapproved: {shown:#}"),
        _ => {}
    }
}

/// Whether a deployment has all approvals.
fn is_approved(shown: &Value) -> bool {
    let votes = shown["approvals"].as_array().unwrap();
    let approvals = votes.iter().filter(|vote| vote["status"] == "approved").count();
    shown["pending_approval_count"] == 0 && approvals == votes.len() && approvals >= 3
}
