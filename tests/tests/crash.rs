//! `kill -9` of the server and of the runner under load: nothing acknowledged is missing, nothing ran unapproved.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::{Engine, Person, Server, World, each_engine_slowly, git};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::sleep;

each_engine_slowly!(twenty_kills_under_load);

/// How often the server is killed.
const KILLS: u64 = 20;

/// Votes that were acknowledged: deployment and voter.
type Votes = Mutex<BTreeSet<(i64, i64)>>;

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
    let votes: &'static Votes = Box::leak(Box::default());
    for round in 0..KILLS {
        let runner = server.start_runner(&token, 2);
        let load = tokio::spawn(load(world, votes));
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
        load.abort();
        server.restart().await;
        check(server, world, votes, &std::fs::read_to_string(&ran).unwrap()).await;
    }
    assert!(votes.lock().unwrap().len() > 20, "the load was too light to prove anything");
    assert!(std::fs::read_to_string(&ran).unwrap().lines().count() > 3, "too few jobs ran to prove anything");
}

/// Creates pipelines and votes on whatever is blocked, until the server is gone.
async fn load(world: &'static World, votes: &'static Votes) {
    let create = async {
        loop {
            let body = json!({"ref": "main"});
            if world.deployer.try_send(reqwest::Method::POST, &world.project.of("/pipeline"), body).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(60)).await;
        }
    };
    let voters = [&world.qa1, &world.sec1, &world.sec2].map(|by| vote_on_all(world, by, votes));
    tokio::join!(create, futures_util::future::join_all(voters));
}

async fn vote_on_all(world: &World, by: &Person, votes: &Votes) {
    loop {
        let path = world.project.of("/deployments?status=blocked&per_page=20");
        let Ok(list) = by.try_send(reqwest::Method::GET, &path, Value::Null).await else { return };
        for deployment in list.json().as_array().cloned().unwrap_or_default() {
            let path = world.project.of(&format!("/deployments/{}/approval", id(&deployment)));
            let vote = json!({"status": "approved"});
            let Ok(reply) = by.try_send(reqwest::Method::POST, &path, vote).await else { return };
            assert!([200, 201, 400].contains(&reply.status), "{reply:?}");
            if reply.status < 300 {
                votes.lock().unwrap().insert((id(&deployment), by.id));
            }
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// What must hold after every restart.
async fn check(server: &Server, world: &World, votes: &Votes, ran: &str) {
    let verified = server.audit_verify();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let acknowledged = votes.lock().unwrap().clone();
    let mut deployments = BTreeSet::new();
    for (deployment, voter) in &acknowledged {
        let shown = world.deployment(*deployment).await;
        let approvals = shown["approvals"].as_array().unwrap();
        assert!(approvals.iter().any(|a| a["user"]["id"] == *voter), "the vote of {voter} is missing: {shown:#}");
        if deployments.insert(*deployment) {
            whole(&shown);
        }
    }
    let jobs: Vec<i64> = ran.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), jobs.len(), "a job ran twice: {jobs:?}");
    let approved: BTreeSet<i64> = approved_jobs(world).await;
    for job in jobs {
        assert!(approved.contains(&job), "job {job} ran without approval");
    }
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
    assert_eq!(deployment == "blocked", pending > 0, "{shown:#}");
}

/// The jobs whose deployments have all approvals.
async fn approved_jobs(world: &World) -> BTreeSet<i64> {
    let mut approved = BTreeSet::new();
    for page in 1.. {
        let list = world.owner.get(&world.project.of(&format!("/deployments?per_page=100&page={page}"))).await.ok(200);
        let rows = list.as_array().cloned().unwrap_or_default();
        for row in rows.iter().filter(|row| row["status"] != "blocked" && row["status"] != "created") {
            let shown = world.deployment(id(row)).await;
            if shown["pending_approval_count"] == 0 && shown["approvals"].as_array().unwrap().len() >= 3 {
                approved.insert(id(&shown["deployable"]));
            }
        }
        if rows.len() < 100 {
            break;
        }
    }
    approved
}
