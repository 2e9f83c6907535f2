//! Environments over the API: created, changed, stopped, deleted, one by one and many at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::HandRunner;
use countersign_tests::world::level;
use countersign_tests::{Body, Person, Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    an_environment_shows_all_that_clients_read,
    values_are_changed_and_cleared,
    what_a_change_refuses,
    a_tier_is_changed_only_by_whoever_may_deploy_under_all,
    another_tier_reaches_what_waits,
    stopping_is_done_at_once_and_again,
    only_stopped_ones_are_deleted,
    a_protected_one_is_for_those_who_may_deploy,
    a_jobs_token_does_not_stop_what_its_person_may_not_deploy_to,
    what_waits_goes_with_its_environment,
    left_over_reviews_are_deleted,
    stale_ones_are_stopped,
    lists_are_filtered,
);

const PATH: &str = "/environments";

async fn made(world: &World, body: Value) -> Value {
    world.dev.post(&world.project.of(PATH), body).await.ok(201)
}

fn at(world: &World, environment: &Value) -> String {
    world.project.of(&format!("{PATH}/{}", environment["id"]))
}

async fn an_environment_shows_all_that_clients_read(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({"name": "review/fix-foo", "external_url": "https://fix.example.com", "description": "A fix"});
    let created = made(&world, body).await;
    let all = json!({
        "name": "review/fix-foo", "slug": "review-fix-foo-v25cyx", "state": "available", "tier": "development",
        "external_url": "https://fix.example.com", "description": "A fix", "auto_stop_at": null,
        "auto_stop_setting": "always", "cluster_agent": null, "kubernetes_namespace": null,
        "flux_resource_path": null, "last_deployment": null,
        "project": {"id": world.project.id, "path_with_namespace": world.project.path},
    });
    assert_shows(&created, &all);
    assert!(created["id"].is_i64() && created["created_at"].is_string() && created["updated_at"].is_string());
    assert_eq!(world.reporter.get(&at(&world, &created)).await.ok(200), created);
    world.report(&world.dev, "review/fix-foo", "success").await.ok(201);
    let shown = world.reporter.get(&at(&world, &created)).await.ok(200);
    let last = json!({"iid": 1, "status": "success", "deployable": null, "environment": {"id": created["id"]}});
    assert_shows(&shown["last_deployment"], &last);
    for (name, setting) in [("production", "with_action"), ("staging", "with_action"), ("qa", "always")] {
        assert_eq!(made(&world, json!({"name": name})).await["auto_stop_setting"], setting);
    }
    let chosen = made(&world, json!({"name": "live", "auto_stop_setting": "always", "tier": "production"})).await;
    assert_shows(&chosen, &json!({"auto_stop_setting": "always", "tier": "production"}));
    for (body, told) in [
        (json!({}), "name is missing"),
        (json!({"name": "x", "slug": "y"}), "slug is automatically generated and cannot be changed"),
        (json!({"name": "x", "tier": "great"}), "tier does not have a valid value"),
        (json!({"name": "x", "auto_stop_setting": "never"}), "auto_stop_setting does not have a valid value"),
        (json!({"name": "x", "external_url": "javascript:alert(1)"}), "javascript scheme is not allowed"),
        (json!({"name": "x", "cluster_agent_id": 1}), "cluster_agent_id"),
        (json!({"name": "x", "description": "d".repeat(10_001)}), "description"),
        (json!({"name": "production"}), "has already been taken"),
        (json!({"name": "prod*"}), "can contain only letters"),
    ] {
        let refused = world.dev.post(&world.project.of(PATH), body.clone()).await.refused(400);
        assert!(refused.to_string().contains(told), "{told} expected for {body}: {refused}");
    }
}

