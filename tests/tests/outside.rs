//! Deployments that other tools perform: held, released and recorded by the same rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::world::report;
use countersign_tests::{Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    without_protection_a_tool_reports_freely,
    held_until_approved,
    not_allowed_is_refused_at_once,
    success_without_approval_is_recorded_as_unapproved,
    canceling_or_failing_while_blocked_is_final,
    claiming_checks_who_claims,
    a_deploy_entry_suffices_to_go_on_but_not_to_begin,
    the_ref_and_commit_must_exist_where_there_is_a_repository,
    deleting_needs_a_maintainer_and_a_finished_deployment,
    the_list_filters_and_refuses,
    group_and_project_protections_add_up,
    the_tier_asked_for_cannot_rename_the_risk_away,
);

fn path(world: &World, deployment: i64) -> String {
    world.project.of(&format!("/deployments/{deployment}"))
}

async fn approve_all(world: &World, deployment: i64) {
    for by in [&world.qa1, &world.sec1, &world.sec2] {
        world.vote(by, deployment, "approved").await.ok(201);
    }
}

async fn without_protection_a_tool_reports_freely(server: &'static Server) {
    let world = World::new(server).await;
    let made = world.report(&world.dev, "review/one", "running").await.ok(201);
    let expected = json!({
        "iid": 1, "status": "running", "ref": "main", "deployable": null, "user": {"id": world.dev.id},
        "environment": {"name": "review/one"},
    });
    assert_shows(&made, &expected);
    let at = path(&world, id(&made));
    world.dev.put(&at, json!({"status": "running"})).await.refused(400);
    assert_eq!(world.dev.put(&at, json!({"status": "failed"})).await.ok(200)["status"], "failed");
    let refused = world.dev.put(&at, json!({"status": "running"})).await.refused(400);
    assert_eq!(refused["message"]["status"], json!(["cannot transition via \"run\""]));
    let done = world.dev2.put(&at, json!({"status": "success"})).await.ok(200);
    assert_eq!(done["status"], "success");
    world.dev2.put(&at, json!({"status": "success"})).await.refused(400);
    for status in ["blocked", "skipped", "created", "great"] {
        let error = world.dev.put(&at, json!({"status": status})).await.refused(400);
        assert_eq!(error["error"], "status does not have a valid value", "{error}");
    }
    world.report(&world.reporter, "review/two", "running").await.refused(403);
    world.report(&world.outsider, "review/two", "running").await.refused(404);
    let environments = world.dev.get(&world.project.of("/environments?search=rev")).await.ok(200);
    assert_eq!(environments.as_array().map(Vec::len), Some(1), "{environments}");
    assert_eq!(world.report(&world.dev, "staging-1", "created").await.ok(201)["iid"], 2);
}

async fn held_until_approved(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    for status in ["running", "created"] {
        let made = world.report(&world.deployer, "production", status).await.ok(201);
        assert_shows(&made, &json!({"status": "blocked", "pending_approval_count": 3}));
        let rules = made["approval_summary"]["rules"].as_array().cloned().unwrap_or_default();
        let named: Vec<_> = rules.iter().map(|rule| (&rule["group_id"], &rule["required_approvals"])).collect();
        assert_eq!(named, [(&json!(world.qa.id), &json!(1)), (&json!(world.security.id), &json!(2))], "{made}");
        let at = path(&world, id(&made));
        for to in ["running", "success"] {
            world.deployer.put(&at, json!({"status": to})).await.refused_as(403, "deployment.not_approved");
            world.root.put(&at, json!({"status": to})).await.refused(403);
        }
        approve_all(&world, id(&made)).await;
        let approved = world.deployment(id(&made)).await;
        assert_shows(&approved, &json!({"status": "created", "pending_approval_count": 0, "blocked_reasons": []}));
        assert_eq!(world.deployer.put(&at, json!({"status": "running"})).await.ok(200)["status"], "running");
        let done = world.op.put(&at, json!({"status": "success"})).await.ok(200);
        assert!(done["status"] == "success" && done.get("unapproved").is_none(), "{done}");
        let voters: Vec<_> = world.deployment(id(&made)).await["approval_summary"]["rules"]
            .as_array()
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        assert_eq!(voters[1]["deployment_approvals"].as_array().map(Vec::len), Some(2));
    }
}

async fn not_allowed_is_refused_at_once(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    for status in ["created", "running", "success", "failed", "canceled"] {
        let refused = world.report(&world.dev, "production", status).await.refused_as(403, "deploy.not_allowed");
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(message.contains("The environment this job is deploying to is protected."), "{refused}");
    }
    assert_eq!(world.owner.get(&world.project.of("/deployments")).await.ok(200), json!([]));
    // Nor does a role make an operator; an administrator may use every environment.
    world.report(&world.maintainer, "production", "running").await.refused(403);
    assert_eq!(world.report(&world.root, "production", "running").await.ok(201)["status"], "blocked");
}

