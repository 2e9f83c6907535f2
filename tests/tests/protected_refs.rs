//! Protected branches and tags: who may push, and who may run their pipelines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::git::Repository;
use countersign_tests::world::level;
use countersign_tests::{Person, Reply, Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    the_default_branch_is_protected_from_the_start,
    branches_are_protected_by_name_and_pattern,
    what_cannot_be_protected_is_refused,
    tags_are_protected,
    a_push_to_a_protected_ref_is_refused_before_anything_is_stored,
    the_api_respects_protected_branches,
    pipelines_of_a_protected_ref_need_a_right_on_it,
    a_deploy_entry_replaces_the_right_on_the_ref,
);

const YAML: &str = "manual:\n  script: ['true']\n  when: manual\n  variables: {GIT_STRATEGY: none}\n";

/// What git says to a push of a refspec: whether it worked, and why not.
fn push(repository: &Repository, by: &Person, refspec: &str) -> (bool, String) {
    let done = repository.try_push(&by.username, &by.token, refspec);
    (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[track_caller]
fn refused(pushed: (bool, String), reason: &str) {
    assert!(!pushed.0 && pushed.1.contains(reason), "{}", pushed.1);
}

async fn protect(world: &World, kind: &str, body: Value) -> Value {
    world.maintainer.post(&world.project.of(&format!("/protected_{kind}")), body).await.ok(201)
}

/// The access levels of a list, by number.
fn numbers(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|level| level["access_level"].as_i64().unwrap()).collect()
}

async fn the_default_branch_is_protected_from_the_start(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({"name": "fresh", "namespace_id": world.org.id, "default_branch": "trunk"});
    let fresh = format!("/projects/{}", id(&world.owner.post("/projects", body).await.ok(201)));
    let all = world.owner.get(&format!("{fresh}/protected_branches")).await.ok(200);
    let level = |number: i64, what: &str| json!([{"access_level": number, "access_level_description": what, "user_id": null, "group_id": null}]);
    let expected = json!([{
        "name": "trunk", "allow_force_push": false, "code_owner_approval_required": false,
        "push_access_levels": level(40, "Maintainers"), "merge_access_levels": level(30, "Developers + Maintainers"),
        "unprotect_access_levels": level(40, "Maintainers"),
    }]);
    assert_shows(&all, &expected);
    // Another default branch is protected too; one that is protected already stays as it is.
    world.owner.put(&fresh, json!({"default_branch": "main"})).await.ok(200);
    world.owner.put(&fresh, json!({"default_branch": "trunk"})).await.ok(200);
    let all = world.owner.get(&format!("{fresh}/protected_branches")).await.ok(200);
    assert_shows(&all, &json!([{"name": "trunk"}, {"name": "main"}]));
    assert_eq!(all.as_array().unwrap().len(), 2);
}

async fn branches_are_protected_by_name_and_pattern(server: &'static Server) {
    let world = World::new(server).await;
    let path = world.project.of("/protected_branches");
    let body =
        json!({"name": "release/*", "push_access_level": 0, "merge_access_level": 30, "unprotect_access_level": 60});
    let made = protect(&world, "branches", body.clone()).await;
    assert_shows(&made, &json!({"name": "release/*", "push_access_levels": [{"access_level_description": "No one"}]}));
    world.maintainer.post(&path, body).await.refused_as(409, "protected_ref.exists");
    let one = format!("{path}/release%2F%2A");
    assert_eq!(world.maintainer.get(&one).await.ok(200), made);
    let found = world.maintainer.get(&format!("{path}?search=lease&per_page=1")).await;
    assert_eq!((ids(&found.ok(200)), found.header("x-total")), (vec![id(&made)], "1"));

    // Who may lift it is said by its own list.
    world.maintainer.patch(&one, json!({"allow_force_push": true})).await.refused_as(403, "ref.protected");
    world.owner.delete(&one).await.refused_as(403, "ref.protected");
    let (push, merge) = (made["push_access_levels"][0]["id"].clone(), made["merge_access_levels"][0]["id"].clone());
    let body = json!({
        "allow_force_push": true,
        "allowed_to_push": [{"id": push, "access_level": 40}, {"access_level": 60}],
        "allowed_to_merge": [{"id": merge, "_destroy": true}],
    });
    let changed = world.root.patch(&one, body).await.ok(200);
    assert_shows(
        &changed,
        &json!({"allow_force_push": true, "merge_access_levels": [], "push_access_levels": [{"id": push}, {}]}),
    );
    assert_eq!(numbers(&changed["push_access_levels"]), [40, 60]);
    world.root.delete(&one).await.ok(204);
    world.root.delete(&one).await.refused(404);
    world.root.get(&one).await.refused(404);

    // Developers may not even read the settings; strangers do not know the project.
    for (by, status) in [(&world.dev, 403), (&world.reporter, 403), (&world.outsider, 404)] {
        by.get(&path).await.refused(status);
        by.post(&path, json!({"name": "x"})).await.refused(status);
        by.patch(&format!("{path}/main"), json!({"allow_force_push": true})).await.refused(status);
        by.delete(&format!("{path}/main")).await.refused(status);
    }
}

async fn what_cannot_be_protected_is_refused(server: &'static Server) {
    let world = World::new(server).await;
    let path = world.project.of("/protected_branches");
    let missing = world.maintainer.post(&path, json!({})).await.refused(400);
    assert_eq!(missing["error"], "name is missing");
    for (body, word) in [
        (json!({"name": ""}), "blank"),
        (json!({"name": "x", "push_access_level": 50}), "valid value"),
        (json!({"name": "x", "unprotect_access_level": 0}), "unprotect"),
        (json!({"name": "x", "code_owner_approval_required": true}), "code owners"),
        (json!({"name": "x", "allowed_to_push": [{"user_id": 1}]}), "not supported"),
        (json!({"name": "x", "push_access_level": 40, "allowed_to_push": [{"access_level": 40}]}), "taken"),
    ] {
        let answer = world.maintainer.post(&path, body.clone()).await.refused(400);
        assert!(answer.to_string().contains(word), "{body}: {answer}");
    }
    let main = world.maintainer.get(&format!("{path}/main")).await.ok(200);
    let merge = &main["merge_access_levels"][0]["id"];
    let body = json!({"allowed_to_push": [{"id": merge, "access_level": 60}]});
    world.maintainer.patch(&format!("{path}/main"), body).await.refused(404);
    assert_eq!(world.maintainer.get(&format!("{path}/main")).await.ok(200), main);
}

async fn tags_are_protected(server: &'static Server) {
    let world = World::new(server).await;
    let path = world.project.of("/protected_tags");
    let made = protect(&world, "tags", json!({"name": "v*"})).await;
    let expected = json!({"name": "v*", "create_access_levels": [{"access_level": 40, "access_level_description": "Maintainers"}]});
    assert_shows(&made, &expected);
    assert_eq!(world.maintainer.get(&path).await.ok(200), json!([made]));
    assert_eq!(world.maintainer.get(&format!("{path}/v*")).await.ok(200), made);
    world.maintainer.post(&path, json!({"name": "v*"})).await.refused_as(409, "protected_ref.exists");
    world.dev.post(&path, json!({"name": "x"})).await.refused(403);

    let repository = Repository::new(server, &world.project);
    repository.commit("a", b"1");
    repository.push(&world.dev);
    refused(push(&repository, &world.dev, "HEAD:refs/tags/v1"), "create the protected tag 'v1': Maintainers may");
    assert!(push(&repository, &world.dev, "HEAD:refs/tags/other").0);
    assert!(push(&repository, &world.maintainer, "HEAD:refs/tags/v1").0);
    repository.commit("a", b"2");
    refused(push(&repository, &world.maintainer, "+HEAD:refs/tags/v1"), "protected tag 'v1' cannot be changed");
    refused(push(&repository, &world.maintainer, ":refs/tags/v1"), "over the API only");
    refused(push(&repository, &world.dev, ":refs/tags/v1"), "not allowed to delete the protected tag 'v1'");
    world.maintainer.delete(&format!("{path}/v*")).await.ok(204);
    assert!(push(&repository, &world.dev, ":refs/tags/v1").0);
}

async fn a_push_to_a_protected_ref_is_refused_before_anything_is_stored(server: &'static Server) {
    let world = World::new(server).await;
    protect(&world, "branches", json!({"name": "release/*", "push_access_level": 40, "merge_access_level": 40})).await;
    let repository = Repository::new(server, &world.project);
    repository.commit("a", b"1");
    repository.push(&world.dev);
    let secret = repository.commit("a", b"2");
    refused(
        push(&repository, &world.dev, "HEAD:refs/heads/release/1"),
        "protected branch 'release/1': Maintainers may",
    );
    let commit = world.project.of(&format!("/repository/commits/{secret}"));
    world.maintainer.get(&commit).await.refused(404);
    assert!(push(&repository, &world.maintainer, "HEAD:refs/heads/release/1").0);
    world.maintainer.get(&commit).await.ok(200);

    // One history only: nobody rewrites it, however high they stand; beside it everything is free.
    repository.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    repository.commit("b", b"other");
    refused(
        push(&repository, &world.owner, "+HEAD:refs/heads/release/1"),
        "force push to the protected branch 'release/1'",
    );
    assert!(push(&repository, &world.dev, "HEAD:refs/heads/free").0);
    repository.git(&["commit", "--quiet", "--amend", "--message", "another"]);
    assert!(push(&repository, &world.dev, "+HEAD:refs/heads/free").0);
    let one = world.project.of("/protected_branches/release%2F*");
    world.maintainer.patch(&one, json!({"allow_force_push": true})).await.ok(200);
    assert!(push(&repository, &world.maintainer, "+HEAD:refs/heads/release/1").0);

    refused(push(&repository, &world.maintainer, ":refs/heads/release/1"), "over the API only");
    refused(push(&repository, &world.dev, ":refs/heads/release/1"), "not allowed to delete");
    refused(push(&repository, &world.owner, ":refs/heads/main"), "default branch");
    // The most permissive of several protections decides.
    protect(&world, "branches", json!({"name": "*/1", "push_access_level": 30})).await;
    repository.commit("c", b"3");
    assert!(push(&repository, &world.dev, "HEAD:refs/heads/release/1").0);
    refused(push(&repository, &world.dev, "HEAD:refs/heads/release/2"), "Maintainers may");
}

/// Commits over the API.
async fn commit(world: &World, by: &Person, branch: &str, start: Option<&str>) -> Reply {
    let file = format!("{}-{}", by.username, branch.replace('/', "-"));
    let actions = json!([{"action": "create", "file_path": file, "content": "x"}]);
    let body = json!({"branch": branch, "start_branch": start, "commit_message": "m", "actions": actions});
    by.post(&world.project.of("/repository/commits"), body).await
}

async fn the_api_respects_protected_branches(server: &'static Server) {
    let world = World::new(server).await;
    commit(&world, &world.dev, "main", None).await.ok(201);
    let path = world.project.of("/protected_branches");
    world.maintainer.delete(&format!("{path}/main")).await.ok(204);
    protect(&world, "branches", json!({"name": "main", "push_access_level": 40, "merge_access_level": 30})).await;
    protect(&world, "branches", json!({"name": "closed", "push_access_level": 0})).await;
    let why = commit(&world, &world.dev, "main", None).await.refused_as(403, "ref.protected");
    assert!(why["message"].as_str().unwrap().contains("Maintainers may"), "{why}");
    commit(&world, &world.maintainer, "main", None).await.ok(201);
    commit(&world, &world.dev, "topic", Some("main")).await.ok(201);
    for by in [&world.dev, &world.owner] {
        commit(&world, by, "closed", Some("main")).await.refused_as(403, "ref.protected");
    }
}

/// A manual job of a pipeline on `main`, to which only maintainers may push, and which `merge` lets run.
async fn manual_job(server: &'static Server, merge: i64) -> (World, i64, i64) {
    let world = World::new(server).await;
    let path = world.project.of("/protected_branches/main");
    world.maintainer.delete(&path).await.ok(204);
    let rule = json!({"name": "main", "push_access_level": 40, "merge_access_level": merge});
    protect(&world, "branches", rule).await;
    let repository = Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.maintainer);
    let pipeline = id(&git::pipeline_of(&world.maintainer, &world.project, &sha).await);
    let jobs = world.maintainer.get(&world.project.of(&format!("/pipelines/{pipeline}/jobs"))).await.ok(200);
    (world, pipeline, id(&jobs[0]))
}