async fn values_are_changed_and_cleared(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "box", "external_url": "http://a.example", "description": "old"})).await;
    let path = at(&world, &created);
    for (put, shown) in [
        (
            json!({"external_url": "https://b.example"}),
            json!({"external_url": "https://b.example", "description": "old"}),
        ),
        (json!({"name": "box", "external_url": ""}), json!({"external_url": null})),
        (json!({"description": "new", "tier": null}), json!({"description": "new", "tier": "other"})),
        (
            json!({"description": null, "auto_stop_setting": "with_action"}),
            json!({"description": null, "auto_stop_setting": "with_action"}),
        ),
        (
            json!({"cluster_agent_id": null, "kubernetes_namespace": null, "flux_resource_path": null}),
            json!({"cluster_agent": null, "auto_stop_setting": "with_action"}),
        ),
        (json!({"tier": "testing"}), json!({"tier": "testing", "name": "box", "slug": created["slug"]})),
    ] {
        let after = world.dev.put(&path, put).await.ok(200);
        assert_shows(&after, &shown);
        assert_eq!(world.dev.get(&path).await.ok(200), after);
    }
    // As Python's client sends it: parameters in the query, and as a form.
    let after = world.dev.put(&format!("{path}?external_url=http://c.example"), json!({})).await.ok(200);
    assert_eq!(after["external_url"], "http://c.example");
    assert_eq!(world.dev.put(&path, Body::form("external_url=")).await.ok(200)["external_url"], Value::Null);
    // What changes nothing is no change.
    let before = world.dev.get(&path).await.ok(200);
    assert_eq!(world.dev.put(&path, json!({"name": "box", "tier": "testing"})).await.ok(200), before);
}

async fn what_a_change_refuses(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "box"})).await;
    let path = at(&world, &created);
    for (put, told) in [
        (json!({"name": "crate"}), "cannot be changed"),
        (json!({"slug": "box"}), "slug is automatically generated"),
        (json!({"tier": "great"}), "tier does not have a valid value"),
        (json!({"external_url": "ftp://x"}), "ftp scheme is not allowed"),
        (json!({"external_url": "nowhere"}), "URI is invalid"),
        (json!({"description": "d".repeat(10_001)}), "is too long"),
        (json!({"kubernetes_namespace": "default"}), "kubernetes_namespace"),
    ] {
        let refused = world.dev.put(&path, put.clone()).await.refused(400);
        assert!(refused.to_string().contains(told), "{told} expected for {put}: {refused}");
    }
    world.reporter.put(&path, json!({"description": "x"})).await.refused(403);
    world.guest.put(&path, json!({"description": "x"})).await.refused(403);
    world.outsider.put(&path, json!({"description": "x"})).await.refused(404);
    world.anonymous.put(&path, json!({"description": "x"})).await.refused(401);
    world.dev.put(&world.project.of("/environments/999999999"), json!({})).await.refused(404);
    let other = world.project("other").await;
    world.dev.put(&other.of(&format!("{PATH}/{}", created["id"])), json!({"description": "x"})).await.refused(404);
    assert_eq!(world.dev.get(&path).await.ok(200), created);
}

async fn a_tier_is_changed_only_by_whoever_may_deploy_under_all(server: &'static Server) {
    let world = World::new(server).await;
    let harmless = made(&world, json!({"name": "box"})).await;
    let risky = made(&world, json!({"name": "live"})).await;
    world.protect_as_the_seeds().await;
    // Neither into the protected tier, nor out of it, nor away from what the name says.
    let tier = |name: &str| json!({"tier": name});
    world.dev.put(&at(&world, &harmless), tier("production")).await.refused_as(403, "environment.tier_protected");
    world.dev.put(&at(&world, &risky), tier("development")).await.refused(403);
    assert_eq!(world.dev.put(&at(&world, &harmless), tier("staging")).await.ok(200)["tier"], "staging");
    assert_eq!(world.deployer.put(&at(&world, &harmless), tier("production")).await.ok(200)["tier"], "production");
    world.dev.put(&at(&world, &harmless), json!({"external_url": "http://x.example"})).await.refused(403);
    world.dev.put(&at(&world, &harmless), tier("staging")).await.refused(403);
    assert_eq!(world.deployer.put(&at(&world, &risky), tier("other")).await.ok(200)["tier"], "other");
    // Its name still says production: back is not free either.
    world.dev.put(&at(&world, &risky), tier("testing")).await.refused_as(403, "environment.tier_protected");
}

