//! Things that happen at the same instant have one right outcome.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::runner::{HandRunner, MOMENT};
use countersign_tests::world::level;
use countersign_tests::{Engine, Person, Reply, Server, World, each_engine_repeatedly, git};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

each_engine_repeatedly!(
    few: 4, many: 20;
    sixteen_approvers_and_one_needed_vote,
    an_approval_against_a_rejection,
    the_last_approval_against_a_raised_count,
    two_edits_of_one_protection,
    two_protections_of_one_name,
    two_runners_and_one_job,
    the_same_person_votes_many_times,
    a_vote_against_leaving,
    play_against_cancel,
);

/// How many approve at once.
const CROWD: usize = 16;

async fn world(engine: Engine) -> World {
    World::new(countersign_tests::server::shared(engine).await).await
}

async fn crowd(world: &World) -> Vec<Person> {
    let people: Vec<_> = (0..CROWD).map(|number| format!("voter-{number}")).collect();
    let people = join_all(people.iter().map(|name| world.person(name))).await;
    join_all(people.iter().map(|person| world.join(&world.qa, person, level::DEVELOPER))).await;
    people
}

/// Protects the organization's production: operators deploy, that many of QA approve.
async fn protect(world: &World, needed: i64) -> Value {
    let rules = json!([{"group_id": world.qa.id, "required_approvals": needed}]);
    let entries = json!([{"group_id": world.operators.id}]);
    let body = json!({"name": "production", "deploy_access_levels": entries, "approval_rules": rules});
    world.protect(&world.org, body).await
}

fn with_status(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

/// The events of that kind about one deployment, as the audit trail tells them, need no part here: what the reply shows
/// must be consistent in itself.
async fn voters(world: &World, deployment: i64) -> Vec<i64> {
    let shown = world.deployment(deployment).await;
    let approvals = shown["approvals"].as_array().cloned().unwrap_or_default();
    approvals.iter().filter_map(|vote| vote["user"]["id"].as_i64()).collect()
}

async fn sixteen_approvers_and_one_needed_vote(engine: Engine, runs: usize) {
    let world = world(engine).await;
    protect(&world, 1).await;
    let people = crowd(&world).await;
    for run in 0..runs {
        let deployment = world.blocked(&world.deployer, "production").await;
        let replies = join_all(people.iter().map(|by| world.vote(by, deployment, "approved"))).await;
        for reply in &replies {
            match reply.status {
                201 => {}
                400 => drop(reply.refused_as(400, "approval.not_blocked")),
                _ => panic!("run {run}: {reply:?}"),
            }
        }
        // One vote decides; whoever comes later finds the deployment approved.
        assert_eq!((with_status(&replies, 201), with_status(&replies, 400)), (1, CROWD - 1), "run {run}");
        let winner = replies.iter().find(|reply| reply.status == 201).expect("one").json();
        assert_eq!(voters(&world, deployment).await, [winner["user"]["id"].as_i64().expect("an id")]);
        assert_eq!(world.status(deployment).await, "created");
    }
    // With as many needed as there are, every one counts and the last decides.
    let path = world.org.of("/protected_environments/production");
    let rule = world.owner.get(&path).await.ok(200)["approval_rules"][0]["id"].clone();
    let put = json!({"approval_rules": [{"id": rule, "required_approvals": CROWD}]});
    world.owner.put(&path, put).await.ok(200);
    for run in 0..runs {
        let deployment = world.blocked(&world.deployer, "production").await;
        let replies = join_all(people.iter().map(|by| world.vote(by, deployment, "approved"))).await;
        assert_eq!(with_status(&replies, 201), CROWD, "run {run}: {replies:?}");
        let voters: BTreeSet<_> = voters(&world, deployment).await.into_iter().collect();
        assert_eq!(voters, people.iter().map(|person| person.id).collect());
        assert_eq!(world.status(deployment).await, "created");
    }
}

async fn an_approval_against_a_rejection(engine: Engine, runs: usize) {
    let world = world(engine).await;
    protect(&world, 1).await;
    for run in 0..runs {
        let deployment = world.blocked(&world.deployer, "production").await;
        let approve = world.vote(&world.qa1, deployment, "approved");
        let reject = world.vote(&world.qa2, deployment, "rejected");
        let (approved, rejected) = if run % 2 == 0 {
            join(approve, reject).await
        } else {
            let (rejected, approved) = join(reject, approve).await;
            (approved, rejected)
        };
        let status = world.status(deployment).await;
        match (approved.status, rejected.status, status.as_str()) {
            (201, 400, "created") => assert_eq!(voters(&world, deployment).await, [world.qa1.id]),
            (400, 201, "failed") => assert_eq!(voters(&world, deployment).await, [world.qa2.id]),
            other => panic!("run {run}: {other:?}\n{approved:?}\n{rejected:?}"),
        }
    }
}

async fn the_last_approval_against_a_raised_count(engine: Engine, runs: usize) {
    let world = world(engine).await;
    let made = protect(&world, 1).await;
    let path = world.org.of("/protected_environments/production");
    let rule = &made["approval_rules"][0]["id"];
    let need = |count: i64| json!({"approval_rules": [{"id": rule, "required_approvals": count}]});
    for run in 0..runs {
        world.owner.put(&path, need(1)).await.ok(200);
        let deployment = world.blocked(&world.deployer, "production").await;
        let at = world.project.of(&format!("/deployments/{deployment}"));
        let vote = world.vote(&world.qa1, deployment, "approved");
        let (voted, edited) = join(vote, world.owner.put(&path, need(2))).await;
        edited.ok(200);
        voted.ok(201);
        // Whichever came first: one of two approvals is there, and nothing starts.
        let shown = world.deployment(deployment).await;
        assert_eq!((&shown["status"], &shown["pending_approval_count"]), (&json!("blocked"), &json!(1)), "run {run}");
        world.deployer.put(&at, json!({"status": "running"})).await.refused(403);
        // And against the claim: running under one rule, or held under the other.
        world.owner.put(&path, need(1)).await.ok(200);
        let claim = world.deployer.put(&at, json!({"status": "running"}));
        let (claimed, edited) = join(claim, world.owner.put(&path, need(2))).await;
        edited.ok(200);
        let status = world.status(deployment).await;
        match (claimed.status, status.as_str()) {
            (200, "running") | (403, "blocked") => {}
            other => panic!("run {run}: {other:?} {claimed:?}"),
        }
        world.deployer.put(&at, json!({"status": "failed"})).await.ok(200);
    }
}

async fn two_edits_of_one_protection(engine: Engine, runs: usize) {
    let world = world(engine).await;
    let made = protect(&world, 1).await;
    let path = world.org.of("/protected_environments/production");
    let rule = made["approval_rules"][0]["id"].clone();
    for run in 0..runs {
        // Both add the same group: one does, the other is refused.
        let add = json!({"approval_rules": [{"group_id": world.security.id}]});
        let (one, other) = join(world.owner.put(&path, add.clone()), world.maintainer.put(&path, add)).await;
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [200, 400], "run {run}: {one:?} {other:?}");
        let now = world.owner.get(&path).await.ok(200);
        let rows = now["approval_rules"].as_array().cloned().unwrap_or_default();
        assert_eq!(rows.len(), 2, "run {run}: {now}");
        // Both delete it: one does, for the other it is gone.
        let away = json!({"approval_rules": [{"id": rows[1]["id"], "_destroy": true}]});
        let (one, other) = join(world.owner.put(&path, away.clone()), world.maintainer.put(&path, away)).await;
        let mut both = [one.status, other.status];
        both.sort_unstable();
        assert_eq!(both, [200, 404], "run {run}: {one:?} {other:?}");
        // Different fields do not undo each other.
        let count = json!({"required_approval_count": run + 1});
        let more = json!({"approval_rules": [{"id": rule, "required_approvals": run + 1}]});
        let (one, other) = join(world.owner.put(&path, count), world.maintainer.put(&path, more)).await;
        one.ok(200);
        other.ok(200);
        let now = world.owner.get(&path).await.ok(200);
        assert_eq!(
            (&now["required_approval_count"], &now["approval_rules"][0]["required_approvals"]),
            (&json!(run + 1), &json!(run + 1))
        );
    }
}