async fn success_without_approval_is_recorded_as_unapproved(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let made = world.report(&world.deployer, "production", "success").await.ok(201);
    assert_shows(&made, &json!({"status": "success", "unapproved": true}));
    assert_eq!(world.deployment(id(&made)).await["unapproved"], true);
    let at = path(&world, id(&made));
    for status in ["failed", "canceled", "running", "success"] {
        world.deployer.put(&at, json!({"status": status})).await.refused(403);
    }
}

async fn canceling_or_failing_while_blocked_is_final(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    for end in ["canceled", "failed"] {
        let deployment = world.blocked(&world.deployer, "production").await;
        let at = path(&world, deployment);
        world.vote(&world.qa1, deployment, "approved").await.ok(201);
        assert_eq!(world.deployer.put(&at, json!({"status": end})).await.ok(200)["status"], end);
        for status in ["running", "success", "failed", "canceled"] {
            world.deployer.put(&at, json!({"status": status})).await.refused_as(403, "deployment.final");
        }
        world.vote(&world.sec1, deployment, "approved").await.refused_as(400, "approval.not_blocked");
    }
    let rejected = world.blocked(&world.deployer, "production").await;
    world.vote(&world.sec1, rejected, "rejected").await.ok(201);
    assert_eq!(world.status(rejected).await, "failed");
    for status in ["running", "success", "canceled"] {
        world
            .deployer
            .put(&path(&world, rejected), json!({"status": status}))
            .await
            .refused_as(403, "deployment.final");
    }
}

async fn claiming_checks_who_claims(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    approve_all(&world, deployment).await;
    let at = path(&world, deployment);
    world.dev.put(&at, json!({"status": "running"})).await.refused(403);
    world.leave(&world.operators, &world.deployer).await;
    world.deployer.put(&at, json!({"status": "running"})).await.refused(403);
    assert_eq!(world.status(deployment).await, "created");
    // A voter who is no longer eligible takes the approval along.
    world.leave(&world.qa, &world.qa1).await;
    assert_eq!(world.status(deployment).await, "blocked");
    world.op.put(&at, json!({"status": "running"})).await.refused_as(403, "deployment.not_approved");
    world.vote(&world.qa2, deployment, "approved").await.ok(201);
    assert_eq!(world.op.put(&at, json!({"status": "running"})).await.ok(200)["status"], "running");
    // After the claim nothing changes.
    world.leave(&world.qa, &world.qa2).await;
    assert_eq!(world.op.put(&at, json!({"status": "success"})).await.ok(200)["status"], "success");
    assert_shows(&world.deployment(deployment).await, &json!({"status": "success", "pending_approval_count": 0}));
}

async fn a_deploy_entry_suffices_to_go_on_but_not_to_begin(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    // The operator may see the project, but creating needs developer.
    assert!([403, 404].contains(&world.report(&world.op, "production", "running").await.status));
    let deployment = world.blocked(&world.deployer, "production").await;
    approve_all(&world, deployment).await;
    assert_eq!(
        world.op.put(&path(&world, deployment), json!({"status": "running"})).await.ok(200)["status"],
        "running"
    );
}

async fn the_ref_and_commit_must_exist_where_there_is_a_repository(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({
        "branch": "main", "commit_message": "Begin",
        "actions": [{"action": "create", "file_path": "README.md", "content": "Hello\n"}],
    });
    let commit = world.dev.post(&world.project.of("/repository/commits"), body).await.ok(201);
    let ask = |sha: Value, name: &str| json!({"environment": "qa", "sha": sha, "ref": name, "tag": false, "status": "running"});
    let at = world.project.of("/deployments");
    let refused = world.dev.post(&at, ask(commit["id"].clone(), "gone")).await.refused(400);
    assert_eq!(refused["message"]["ref"], json!(["The branch or tag does not exist"]), "{refused}");
    let refused =
        world.dev.post(&at, ask(json!("0123456789abcdef0123456789abcdef01234567"), "main")).await.refused(400);
    assert_eq!(refused["message"]["sha"], json!(["The commit does not exist"]), "{refused}");
    assert_eq!(world.dev.get(&at).await.ok(200), json!([]));
    assert_eq!(world.dev.post(&at, ask(commit["id"].clone(), "main")).await.ok(201)["status"], "running");
}

async fn deleting_needs_a_maintainer_and_a_finished_deployment(server: &'static Server) {
    let world = World::new(server).await;
    let first = id(&world.report(&world.dev, "one", "running").await.ok(201));
    let at = path(&world, first);
    world.dev.delete(&at).await.refused(403);
    let refused = world.maintainer.delete(&at).await.refused(400);
    assert!(refused.to_string().contains("Cannot destroy running deployment"), "{refused}");
    world.dev.put(&at, json!({"status": "success"})).await.ok(200);
    let refused = world.maintainer.delete(&at).await.refused(400);
    assert!(refused.to_string().contains("Deployment currently deployed to environment"), "{refused}");
    world.report(&world.dev, "one", "success").await.ok(201);
    let deleted = world.maintainer.delete(&at).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    world.maintainer.get(&at).await.refused(404);
    world.maintainer.delete(&at).await.refused(404);
}