async fn pipelines_of_a_protected_ref_need_a_right_on_it(server: &'static Server) {
    let (world, _, job) = manual_job(server, level::MAINTAINER).await;
    let create = world.project.of("/pipeline");
    let why = world.dev.post(&create, json!({"ref": "main"})).await.refused(400);
    assert!(why["message"]["base"][0].as_str().unwrap().contains("sufficient permission to run a pipeline on 'main'"));
    world.maintainer.post(&create, json!({"ref": "main"})).await.ok(201);
    let at = |what: &str| world.project.of(&format!("/jobs/{job}/{what}"));
    for what in ["play", "retry", "cancel"] {
        world.dev.post(&at(what), json!({})).await.refused_as(403, "ref.protected");
    }
    world.maintainer.post(&at("play"), json!({})).await.ok(200);

    // The right to merge is enough.
    let (world, _, job) = manual_job(server, level::DEVELOPER).await;
    let at = |what: &str| world.project.of(&format!("/jobs/{job}/{what}"));
    world.dev.post(&at("play"), json!({})).await.ok(200);
    world.dev.post(&at("cancel"), json!({})).await.ok(201);
    world.dev.post(&at("retry"), json!({})).await.ok(201);
    world.dev.post(&world.project.of("/pipeline"), json!({"ref": "main"})).await.ok(201);
    world.reporter.post(&world.project.of("/pipeline"), json!({"ref": "main"})).await.refused(403);
}

