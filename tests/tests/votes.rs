//! Who may vote, how often, for whom, and what becomes of the votes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::assert_shows;
use countersign_tests::world::level;
use countersign_tests::{Client, Reply, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    the_same_vote_twice_is_one,
    an_approval_becomes_a_rejection,
    a_vote_is_withdrawn_by_its_voter_alone,
    voting_as_somebody,
    only_those_named_may_vote,
    what_may_be_sent,
    one_person_fills_one_slot,
    votes_are_shifted_until_they_fit,
    the_triggerer_where_it_is_allowed,
    an_administrator_overrides,
    a_voter_who_leaves_takes_the_vote_along,
    a_blocked_user_does_not_vote,
    votes_for_what_is_renamed_count_no_more_until_they_are_given_anew,
);

fn approval(world: &World, deployment: i64) -> String {
    world.project.of(&format!("/deployments/{deployment}/approval"))
}

async fn pending(world: &World, deployment: i64) -> Value {
    world.deployment(deployment).await["pending_approval_count"].clone()
}

async fn seeds(server: &'static Server) -> (World, i64) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    (world, deployment)
}

/// A deployment of the project to `production`, under a protection of its own with those rules.
async fn ruled(world: &World, rules: Value) -> i64 {
    let entries = json!([{"access_level": 30}]);
    let body = json!({"name": "production", "deploy_access_levels": entries, "approval_rules": rules});
    world.protect(&world.project, body).await;
    world.blocked(&world.dev, "production").await
}

async fn the_same_vote_twice_is_one(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    let at = approval(&world, deployment);
    let first = world.sec1.post(&at, json!({"status": "approved", "comment": "read it"})).await.ok(201);
    let expected = json!({
        "user": {"id": world.sec1.id, "username": world.sec1.username}, "status": "approved", "comment": "read it",
        "represented_as": null,
    });
    assert_shows(&first, &expected);
    assert!(first["created_at"].is_string(), "{first}");
    let second = world.sec1.post(&at, json!({"status": "approved", "comment": "read it again"})).await.ok(200);
    assert_eq!(second, first);
    assert_shows(&world.deployment(deployment).await, &json!({"pending_approval_count": 2, "approvals": [expected]}));
}

async fn an_approval_becomes_a_rejection(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    assert_eq!(pending(&world, deployment).await, 2);
    let rejected = world.vote(&world.sec1, deployment, "rejected").await.ok(201);
    assert_eq!(rejected["status"], "rejected");
    let after = world.deployment(deployment).await;
    assert_shows(&after, &json!({"status": "failed", "approvals": [{"status": "rejected"}]}));
    world.vote(&world.sec1, deployment, "approved").await.refused_as(400, "approval.not_blocked");
}

async fn a_vote_is_withdrawn_by_its_voter_alone(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    let at = approval(&world, deployment);
    world.sec1.delete(&at).await.refused(404);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    for other in [&*world.sec2, &world.owner, &world.root] {
        other.delete(&at).await.refused(404);
    }
    assert_eq!(pending(&world, deployment).await, 2);
    let gone = world.sec1.delete(&at).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_shows(&world.deployment(deployment).await, &json!({"pending_approval_count": 3, "approvals": []}));
    world.sec1.delete(&at).await.refused(404);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    for by in [&world.sec2, &world.qa1] {
        world.vote(by, deployment, "approved").await.ok(201);
    }
    world.sec1.delete(&at).await.refused_as(400, "approval.not_blocked");
    assert_eq!(world.status(deployment).await, "created");
}

async fn voting_as_somebody(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    let at = approval(&world, deployment);
    let vote = async |by: &Client, name: &str| -> Reply {
        by.post(&at, json!({"status": "approved", "represented_as": name})).await
    };
    vote(&world.sec1, "nobody").await.refused_as(400, "approval.unknown_representation");
    vote(&world.sec1, "qa-group").await.refused_as(400, "approval.not_representing");
    vote(&world.outsider, "qa-group").await.refused(404);
    // Somebody in both groups may say for which.
    world.join(&world.security, &world.qa1, level::DEVELOPER).await;
    let voted = vote(&world.qa1, &world.security.path).await.ok(201);
    assert_eq!(voted["status"], "approved");
    let after = world.deployment(deployment).await;
    let rules = after["approval_summary"]["rules"].clone();
    assert_shows(
        &rules,
        &json!([{"deployment_approvals": []}, {"deployment_approvals": [{"user": {"id": world.qa1.id}}]}]),
    );
    assert_eq!(vote(&world.qa2, "qa-group").await.ok(201)["represented_as"], "qa-group");
    assert_eq!(vote(&world.sec1, "").await.ok(201)["represented_as"], Value::Null);
    assert_eq!(world.status(deployment).await, "created");
}