async fn the_list_filters_and_refuses(server: &'static Server) {
    let world = World::new(server).await;
    for (environment, status) in [("a", "success"), ("b", "running"), ("a", "failed"), ("a", "success")] {
        world.report(&world.dev, environment, status).await.ok(201);
    }
    let iids = |list: Value| -> Vec<i64> {
        list.as_array().into_iter().flatten().filter_map(|row| row["iid"].as_i64()).collect()
    };
    for (query, expected) in [
        ("", vec![1, 2, 3, 4]),
        ("?sort=desc", vec![4, 3, 2, 1]),
        ("?environment=a", vec![1, 3, 4]),
        ("?environment=a&status=success&order_by=iid&sort=desc", vec![4, 1]),
        ("?status=blocked", vec![]),
        ("?status=success&order_by=finished_at&finished_after=2020-01-01T00:00:00Z", vec![1, 4]),
        ("?order_by=updated_at&updated_after=2020-01-01T00:00:00Z&per_page=2", vec![1, 2]),
    ] {
        let list = world.reporter.get(&world.project.of(&format!("/deployments{query}"))).await.ok(200);
        assert_eq!(iids(list), expected, "{query}");
    }
    for (query, text) in [
        ("?status=great", "status does not have a valid value"),
        ("?order_by=sha", "order_by does not have a valid value"),
        ("?updated_after=2020-01-01T00:00:00Z", "`updated_at` filter requires `updated_at` sort"),
        ("?finished_after=2020-01-01T00:00:00Z&status=success", "`finished_at` filter requires `finished_at` sort"),
        ("?order_by=finished_at&finished_after=2020-01-01T00:00:00Z", "must be combined with `success` status filter"),
        ("?order_by=updated_at&updated_after=yesterday", "updated_after"),
    ] {
        let refused = world.reporter.get(&world.project.of(&format!("/deployments{query}"))).await.refused(400);
        assert!(refused.to_string().contains(text), "{query}: {refused}");
    }
    world.guest.get(&world.project.of("/deployments")).await.refused(403);
    world.outsider.get(&world.project.of("/deployments")).await.refused(404);
}

async fn group_and_project_protections_add_up(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let body = json!({
        "name": "production", "deploy_access_levels": [{"access_level": 30}],
        "approval_rules": [{"user_id": world.dev2.id}],
    });
    world.protect(&world.project, body).await;
    world.report(&world.dev, "production", "running").await.refused(403);
    let deployment = world.blocked(&world.deployer, "production").await;
    assert_eq!(world.deployment(deployment).await["pending_approval_count"], 4);
    approve_all(&world, deployment).await;
    assert_shows(&world.deployment(deployment).await, &json!({"status": "blocked", "pending_approval_count": 1}));
    world.vote(&world.dev2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
    // The operator is allowed by the group, but not by the project.
    world.op.put(&path(&world, deployment), json!({"status": "running"})).await.refused(403);
    world.deployer.put(&path(&world, deployment), json!({"status": "running"})).await.ok(200);
    // Another project of the group has the group's protection only; other names of that tier are protected too.
    let other = world.project("other").await;
    for name in ["production", "live-eu", "PROD"] {
        let made = report(&world.deployer, &other, name, "running").await.ok(201);
        assert_shows(&made, &json!({"status": "blocked", "pending_approval_count": 3}));
        report(&world.dev, &other, name, "running").await.refused(403);
    }
    assert_eq!(report(&world.dev, &other, "preprod", "running").await.ok(201)["status"], "running");
}

async fn the_tier_asked_for_cannot_rename_the_risk_away(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let environments = world.project.of("/environments");
    let ask = |name: &str, tier: &str| json!({"name": name, "tier": tier});
    world.dev.post(&environments, ask("production", "development")).await.refused(403);
    world.dev.post(&environments, ask("harmless", "production")).await.refused(403);
    let made = world.dev.post(&environments, ask("harmless", "other")).await.ok(201);
    assert_eq!(made["tier"], "other");
    // Whoever may deploy under both may.
    let made = world.deployer.post(&environments, ask("innocent", "production")).await.ok(201);
    assert_eq!(made["tier"], "production");
    world.report(&world.dev, "innocent", "running").await.refused(403);
    assert_eq!(world.report(&world.deployer, "innocent", "running").await.ok(201)["status"], "blocked");
    assert_eq!(world.report(&world.dev, "harmless", "running").await.ok(201)["status"], "running");
}
