//! What people see who are no members, but are named by a protection: enough to decide, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::HandRunner;
use countersign_tests::{Server, World, each_engine, git};
use serde_json::json;

each_engine!(
    an_approver_sees_the_deployment_and_nothing_else,
    an_operator_sees_the_jobs_status_and_acts,
    sight_ends_with_the_rule,
    a_stranger_sees_nothing,
    a_page_of_what_an_entry_shows_is_read_and_no_more,
);

const YAML: &str = "deploy:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n  environment: {name: production}\n\
                    check:\n  variables: {GIT_STRATEGY: none}\n  script: ['true']\n  environment: {name: review/one}\n";

async fn told(server: &'static Server) -> (World, i64) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.deployer);
    git::pipeline_of(&world.owner, &world.project, &sha).await;
    let list = world.owner.get(&world.project.of("/deployments?environment=production")).await.ok(200);
    let deployment = id(&list[0]);
    (world, deployment)
}

async fn an_approver_sees_the_deployment_and_nothing_else(server: &'static Server) {
    let (world, deployment) = told(server).await;
    let by = &world.qa1;
    let project = by.get(&world.project.at).await.ok(200);
    assert_shows(&project, &json!({"id": world.project.id, "path_with_namespace": world.project.path}));
    for secret in ["http_url_to_repo", "shared_with_groups", "default_branch"] {
        assert!(project.get(secret).is_none_or(|it| it.is_null() || *it == json!([])), "{secret}: {project}");
    }
    let seen = by.get(&world.project.of(&format!("/deployments/{deployment}"))).await.ok(200);
    let expected = json!({"status": "blocked", "environment": {"name": "production"}, "commit": {"title": "Change .gitlab-ci.yml"}});
    assert_shows(&seen, &expected);
    assert!(!seen["approval_summary"]["rules"].is_null(), "{seen}");
    let list = by.get(&world.project.of("/deployments")).await.ok(200);
    assert_eq!(ids(&list), [deployment]);
    let environments = by.get(&world.project.of("/environments")).await.ok(200);
    assert_shows(&environments, &json!([{"name": "production"}]));
    let review = world.owner.get(&world.project.of("/environments?name=review/one")).await.ok(200);
    by.get(&world.project.of(&format!("/environments/{}", review[0]["id"]))).await.refused(404);
    for path in [
        "/pipelines",
        "/members",
        "/members/all",
        "/protected_environments",
        "/repository/files/.gitlab-ci.yml?ref=main",
        "/protected_environments/production",
    ] {
        by.get(&world.project.of(path)).await.refused(404);
    }
    let jobs = world.owner.get(&world.project.of("/deployments")).await.ok(200);
    let job = &jobs[0]["deployable"]["id"];
    by.get(&world.project.of(&format!("/jobs/{job}/trace"))).await.refused(404);
    by.get(&world.org.at).await.refused(404);
    let cloned = git::Repository::new(server, &world.project).try_clone(
        &by.username,
        &by.token,
        &server.scratch().join(&world.mark),
    );
    assert!(!cloned.status.success());
}

async fn an_operator_sees_the_jobs_status_and_acts(server: &'static Server) {
    let (world, deployment) = told(server).await;
    let by = &world.op;
    let seen = by.get(&world.project.of(&format!("/deployments/{deployment}"))).await.ok(200);
    let job = seen["deployable"]["id"].clone();
    assert_shows(&seen, &json!({"deployable": {"name": "deploy", "status": "manual"}}));
    let at = world.project.of(&format!("/jobs/{job}"));
    let shown = by.get(&at).await.ok(200);
    assert_eq!(shown["status"], "manual");
    // However they come to see it, of the commit they are told the title and the author's name.
    let list = by.get(&world.project.of("/deployments")).await.ok(200);
    for job in [&shown, &seen["deployable"], &list[0]["deployable"]] {
        only_in_short(job);
    }
    let whole = world.owner.get(&world.project.of(&format!("/deployments/{deployment}"))).await.ok(200);
    assert!(whole["deployable"]["commit"]["author_email"].as_str().is_some_and(|mail| mail.contains('@')), "{whole}");
    for path in [format!("{at}/trace"), world.project.of("/repository/files/.gitlab-ci.yml?ref=main")] {
        by.get(&path).await.refused(404);
    }
    world.vote(by, deployment, "approved").await.refused(403);
    let handed = {
        for voter in [&world.qa1, &world.sec1, &world.sec2] {
            world.vote(voter, deployment, "approved").await.ok(201);
        }
        HandRunner::new(server, &world.runner().await).take().await
    };
    // The review job may come first; either way the operator's own job is found by its id.
    if handed.id != job.as_i64().unwrap_or_default() {
        handed.succeed().await;
        HandRunner::new(server, &world.runner().await).take().await.acknowledge().await;
    } else {
        handed.acknowledge().await;
    }
    let canceled = by.post(&format!("{at}/cancel"), json!({})).await.ok(201);
    only_in_short(&canceled);
    assert!(["canceling", "canceled"].contains(&canceled["status"].as_str().unwrap_or_default()), "{canceled}");
    // Nor does the entry reach jobs of other environments.
    let other = world.owner.get(&world.project.of("/deployments?environment=review/one")).await.ok(200);
    by.post(&world.project.of(&format!("/jobs/{}/retry", other[0]["deployable"]["id"])), json!({})).await.refused(404);
}