async fn only_those_named_may_vote(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    world.vote(&world.anonymous, deployment, "approved").await.refused(401);
    world.vote(&world.outsider, deployment, "approved").await.refused(404);
    for by in [&world.dev, &world.maintainer, &world.op] {
        world.vote(by, deployment, "approved").await.refused_as(403, "approval.not_eligible");
        world.vote(by, deployment, "rejected").await.refused_as(403, "approval.not_eligible");
    }
    world.vote(&world.deployer, deployment, "approved").await.refused(403);
    assert_shows(&world.deployment(deployment).await, &json!({"status": "blocked", "approvals": []}));
    // Inherited members do not count unless the rule says so.
    let path = world.org.of("/protected_environments/production");
    let now = world.owner.get(&path).await.ok(200);
    let rule = &now["approval_rules"][0]["id"];
    world.owner.put(&path, json!({"approval_rules": [{"id": rule, "group_inheritance_type": 1}]})).await.ok(200);
    world.vote(&world.dev, deployment, "approved").await.ok(201);
    assert_eq!(pending(&world, deployment).await, 2);
}

async fn what_may_be_sent(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    let at = approval(&world, deployment);
    let before = world.deployment(deployment).await;
    for (body, error) in [
        (json!({}), "status is missing"),
        (json!({"status": "maybe"}), "status does not have a valid value"),
        (json!({"status": null}), "status"),
        (json!({"status": ["approved"]}), "status is invalid"),
        (json!({"status": "approved", "comment": "x".repeat(256)}), "comment"),
    ] {
        let refused = world.sec1.post(&at, body).await.refused(400);
        assert!(refused.to_string().contains(error), "{error}: {refused}");
    }
    world.sec1.post(&approval(&world, 999_999_999), json!({"status": "approved"})).await.refused(404);
    let elsewhere = world.project("elsewhere").await;
    let other = elsewhere.of(&format!("/deployments/{deployment}/approval"));
    world.owner.post(&other, json!({"status": "approved"})).await.refused(404);
    assert_eq!(world.deployment(deployment).await, before);
    world.sec1.post(&at, json!({"status": "approved", "comment": "ü".repeat(255), "more": 1})).await.ok(201);
}