async fn two_protections_of_one_name(engine: Engine, runs: usize) {
    let world = world(engine).await;
    let path = world.project.of("/protected_environments");
    for run in 0..runs {
        let body = json!({"name": format!("env-{run}"), "deploy_access_levels": [{"access_level": 40}]});
        let replies = join_all((0..4).map(|_| world.maintainer.post(&path, body.clone()))).await;
        assert_eq!((with_status(&replies, 201), with_status(&replies, 409)), (1, 3), "run {run}: {replies:?}");
        let made = replies.iter().find(|reply| reply.status == 201).expect("one").json();
        assert_eq!(world.maintainer.get(&format!("{path}/env-{run}")).await.ok(200), made);
        // The same for what reports create by themselves.
        let name = format!("free-{run}");
        let replies = join_all((0..4).map(|_| world.report(&world.dev, &name, "running"))).await;
        assert_eq!(with_status(&replies, 201), 4, "run {run}: {replies:?}");
        let list = world.dev.get(&world.project.of(&format!("/environments?name={name}"))).await.ok(200);
        assert_eq!(list.as_array().map(Vec::len), Some(1));
    }
    let list = world.dev.get(&world.project.of("/deployments?per_page=100&order_by=iid")).await.ok(200);
    let iids: Vec<_> = list.as_array().into_iter().flatten().filter_map(|row| row["iid"].as_u64()).collect();
    assert_eq!(iids, (1..=4 * runs as u64).collect::<Vec<_>>());
}