fn only_in_short(job: &serde_json::Value) {
    let of = &job["commit"];
    assert_eq!((&of["author_email"], &of["committer_email"], &of["message"]), (&json!(""), &json!(""), &of["title"]));
    assert_eq!((&job["runner"], &job["artifacts"], &job["tag_list"]), (&json!(null), &json!([]), &json!([])), "{job}");
}

async fn sight_ends_with_the_rule(server: &'static Server) {
    let (world, deployment) = told(server).await;
    let at = world.project.of(&format!("/deployments/{deployment}"));
    world.sec1.get(&at).await.ok(200);
    world.leave(&world.security, &world.sec1).await;
    world.sec1.get(&at).await.refused(404);
    world.sec1.get(&world.project.at).await.refused(404);
    world.vote(&world.sec1, deployment, "approved").await.refused(404);
    let path = world.org.of("/protected_environments/production");
    let now = world.owner.get(&path).await.ok(200);
    let rule = &now["approval_rules"][1]["id"];
    world.owner.put(&path, json!({"approval_rules": [{"id": rule, "_destroy": true}]})).await.ok(200);
    world.sec2.get(&at).await.refused(404);
    world.qa1.get(&at).await.ok(200);
}

async fn a_stranger_sees_nothing(server: &'static Server) {
    let (world, deployment) = told(server).await;
    for by in [&*world.outsider, &world.anonymous] {
        for path in
            ["", "/deployments", "/environments", "/pipelines", "/protected_environments", "/members", "/jobs/1"]
        {
            let reply = by.get(&world.project.of(path)).await;
            assert!([401, 404].contains(&reply.status), "{path}: {reply:?}");
        }
        let reply = by.get(&world.project.of(&format!("/deployments/{deployment}"))).await;
        assert!([401, 404].contains(&reply.status), "{reply:?}");
        let reply = by.get(&world.org.at).await;
        assert!([401, 404].contains(&reply.status), "{reply:?}");
    }
}

/// Who sees a few deployments of many gets them in pages as others do, for the price of these.
async fn a_page_of_what_an_entry_shows_is_read_and_no_more(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let mut shown = Vec::new();
    for _ in 0..3 {
        shown.push(world.blocked(&world.deployer, "production").await);
        world.report(&world.deployer, "staging", "running").await.ok(201);
    }
    // What is kept of one that is on no page here cannot be read.
    let broken = world.deployment(shown[0]).await["id"].clone();
    server.meddle(&format!("UPDATE deployments SET summary = '?' WHERE id = {broken}"));
    for (query, expected) in [
        ("order_by=id&sort=desc&per_page=1", shown[2]),
        ("order_by=id&sort=desc&per_page=1&page=2", shown[1]),
        ("order_by=id&sort=asc&per_page=1&page=2", shown[1]),
        ("environment=production&order_by=updated_at&sort=desc&per_page=1", shown[2]),
    ] {
        let page = world.qa1.get(&world.project.of(&format!("/deployments?{query}"))).await;
        assert_eq!(page.header("x-total"), "3", "{query}");
        assert_eq!(ids(&page.ok(200)), [expected], "{query}");
    }
    let none = world.qa1.get(&world.project.of("/deployments?environment=staging")).await.ok(200);
    assert_eq!(none, json!([]));
    server.meddle(&format!("UPDATE deployments SET summary = NULL WHERE id = {broken}"));
}