async fn a_deploy_entry_replaces_the_right_on_the_ref(server: &'static Server) {
    let world = World::new(server).await;
    let rule = json!({"name": "production", "deploy_access_levels": [{"group_id": world.operators.id}]});
    world.protect(&world.org, rule).await;
    let body = json!({"allowed_to_push": [{"access_level": 60}]});
    world.maintainer.patch(&world.project.of("/protected_branches/main"), body).await.ok(200);
    let repository = Repository::new(server, &world.project);
    let yaml = "deploy:\n  script: ['true']\n  when: manual\n  environment: {name: production}\n";
    let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
    repository.push(&world.dev);
    let main = world.maintainer.get(&world.project.of("/protected_branches/main")).await.ok(200);
    let gone = |list: &str| -> Vec<Value> {
        main[list].as_array().unwrap().iter().map(|l| json!({"id": l["id"], "_destroy": true})).collect()
    };
    let body = json!({"allowed_to_push": gone("push_access_levels"), "allowed_to_merge": gone("merge_access_levels")});
    world.maintainer.patch(&world.project.of("/protected_branches/main"), body).await.ok(200);
    let pipeline = id(&git::pipeline_of(&world.owner, &world.project, &sha).await);
    let jobs = world.owner.get(&world.project.of(&format!("/pipelines/{pipeline}/jobs"))).await.ok(200);
    let play = world.project.of(&format!("/jobs/{}/play", jobs[0]["id"]));
    world.dev.post(&play, json!({})).await.refused_as(403, "ref.protected");
    world.maintainer.post(&play, json!({})).await.refused_as(403, "ref.protected");
    world.op.post(&play, json!({})).await.ok(200);
}
