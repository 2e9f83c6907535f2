//! Trigger tokens, and the pipelines they create.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::client::Body;
use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::runner::{HandRunner, MOMENT};
use countersign_tests::{Client, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    triggers_are_kept_by_maintainers_and_shown_once,
    a_trigger_creates_pipelines_in_every_form,
    a_secret_that_is_no_trigger_of_the_project_opens_nothing,
    a_trigger_may_what_its_owner_may_now,
    whoever_owns_the_trigger_does_not_approve_what_it_deploys,
);

/// A job for triggers, and a deployment.
const YAML: &str = "told:\n  only: [triggers]\n  script: ['true']\n\
    production:\n  rules: [{if: '$CI_PIPELINE_TRIGGERED == \"true\"', when: on_success}]\n  script: ['true']\n  \
    environment: {name: production}\n";

async fn site(server: &'static Server) -> World {
    let world = World::new(server).await;
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": YAML});
    let body = json!({"branch": "main", "commit_message": "Begin [skip ci]", "actions": [step]});
    world.maintainer.post(&world.project.of("/repository/commits"), body).await.ok(201);
    world
}

/// A new trigger token: its id and its secret.
async fn make(world: &World, by: &Client) -> (i64, String) {
    let made = by.post(&world.project.of("/triggers"), json!({"description": "nightly"})).await.ok(201);
    (id(&made), made["token"].as_str().unwrap().to_owned())
}

fn at(world: &World) -> String {
    world.project.of("/trigger/pipeline")
}

async fn triggers_are_kept_by_maintainers_and_shown_once(server: &'static Server) {
    let world = site(server).await;
    let list = world.project.of("/triggers");
    world.dev.post(&list, json!({"description": "mine"})).await.refused(403);
    world.outsider.post(&list, json!({"description": "mine"})).await.refused(404);
    world.maintainer.post(&list, json!({})).await.refused(400);
    let made = world.maintainer.post(&list, json!({"description": "nightly"})).await.ok(201);
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("glptt-") && secret.len() == 38, "{secret}");
    let expected = json!({
        "description": "nightly", "last_used": null,
        "owner": {"id": world.maintainer.id, "username": "maintainer", "state": "active"},
    });
    assert_shows(&made, &expected);
    let one = format!("{list}/{}", made["id"]);
    for by in [&world.maintainer, &world.owner] {
        let shown = by.get(&one).await.ok(200);
        assert_shows(&shown, &expected);
        assert_eq!(shown["token"], secret[6..10], "never again");
        assert_eq!(by.get(&list).await.ok(200), json!([shown]));
    }
    world.dev.get(&list).await.refused(403);
    let changed = world.owner.put(&one, json!({"description": "weekly"})).await.ok(200);
    assert_shows(&changed, &json!({"description": "weekly", "owner": {"id": world.maintainer.id}}));
    assert_eq!(world.owner.put(&one, json!({})).await.ok(200), changed);
    let elsewhere = world.project("elsewhere").await;
    world.owner.get(&elsewhere.of(&format!("/triggers/{}", made["id"]))).await.refused(404);
    world.dev.delete(&one).await.refused(403);
    world.maintainer.delete(&one).await.ok(204);
    world.maintainer.get(&one).await.refused(404);
    let body = json!({"ref": "main", "token": secret});
    world.anonymous.post(&at(&world), body).await.refused(404);
}