async fn one_person_fills_one_slot(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    world.join(&world.security, &world.qa1, level::DEVELOPER).await;
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    assert_shows(&world.deployment(deployment).await, &json!({"status": "blocked", "pending_approval_count": 1}));
    world.vote(&world.sec2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
}

async fn votes_are_shifted_until_they_fit(server: &'static Server) {
    let world = World::new(server).await;
    let (dev2, maintainer) = (world.dev2.id, world.maintainer.id);
    let deployment = ruled(&world, json!([{"access_level": 30}, {"user_id": maintainer}, {"user_id": dev2}])).await;
    // The maintainer comes first and fills the first rule, until somebody needs it more.
    world.vote(&world.maintainer, deployment, "approved").await.ok(201);
    world.vote(&world.deployer, deployment, "approved").await.ok(201);
    assert_eq!(pending(&world, deployment).await, 1);
    let rules = world.deployment(deployment).await["approval_summary"]["rules"].clone();
    let voter = |index: usize| rules[index]["deployment_approvals"][0]["user"]["id"].clone();
    assert_eq!((voter(0), voter(1)), (json!(world.deployer.id), json!(maintainer)), "{rules}");
    world.vote(&world.dev2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
}

async fn the_triggerer_where_it_is_allowed(server: &'static Server) {
    let world = World::new(server).await;
    let rule = json!([{"user_id": world.dev.id}]);
    let deployment = ruled(&world, rule).await;
    world.vote(&world.dev, deployment, "approved").await.refused_as(403, "approval.self");
    let setting = "allow_pipeline_trigger_approve_deployment";
    // The group's switch does not speak for the project's rules.
    world.owner.put(&world.org.at, json!({setting: true})).await.ok(200);
    world.vote(&world.dev, deployment, "approved").await.refused_as(403, "approval.self");
    assert_eq!(world.owner.put(&world.project.at, json!({setting: true})).await.ok(200)[setting], true);
    world.vote(&world.dev, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
    // Switched off again, the approval is gone with its voter.
    world.maintainer.put(&world.project.at, json!({setting: false})).await.ok(200);
    assert_shows(&world.deployment(deployment).await, &json!({"status": "blocked", "pending_approval_count": 1}));
}

async fn an_administrator_overrides(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    world.vote(&world.root, deployment, "approved").await.ok(201);
    assert_eq!(pending(&world, deployment).await, 2);
    world.vote(&world.root, deployment, "rejected").await.ok(201);
    assert_eq!(world.status(deployment).await, "failed");
    // But nobody overrides what they triggered themselves.
    let own = world.blocked(&world.root, "production").await;
    world.vote(&world.root, own, "approved").await.refused_as(403, "approval.self");
}

async fn a_voter_who_leaves_takes_the_vote_along(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    for by in [&world.qa1, &world.sec1] {
        world.vote(by, deployment, "approved").await.ok(201);
    }
    world.leave(&world.security, &world.sec1).await;
    assert_eq!(pending(&world, deployment).await, 2);
    world.vote(&world.sec2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "blocked");
    // And brings it back.
    world.join(&world.security, &world.sec1, level::GUEST).await;
    assert_shows(&world.deployment(deployment).await, &json!({"status": "created", "pending_approval_count": 0}));
}

async fn a_blocked_user_does_not_vote(server: &'static Server) {
    let (world, deployment) = seeds(server).await;
    let tester = world.person("tester").await;
    world.join(&world.qa, &tester, level::DEVELOPER).await;
    world.vote(&tester, deployment, "approved").await.ok(201);
    assert_eq!(pending(&world, deployment).await, 2);
    let at = format!("/users/{}", tester.id);
    assert_eq!(world.root.post(&format!("{at}/block"), json!({})).await.ok(201), json!(true));
    assert_eq!(pending(&world, deployment).await, 3);
    let refused = world.vote(&tester, deployment, "approved").await;
    assert!([401, 403].contains(&refused.status), "{refused:?}");
    assert_eq!(world.root.post(&format!("{at}/unblock"), json!({})).await.ok(201), json!(true));
    assert_eq!(pending(&world, deployment).await, 2);
}

async fn votes_for_what_is_renamed_count_no_more_until_they_are_given_anew(server: &'static Server) {
    let world = World::new(server).await;
    let signer = world.person("signer").await;
    world.join(&world.org, &signer, level::MAINTAINER).await;
    let parent = world.subgroup("testers", "Testers", &world.org).await;
    let group = world.subgroup("night", "Night", &parent).await;
    world.join(&group, &world.qa1, level::GUEST).await;
    let rules = json!([{"group_id": group.id}, {"user_id": signer.id}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules});
    world.protect(&world.org, body).await;
    let deployment = world.blocked(&world.dev, "production").await;
    let at = approval(&world, deployment);
    let vote =
        async |by: &Client, name: &str| by.post(&at, json!({"status": "approved", "represented_as": name})).await;
    vote(&world.qa1, "Night").await.ok(201);
    vote(&signer, &signer.username).await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
    let (org, username) = (&world.org.path, format!("{}-b", signer.username));
    for (place, change, voter, name) in [
        (group.at.clone(), json!({"name": "Day"}), &world.qa1, "Day".to_owned()),
        (group.at.clone(), json!({"name": "Noon", "path": "noon"}), &world.qa1, format!("{org}/testers/noon")),
        (parent.at.clone(), json!({"path": "probes"}), &world.qa1, format!("{org}/probes/noon")),
        (format!("/users/{}", signer.id), json!({"username": username, "name": username}), &signer, username.clone()),
    ] {
        world.root.put(&place, change).await.ok(200);
        let blocked = world.owner.get(&world.project.of("/deployments?status=blocked")).await.ok(200);
        assert_shows(&blocked, &json!([{"id": deployment}]));
        assert_eq!(pending(&world, deployment).await, 1, "{name}");
        let again = vote(voter, &name).await.ok(201);
        assert_eq!(again["represented_as"], name);
        assert_shows(&world.deployment(deployment).await, &json!({"status": "created", "pending_approval_count": 0}));
    }
}