async fn another_tier_reaches_what_waits(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let waits = id(&world.report(&world.deployer, "box", "created").await.ok(201));
    assert_eq!(world.status(waits).await, "created");
    let environment = world.deployment(waits).await["environment"].clone();
    let tier = |name: &str| json!({"tier": name});
    world.deployer.put(&at(&world, &environment), tier("production")).await.ok(200);
    assert_eq!(world.status(waits).await, "blocked");
    world.deployer.put(&at(&world, &environment), tier("other")).await.ok(200);
    assert_eq!(world.status(waits).await, "created");
}

async fn stopping_is_done_at_once_and_again(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "review/one"})).await;
    let stop = format!("{}/stop", at(&world, &created));
    for body in [json!({}), json!({"force": "true"}), json!({"force": true}), json!({"force": false})] {
        let stopped = world.dev.post(&stop, body).await.ok(200);
        assert_shows(&stopped, &json!({"id": created["id"], "state": "stopped", "last_deployment": null}));
    }
    assert_eq!(world.dev.post(&stop, Body::Empty).await.ok(200)["state"], "stopped");
    world.reporter.post(&stop, json!({})).await.refused(403);
    world.outsider.post(&stop, json!({})).await.refused(404);
    // A new success makes it available again.
    world.report(&world.dev, "review/one", "success").await.ok(201);
    assert_eq!(world.dev.get(&at(&world, &created)).await.ok(200)["state"], "available");
}

async fn only_stopped_ones_are_deleted(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "review/one"})).await;
    let path = at(&world, &created);
    world.dev.delete(&path).await.refused_as(403, "environment.not_stopped");
    world.dev.post(&format!("{path}/stop"), json!({})).await.ok(200);
    world.reporter.delete(&path).await.refused(403);
    let running = id(&world.report(&world.dev, "review/one", "running").await.ok(201));
    world.dev.delete(&path).await.refused_as(403, "environment.in_use");
    let deployment = world.project.of(&format!("/deployments/{running}"));
    world.dev.put(&deployment, json!({"status": "failed"})).await.ok(200);
    let gone = world.dev.send(reqwest::Method::DELETE, &path, Body::Json(json!({}))).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    world.dev.get(&path).await.refused(404);
    world.dev.delete(&path).await.refused(404);
    world.dev.get(&deployment).await.refused(404);
    // Name and slug are free again.
    assert_ne!(made(&world, json!({"name": "review/one"})).await["id"], created["id"]);
}

async fn a_protected_one_is_for_those_who_may_deploy(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "production"})).await;
    world.protect_as_the_seeds().await;
    let path = at(&world, &created);
    let refused_to = [(&world.dev, 403), (&world.maintainer, 403), (&world.reporter, 403), (&world.qa1, 403)];
    for (by, status) in refused_to {
        by.put(&path, json!({"external_url": "http://x.example"})).await.refused(status);
        by.delete(&path).await.refused(status);
    }
    for by in [&world.dev, &world.maintainer] {
        by.post(&format!("{path}/stop"), json!({"force": true})).await.refused_as(403, "deploy.not_allowed");
    }
    // An entry alone lets somebody stop it, but not change or delete it: these also need developer.
    world.op.put(&path, json!({"external_url": "http://x.example"})).await.refused(403);
    assert_eq!(world.op.post(&format!("{path}/stop"), json!({})).await.ok(200)["state"], "stopped");
    world.op.delete(&path).await.refused(403);
    let changed = world.deployer.put(&path, json!({"external_url": "http://x.example"})).await.ok(200);
    assert_eq!(changed["external_url"], "http://x.example");
    world.dev.delete(&path).await.refused_as(403, "deploy.not_allowed");
    assert_eq!(world.deployer.delete(&path).await.status, 204);
}