async fn a_trigger_creates_pipelines_in_every_form(server: &'static Server) {
    let world = site(server).await;
    let (trigger, secret) = make(&world, &world.maintainer).await;
    let by_json = json!({"ref": "main", "token": secret, "variables": {"WHY": "because", "N": "1"}});
    let form = format!("ref=main&token={secret}&variables[WHY]=because&variables[N]=1");
    let query = format!("{}?{form}", at(&world));
    let in_path = world.project.of("/ref/refs%2Fheads%2Fmain/trigger/pipeline");
    let by_path = world.project.path.replace('/', "%2F");
    let without_ref = json!({"token": secret, "variables": {"WHY": "because", "N": "1"}});
    for (by, path, body) in [
        (&world.anonymous, at(&world), Body::from(by_json.clone())),
        (&world.anonymous, at(&world), Body::form(form)),
        (&world.outsider, query, Body::Empty),
        (&world.anonymous, in_path, without_ref.into()),
        (&world.anonymous, format!("/projects/{by_path}/trigger/pipeline"), by_json.into()),
    ] {
        let made = by.post(&path, body).await.ok(201);
        let user = json!({"id": world.maintainer.id});
        assert_shows(&made, &json!({"source": "trigger", "ref": "main", "tag": false, "user": user}));
        let one = world.project.of(&format!("/pipelines/{}", made["id"]));
        let variables = world.maintainer.get(&format!("{one}/variables")).await.ok(200);
        let mut given: Vec<_> = variables.as_array().unwrap().iter().map(|v| (&v["key"], &v["value"])).collect();
        given.sort_by_key(|(key, _)| key.to_string());
        assert_eq!(given, [(&json!("N"), &json!("1")), (&json!("WHY"), &json!("because"))]);
        let jobs = world.maintainer.get(&format!("{one}/jobs")).await.ok(200);
        assert_eq!(jobs.as_array().map(Vec::len), Some(2), "both are for triggers: {jobs}");
        world.maintainer.post(&format!("{one}/cancel"), json!({})).await.ok(200);
    }
    let used = world.maintainer.get(&world.project.of(&format!("/triggers/{trigger}"))).await.ok(200);
    assert!(used["last_used"].is_string(), "{used}");
    let all = world.maintainer.get(&world.project.of("/pipelines?source=trigger")).await.ok(200);
    assert_eq!(ids(&all).len(), 5);
    let asked = world.maintainer.post(&world.project.of("/pipeline"), json!({"ref": "main"})).await.refused(400);
    assert!(asked["message"]["base"][0].is_string(), "nothing is left to run without a trigger: {asked}");
}

async fn a_secret_that_is_no_trigger_of_the_project_opens_nothing(server: &'static Server) {
    let world = site(server).await;
    let (_, secret) = make(&world, &world.maintainer).await;
    let elsewhere = world.project("elsewhere").await;
    let runner = world.runner().await;
    let before = world.maintainer.get(&world.project.of("/pipelines")).await.ok(200);
    for token in ["glptt-nobody-has-this-one", &world.maintainer.token, &runner, "", "' OR 1=1"] {
        let reply = world.maintainer.post(&at(&world), json!({"ref": "main", "token": token})).await;
        reply.refused_as(404, "not_found");
    }
    let body = json!({"ref": "main", "token": secret});
    world.anonymous.post(&elsewhere.of("/trigger/pipeline"), body.clone()).await.refused_as(404, "not_found");
    world.anonymous.post("/projects/999999/trigger/pipeline", body).await.refused_as(404, "not_found");
    for bad in
        [json!({"ref": "main"}), json!({"token": secret}), json!({"ref": "main", "token": secret, "variables": 1})]
    {
        world.anonymous.post(&at(&world), bad).await.refused(400);
    }
    for name in ["no-such-branch", "", "main~1"] {
        world.anonymous.post(&at(&world), json!({"ref": name, "token": secret})).await.refused(400);
    }
    // It opens nothing else, however it is shown.
    world.anonymous.with_token(&secret).get("/user").await.refused(401);
    world.anonymous.with_header("JOB-TOKEN", &secret).get("/job").await.refused(401);
    assert_eq!(world.maintainer.get(&world.project.of("/pipelines")).await.ok(200), before);
}