/// A pipeline of the operator-developer with one deploy job that needs no clone.
async fn deploy_job(world: &World, server: &'static Server, round: usize) -> i64 {
    let yaml = format!(
        "ship:\n  variables: {{GIT_STRATEGY: none, ROUND: '{round}'}}\n  script: ['true']\n  environment: {{name: production}}\n"
    );
    let repository = git::Repository::new(server, &world.project);
    repository.git(&["fetch", "--quiet"]);
    let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
    let pushed =
        repository.try_push(&world.deployer.username, &world.deployer.token, &format!("HEAD:refs/heads/round-{round}"));
    assert!(pushed.status.success());
    let pipeline = git::pipeline_of(&world.owner, &world.project, &sha).await;
    let jobs = world.owner.get(&world.project.of(&format!("/pipelines/{}/jobs", pipeline["id"]))).await.ok(200);
    id(&jobs[0])
}

async fn two_runners_and_one_job(engine: Engine, runs: usize) {
    let world = world(engine).await;
    let server = world.server;
    protect(&world, 1).await;
    let runners = [HandRunner::new(server, &world.runner().await), HandRunner::new(server, &world.runner().await)];
    for round in 0..runs {
        let job = deploy_job(&world, server, round).await;
        let at = world.project.of(&format!("/jobs/{job}"));
        let list = world.owner.get(&world.project.of("/deployments?sort=desc")).await.ok(200);
        let deployment = id(&list[0]);
        let asks: Vec<_> = runners.iter().chain(&runners).map(|it| it.take_if_any(Duration::from_secs(2))).collect();
        // The runners are waiting when the approval comes.
        let vote = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(world.owner.get(&at).await.ok(200)["status"], "manual");
            world.vote(&world.qa1, deployment, "approved").await.ok(201)
        };
        let (handed, _) = join(join_all(asks), vote).await;
        let handed: Vec<_> = handed.into_iter().flatten().collect();
        assert_eq!(handed.iter().map(|it| it.id).collect::<Vec<_>>(), [job], "round {round}");
        handed[0].succeed().await;
        assert_eq!(world.status(deployment).await, "success");
    }
}

async fn the_same_person_votes_many_times(engine: Engine, runs: usize) {
    let world = world(engine).await;
    protect(&world, 3).await;
    for run in 0..runs {
        let deployment = world.blocked(&world.deployer, "production").await;
        let replies = join_all((0..8).map(|_| world.vote(&world.qa1, deployment, "approved"))).await;
        assert_eq!((with_status(&replies, 201), with_status(&replies, 200)), (1, 7), "run {run}: {replies:?}");
        assert_eq!(voters(&world, deployment).await, [world.qa1.id]);
        let path = world.project.of(&format!("/deployments/{deployment}/approval"));
        let replies = join_all((0..4).map(|_| world.qa1.delete(&path))).await;
        assert_eq!((with_status(&replies, 204), with_status(&replies, 404)), (1, 3), "run {run}: {replies:?}");
    }
}

async fn a_vote_against_leaving(engine: Engine, runs: usize) {
    let world = world(engine).await;
    protect(&world, 1).await;
    let member = world.qa.of(&format!("/members/{}", world.qa1.id));
    for run in 0..runs {
        let deployment = world.blocked(&world.deployer, "production").await;
        let (voted, left) = join(world.vote(&world.qa1, deployment, "approved"), world.owner.delete(&member)).await;
        assert_eq!(left.status, 204, "{left:?}");
        assert!([201, 403, 404].contains(&voted.status), "run {run}: {voted:?}");
        // Somebody who left approves nothing, whichever came first.
        assert_eq!(world.status(deployment).await, "blocked", "run {run}: {voted:?}");
        world.join(&world.qa, &world.qa1, level::DEVELOPER).await;
    }
}

async fn play_against_cancel(engine: Engine, runs: usize) {
    let world = world(engine).await;
    let server = world.server;
    let made = protect(&world, 1).await;
    let path = world.org.of("/protected_environments/production");
    world.owner.put(&path, json!({"run_after_approval": "manual"})).await.ok(200);
    assert_eq!(made["run_after_approval"], "automatic");
    let runner = HandRunner::new(server, &world.runner().await);
    for round in 0..runs {
        let job = deploy_job(&world, server, round).await;
        let list = world.owner.get(&world.project.of("/deployments?sort=desc")).await.ok(200);
        let deployment = id(&list[0]);
        world.vote(&world.qa1, deployment, "approved").await.ok(201);
        let act =
            async |by: &Person, verb: &str| by.post(&world.project.of(&format!("/jobs/{job}/{verb}")), json!({})).await;
        let (played, canceled) = join(act(&world.op, "play"), act(&world.deployer, "cancel")).await;
        assert!([200, 400, 403].contains(&played.status), "round {round}: {played:?}");
        assert_eq!(canceled.status, 201, "round {round}: {canceled:?}");
        let status = world.owner.get(&world.project.of(&format!("/jobs/{job}"))).await.ok(200)["status"].clone();
        assert_eq!((status, world.status(deployment).await.as_str()), (json!("canceled"), "canceled"), "round {round}");
    }
    assert!(runner.take_if_any(MOMENT).await.is_none());
}
