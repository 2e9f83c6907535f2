//! The sequences of Terraform's GitLab provider, request by request: applied, read without drift, imported, destroyed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::world::level;
use countersign_tests::{Client, Server, World, each_engine, terraform};
use serde_json::{Value, json};

each_engine!(
    protected_environments_of_a_project,
    protected_environments_of_a_project_up_to_16,
    protected_environments_of_a_group,
    environments_of_a_project,
    memberships,
    shares,
    groups,
    projects,
    users,
    personal_access_tokens,
    a_name_that_is_no_name,
    what_the_acceptance_tests_call_directly,
    clean_ups_go_in_any_order,
);

/// The administrator, as the provider authenticates always.
fn provider(world: &World) -> Client {
    let token = format!("Bearer {}", countersign_tests::server::ROOT_TOKEN);
    world.anonymous.with_header("authorization", &token)
}

fn escaped(path: &str) -> String {
    path.replace('/', "%2F").replace('.', "%2E")
}

/// What the fixtures call by name.
fn names(world: &World) -> Value {
    json!({
        "project": world.project.id, "project_path": escaped(&world.project.path), "group": world.org.id,
        "group_path": escaped(&world.org.path), "user": world.dev.id, "other": world.dev2.id,
        "maintainer": world.maintainer.id, "subgroup": world.operators.id, "subgroup2": world.qa.id,
        "mark": world.mark,
    })
}

async fn apply(world: &World, fixture: &str, more: Value) {
    let mut names = names(world);
    for (name, value) in more.as_object().into_iter().flatten() {
        names[name] = value.clone();
    }
    terraform::run(&provider(world), fixture, names).await;
}

async fn protected_environments_of_a_project(server: &'static Server) {
    let world = World::new(server).await;
    apply(&world, include_str!("terraform/project_protected_environment.json"), json!({})).await;
}

async fn protected_environments_of_a_project_up_to_16(server: &'static Server) {
    let world = World::new(server).await;
    let guests = World::new(server).await.qa;
    world.share(&world.project, &guests, level::MAINTAINER).await;
    let fixture = include_str!("terraform/project_protected_environment_16.json");
    apply(&world, fixture, json!({"group": guests.id})).await;
}

async fn protected_environments_of_a_group(server: &'static Server) {
    let world = World::new(server).await;
    apply(&world, include_str!("terraform/group_protected_environment.json"), json!({})).await;
}

async fn environments_of_a_project(server: &'static Server) {
    let world = World::new(server).await;
    apply(&world, include_str!("terraform/project_environment.json"), json!({})).await;
}

async fn memberships(server: &'static Server) {
    let world = World::new(server).await;
    let fixture = include_str!("terraform/membership.json");
    for (place, kind) in [(&world.project, "projects"), (&world.qa, "groups")] {
        let by_path = format!("/{kind}/{}", escaped(&place.path));
        let names = json!({"place": place.at, "place_by_path": by_path, "user": world.outsider.id});
        apply(&world, fixture, names).await;
    }
}

async fn shares(server: &'static Server) {
    let world = World::new(server).await;
    let guests = World::new(server).await.qa;
    let fixture = include_str!("terraform/share.json");
    for (place, kind) in [(&world.project, "projects"), (&world.org, "groups")] {
        let by_path = format!("/{kind}/{}", escaped(&place.path));
        apply(&world, fixture, json!({"place": place.at, "place_by_path": by_path, "group": guests.id})).await;
    }
}

async fn groups(server: &'static Server) {
    let world = World::new(server).await;
    apply(&world, include_str!("terraform/group.json"), json!({})).await;
}

async fn projects(server: &'static Server) {
    let world = World::new(server).await;
    apply(&world, include_str!("terraform/project.json"), json!({})).await;
}

async fn users(server: &'static Server) {
    let world = World::new(server).await;
    apply(&world, include_str!("terraform/user.json"), json!({})).await;
}

async fn personal_access_tokens(server: &'static Server) {
    let world = World::new(server).await;
    let user = world.person("terraform").await;
    // As late as the server itself would choose.
    let path = format!("/users/{}/personal_access_tokens", user.id);
    let made = world.root.post(&path, json!({"name": "first", "scopes": ["api"]})).await.ok(201);
    let names = json!({"user": user.id, "soon": made["expires_at"]});
    apply(&world, include_str!("terraform/personal_access_token.json"), names).await;
}