async fn a_jobs_token_does_not_stop_what_its_person_may_not_deploy_to(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "production"})).await;
    let free = made(&world, json!({"name": "review/one"})).await;
    world.protect_as_the_seeds().await;
    let repository = git::Repository::new(world.server, &world.project);
    for (by, status) in [(&world.dev, 403), (&world.deployer, 200)] {
        let handed = job(&world, &repository, by).await;
        let stopped = handed.client().post(&format!("{}/stop", at(&world, &created)), json!({})).await;
        assert_eq!(stopped.status, status, "{stopped:?}");
        handed.client().post(&format!("{}/stop", at(&world, &free)), json!({})).await.ok(200);
        handed.succeed().await;
    }
}

/// A job that runs for somebody.
async fn job(world: &World, repository: &git::Repository, by: &Person) -> countersign_tests::runner::Handed {
    world.join(&world.project, by, level::MAINTAINER).await;
    let yaml = format!("work:\n  variables: {{GIT_STRATEGY: none}}\n  script: ['echo {}']\n", by.username);
    let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
    repository.push(by);
    git::pipeline_of(by, &world.project, &sha).await;
    let handed = HandRunner::new(world.server, &world.runner().await).take().await;
    handed.acknowledge().await;
    handed
}

async fn what_waits_goes_with_its_environment(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let blocked = world.blocked(&world.deployer, "production").await;
    let environment = world.deployment(blocked).await["environment"].clone();
    let path = at(&world, &environment);
    world.deployer.post(&format!("{path}/stop"), json!({})).await.ok(200);
    assert_eq!(world.status(blocked).await, "canceled");
    // Asked for after the stop, it waits; deleting takes it along.
    let again = world.blocked(&world.deployer, "production").await;
    assert_eq!(world.deployer.delete(&path).await.status, 204);
    for deployment in [blocked, again] {
        world.owner.get(&world.project.of(&format!("/deployments/{deployment}"))).await.refused(404);
    }
    // Nothing slips through: the next one is held like the first.
    world.blocked(&world.deployer, "production").await;
}

async fn left_over_reviews_are_deleted(server: &'static Server) {
    let world = World::new(server).await;
    let mut reviews = Vec::new();
    for name in ["review/a", "review/b", "review/busy", "review/on", "review", "other/review/x"] {
        reviews.push(made(&world, json!({"name": name})).await);
    }
    for created in reviews.iter().filter(|e| e["name"] != "review/on") {
        world.dev.post(&format!("{}/stop", at(&world, created)), json!({})).await.ok(200);
    }
    world.report(&world.dev, "review/busy", "running").await.ok(201);
    let path = world.project.of("/environments/review_apps");
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(|e| e["name"].as_str().map(str::to_owned)).collect()
    };
    // By default nothing is deleted, and nothing younger than thirty days is touched.
    let told = world.dev.delete(&path).await.ok(200);
    assert_eq!(told, json!({"scheduled_entries": [], "unprocessable_entries": []}));
    let told = world.dev.delete(&format!("{path}?before=2100-01-01T00:00:00Z")).await.ok(200);
    assert_eq!(names(&told["scheduled_entries"]), ["review/a", "review/b"]);
    assert_eq!(names(&told["unprocessable_entries"]), ["review/busy"]);
    let entry = json!({"id": reviews[0]["id"], "slug": reviews[0]["slug"], "external_url": null});
    assert_shows(&told["scheduled_entries"][0], &entry);
    world.dev.get(&at(&world, &reviews[0])).await.ok(200);
    for (query, told) in [
        ("limit=0", "limit does not have a valid value"),
        ("limit=1001", "limit does not have a valid value"),
        ("before=yesterday", "before is invalid"),
        ("dry_run=perhaps", "dry_run is invalid"),
    ] {
        let refused = world.dev.delete(&format!("{path}?{query}")).await.refused(400);
        assert_eq!(refused["error"], told);
    }
    world.reporter.delete(&path).await.refused(403);
    let body = json!({"before": "2100-01-01", "limit": 1, "dry_run": "false"});
    let done = world.dev.send(reqwest::Method::DELETE, &path, Body::Json(body)).await.ok(200);
    assert_eq!(names(&done["scheduled_entries"]), ["review/a"]);
    world.dev.get(&at(&world, &reviews[0])).await.refused(404);
    // A protected one stays for whoever may not deploy there.
    world.protect(&world.org, json!({"name": "development", "deploy_access_levels": [{"access_level": 40}]})).await;
    let all = format!("{path}?before=2100-01-01&dry_run=false");
    let done = world.dev.delete(&all).await.ok(200);
    assert_eq!((names(&done["scheduled_entries"]).len(), names(&done["unprocessable_entries"]).len()), (0, 2));
    let done = world.maintainer.delete(&all).await.ok(200);
    assert_eq!(names(&done["scheduled_entries"]), ["review/b"]);
    let left = world.dev.get(&world.project.of(PATH)).await.ok(200);
    assert_eq!(names(&left), ["other/review/x", "review", "review/busy", "review/on"]);
}