async fn a_trigger_may_what_its_owner_may_now(server: &'static Server) {
    let world = site(server).await;
    let owner = world.person("keeper").await;
    world.join(&world.project, &owner, 40).await;
    let (_, secret) = make(&world, &owner).await;
    let with = async |more: Value| {
        let mut body = json!({"ref": "main", "token": secret});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.anonymous.post(&at(&world), body).await
    };
    let given = || json!({"variables": {"A": "b"}});
    with(given()).await.ok(201);
    let member = world.project.of(&format!("/members/{}", owner.id));
    world.root.put(&member, json!({"access_level": 30})).await.ok(200);
    with(json!({})).await.ok(201);
    with(given()).await.refused(400);
    let protected = json!({"allowed_to_push": [{"access_level": 40}], "allowed_to_merge": [{"access_level": 40}]});
    let rules = world.owner.get(&world.project.of("/protected_branches/main")).await.ok(200);
    let gone = |list: &str| {
        rules[list].as_array().unwrap().iter().map(|row| json!({"id": row["id"], "_destroy": true})).collect::<Vec<_>>()
    };
    let mut change = protected.clone();
    for (field, list) in [("allowed_to_push", "push_access_levels"), ("allowed_to_merge", "merge_access_levels")] {
        change[field].as_array_mut().unwrap().extend(gone(list));
    }
    world.owner.patch(&world.project.of("/protected_branches/main"), change).await.ok(200);
    with(json!({})).await.refused(400);
    world.root.put(&member, json!({"access_level": 40})).await.ok(200);
    with(json!({})).await.ok(201);
    world.root.put(&member, json!({"access_level": 10})).await.ok(200);
    with(json!({})).await.refused(403);
    world.root.delete(&member).await.ok(204);
    with(json!({})).await.refused(404);
    world.join(&world.project, &owner, 40).await;
    world.root.post(&format!("/users/{}/block", owner.id), json!({})).await.ok(201);
    with(json!({})).await.refused(403);
    world.root.post(&format!("/users/{}/unblock", owner.id), json!({})).await.ok(201);
    with(json!({})).await.ok(201);
    world.root.delete(&format!("/users/{}", owner.id)).await.ok(204);
    with(json!({})).await.refused(404);
    assert_eq!(world.owner.get(&world.project.of("/triggers")).await.ok(200), json!([]));
}

async fn whoever_owns_the_trigger_does_not_approve_what_it_deploys(server: &'static Server) {
    let world = site(server).await;
    let runner = HandRunner::new(server, &world.runner().await);
    let rule = json!([{"access_level": 40}]);
    let body = json!({"name": "production", "deploy_access_levels": rule, "approval_rules": rule});
    world.protect(&world.project, body).await;
    let (_, secret) = make(&world, &world.maintainer).await;
    let made = world.anonymous.post(&at(&world), json!({"ref": "main", "token": secret})).await.ok(201);
    runner.take().await.put("success", json!({})).await.ok(200);
    let held = world.owner.get(&world.project.of("/deployments?status=blocked")).await.ok(200);
    assert_eq!(held[0]["deployable"]["pipeline"]["id"], made["id"]);
    assert_eq!(held[0]["user"]["id"], world.maintainer.id);
    let held = id(&held[0]);
    world.vote(&world.maintainer, held, "approved").await.refused_as(403, "approval.self");
    assert!(runner.take_if_any(MOMENT).await.is_none(), "nothing is handed out before it is approved");
    world.vote(&world.owner, held, "approved").await.ok(201);
    let job = runner.take().await;
    let variables = job.payload["variables"].as_array().unwrap();
    let value = |key: &str| variables.iter().find(|v| v["key"] == key).map(|v| v["value"].clone());
    assert_eq!(value("CI_PIPELINE_TRIGGERED"), Some(json!("true")));
    assert_eq!(value("CI_PIPELINE_SOURCE"), Some(json!("trigger")));
    assert_eq!(value("GITLAB_USER_LOGIN"), Some(json!("maintainer")));
    // A job's token is for reading.
    let body = json!({"ref": "main", "token": job.token});
    world.anonymous.post(&at(&world), body).await.refused(404);
}