/// One acceptance test of the provider prints an object where it means a name.
async fn a_name_that_is_no_name(server: &'static Server) {
    let world = World::new(server).await;
    let name = format!("&{{ID:1 Name:\"env/{}\" Project:<nil> State:available. 100%}}", "x".repeat(300));
    let by = provider(&world);
    let body = json!({"name": name, "deploy_access_levels": [{"access_level": 40}], "approval_rules": []});
    let made = by.post(&world.project.of("/protected_environments"), body).await.ok(201);
    let encoded: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
    let path = world.project.of(&format!("/protected_environments/{encoded}"));
    let kept = json!({
        "name": name, "deploy_access_levels": [{"id": made["deploy_access_levels"][0]["id"], "access_level": 40}, {"access_level": 30}],
    });
    let mut changed = made.clone();
    let after = by.put(&path, kept).await.ok(200);
    changed["deploy_access_levels"] = after["deploy_access_levels"].clone();
    assert_eq!(after, changed);
    assert_eq!(after["deploy_access_levels"][0], made["deploy_access_levels"][0]);
    assert_eq!(by.get(&path).await.ok(200), after);
    assert_eq!(by.delete(&path).await.status, 204);
    by.get(&path).await.refused(404);
}

/// What the provider's own test helpers call besides its resources.
async fn what_the_acceptance_tests_call_directly(server: &'static Server) {
    let world = World::new(server).await;
    let by = provider(&world);
    assert_shows(&by.get("/user").await.ok(200), &json!({"is_admin": true, "state": "active"}));
    let metadata = by.get("/metadata").await.ok(200);
    let version = by.get("/version").await.ok(200)["version"].clone();
    assert_eq!((&metadata["enterprise"], &metadata["version"]), (&json!(true), &version));
    assert!(version.as_str().is_some_and(|v| v.ends_with("-ee")), "{version}");
    let name = format!("acctest-{}", world.mark);
    let body = json!({
        "name": name, "username": name, "email": format!("{name}@example.com"), "password": "Foo!Bar%Baz123",
        "skip_confirmation": true,
    });
    let user = by.post("/users", body).await.ok(201);
    let path = format!("group-{name}");
    let group = by.post("/groups", json!({"name": name, "path": path, "visibility": "public"})).await.ok(201);
    let body = json!({"name": "sub", "path": "sub", "visibility": "public", "parent_id": group["id"]});
    let subgroup = by.post("/groups", body).await.ok(201);
    let body = json!({
        "name": name, "description": "Terraform acceptance tests", "visibility": "public",
        "initialize_with_readme": true, "namespace_id": group["id"],
    });
    let project = by.post("/projects", body).await.ok(201);
    let at = format!("/projects/{}", project["id"]);
    for (place, level) in [(at.clone(), 30), (format!("/groups/{}", group["id"]), 40)] {
        let body = json!({"user_id": user["id"], "access_level": level, "expires_at": null});
        assert_eq!(by.post(&format!("{place}/members"), body).await.ok(201)["access_level"], level);
    }
    let invited =
        id(&by.post("/groups", json!({"name": "x", "path": format!("x{name}"), "visibility": "public"})).await.ok(201));
    by.post(&format!("{at}/share"), json!({"group_id": invited, "group_access": 40, "expires_at": null})).await.ok(201);
    let made = by.post(&format!("{at}/environments"), json!({"name": format!("env-{name}")})).await.ok(201);
    let environment = format!("{at}/environments/{}", made["id"]);
    let body = json!({"name": "token", "scopes": ["api"]});
    let token = by.post(&format!("/users/{}/personal_access_tokens", user["id"]), body).await.ok(201);
    assert!(token["token"].is_string() && token["expires_at"].is_string(), "{token}");
    // Its clean-up stops and deletes at once.
    assert_eq!(by.post(&format!("{environment}/stop"), json!({})).await.ok(200)["state"], "stopped");
    assert_eq!(by.delete(&environment).await.status, 204);
    by.get(&environment).await.refused(404);
    assert_eq!(subgroup["parent_id"], group["id"]);
}

/// The last thing made is cleaned up first: groups go before what lies in them.
async fn clean_ups_go_in_any_order(server: &'static Server) {
    let world = World::new(server).await;
    let by = provider(&world);
    let body = json!({
        "name": "staging", "deploy_access_levels": [{"group_id": world.qa.id}], "approval_rules": [{"group_id": world.qa.id}],
    });
    by.post(&world.org.of("/protected_environments"), body).await.ok(201);
    let made = by.post(&world.project.of("/environments"), json!({"name": "staging"})).await.ok(201);
    let environment = world.project.of(&format!("/environments/{}", made["id"]));
    assert!([202, 204].contains(&by.delete(&world.qa.at).await.status));
    by.get(&world.qa.at).await.refused(404);
    // The entry that named the group is orphaned, and no reason to refuse anything.
    let shown = by.get(&world.org.of("/protected_environments/staging")).await.ok(200);
    assert_shows(&shown["approval_rules"][0], &json!({"group_id": world.qa.id, "orphaned": true}));
    assert!([202, 204].contains(&by.delete(&world.org.at).await.status));
    for gone in [&world.org.at, &world.project.at, &environment, &world.org.of("/protected_environments/staging")] {
        by.get(gone).await.refused(404);
        by.delete(gone).await.refused(404);
    }
    by.post(&format!("{environment}/stop"), json!({})).await.refused(404);
}