async fn stale_ones_are_stopped(server: &'static Server) {
    let world = World::new(server).await;
    let created = made(&world, json!({"name": "review/one"})).await;
    let path = world.project.of("/environments/stop_stale");
    for (before, told) in
        [("2100-01-01T00:00:00Z", "Invalid Date"), ("1990-01-01", "Invalid Date"), ("soon", "before is invalid")]
    {
        let refused = world.maintainer.post(&format!("{path}?before={before}"), json!({})).await.refused(400);
        assert!(refused.to_string().contains(told), "{refused}");
    }
    assert_eq!(world.maintainer.post(&path, json!({})).await.refused(400)["error"], "before is missing");
    // Nothing here is that old: nothing stops.
    let year = created["created_at"].as_str().and_then(|at| at.get(..4)?.parse::<i32>().ok()).expect("a year");
    let before = format!("{}-07-01", year - 2);
    let done = world.maintainer.post(&format!("{path}?before={before}"), json!({})).await.ok(200);
    assert_eq!(done["message"], "Successfully requested stop for all stale environments");
    world.dev.post(&format!("{path}?before={before}"), json!({})).await.refused(403);
    world.outsider.post(&format!("{path}?before={before}"), json!({})).await.refused(404);
    assert_eq!(world.dev.get(&at(&world, &created)).await.ok(200)["state"], "available");
}

async fn lists_are_filtered(server: &'static Server) {
    let world = World::new(server).await;
    for name in ["production", "review/one", "review/two", "Review/three"] {
        made(&world, json!({"name": name})).await;
    }
    let all = world.dev.get(&world.project.of(PATH)).await.ok(200);
    let two = &all[3];
    assert_eq!(two["name"], "review/two", "{all}");
    world.dev.post(&format!("{}/stop", at(&world, two)), json!({})).await.ok(200);
    for (query, count) in [
        ("", 4),
        ("?name=production", 1),
        ("?name=prod", 0),
        ("?search=rev", 3),
        ("?search=view", 0),
        ("?states=stopped", 1),
        ("?states=available&search=review", 2),
        ("?states=stopping", 0),
        ("?per_page=3", 3),
        ("?page=2&per_page=3", 1),
    ] {
        let list = world.reporter.get(&world.project.of(&format!("{PATH}{query}"))).await.ok(200);
        assert_eq!(ids(&list).len(), count, "{query}: {list}");
    }
    for (query, told) in [
        ("?name=a&search=abc", "name, search are mutually exclusive"),
        ("?search=ab", "400 Bad request - Search query is less than 3 characters"),
        ("?states=gone", "states does not have a valid value"),
    ] {
        let refused = world.reporter.get(&world.project.of(&format!("{PATH}{query}"))).await.refused(400);
        assert!(refused.to_string().contains(told), "{refused}");
    }
    world.guest.get(&world.project.of(PATH)).await.refused(403);
}
