//! The documents' own requests and files, replayed word for word; the replies must show what the documents show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::curl::{self, Ids};
use countersign_tests::world::level;
use countersign_tests::{Person, Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    reads_the_protections_of_a_group,
    protects_for_a_group,
    protects_with_several_rules,
    updates_who_may_deploy,
    updates_who_may_approve,
    unprotects_for_a_group,
    protects_for_a_project,
    approves_with_a_form,
    runs_the_job_of_the_yaml,
);

/// The deploy job, as the documents write it.
const YAML: &str = r#"stages:
  - deploy

production:
  stage: deploy
  script:
    - 'echo "Deploying to ${CI_ENVIRONMENT_NAME}"'
  environment:
    name: ${CI_JOB_NAME}
"#;

/// The group of most examples, with its subgroups, and who maintains it.
struct Example {
    world: World,
    ids: Ids,
    by: Person,
}

async fn example(server: &'static Server) -> Example {
    let world = World::new(server).await;
    let mut ids = Ids::default().with(22034114, world.org.id);
    for (number, name) in [
        (9899826, "protected-access-group"),
        (9899829, "protected-access-group"),
        (22034120, "protected-access-group"),
        (134, "qa-group"),
        (135, "security-group"),
    ] {
        // Siblings of one name are no matter of these documents, so each has a parent of its own.
        let parent = world.subgroup(&format!("parent-{number}"), &format!("Parent {number}"), &world.org).await;
        let group = world.subgroup(&format!("group-{number}"), name, &parent).await;
        ids = ids.with(number, group.id);
    }
    let by = world.maintainer.clone();
    Example { world, ids, by }
}

/// An example reply of the documents. Where an example contradicts its own request, semantics says what holds: no
/// `access_level` beside a group unless the request gave one, `group_inheritance_type` 0 unless sent, and a count only
/// where one was set.
fn shown(ids: &Ids, text: &str, request_gave_level: bool) -> Value {
    let mut value: Value = serde_json::from_str(text).expect("the documents' JSON");
    let rows = value.get_mut("deploy_access_levels").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        if !row["group_id"].is_null() && !request_gave_level {
            row["access_level"] = Value::Null;
        }
        if row.get("group_inheritance_type").is_some() {
            row["group_inheritance_type"] = json!(0);
        }
    }
    if value.get("required_approval_count").is_some() {
        value["required_approval_count"] = json!(0);
    }
    ids.map(&value)
}

async fn reads_the_protections_of_a_group(server: &'static Server) {
    let world = World::new(server).await;
    let entries = json!([{"access_level": 40}]);
    let made = world.protect(&world.org, json!({"name": "production", "deploy_access_levels": entries})).await;
    let ids = Ids::new(&[(5, world.org.id), (12, id(&made["deploy_access_levels"][0]))]);
    let one = ids.map(&json!({
        "name": "production",
        "deploy_access_levels": [{
            "id": 12, "access_level": 40, "access_level_description": "Maintainers", "user_id": null, "group_id": null,
        }],
        "required_approval_count": 0,
    }));
    let list = r#"curl --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/5/protected_environments/""#;
    assert_shows(&curl::run(&world.maintainer, &ids, list).await.ok(200), &json!([one]));
    let get = r#"curl --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/5/protected_environments/production""#;
    assert_shows(&curl::run(&world.maintainer, &ids, get).await.ok(200), &one);
}

const PROTECT: &str = r#"curl --header 'Content-Type: application/json' --request POST --data '{"name": "production", "deploy_access_levels": [{"group_id": 9899826}]}' --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/22034114/protected_environments""#;

async fn protects_for_a_group(server: &'static Server) {
    let it = example(server).await;
    let made = curl::run(&it.by, &it.ids, PROTECT).await.ok(201);
    let ids = it.ids.with(12, id(&made["deploy_access_levels"][0]));
    let text = r#"{
       "name":"production",
       "deploy_access_levels":[
          {
             "id": 12,
             "access_level": 40,
             "access_level_description": "protected-access-group",
             "user_id": null,
             "group_id": 9899826
          }
       ],
       "required_approval_count": 0
    }"#;
    assert_shows(&made, &shown(&ids, text, false));
    curl::run(&it.by, &it.ids, PROTECT).await.refused(409);
}

async fn protects_with_several_rules(server: &'static Server) {
    let world = World::new(server).await;
    let (org, operators, qa, security) = (world.org.id, world.operators.id, world.qa.id, world.security.id);
    let ids = Ids::new(&[(128, org), (138, operators), (134, qa), (135, security)]);
    let command = r#"curl --header 'Content-Type: application/json' --request POST \
     --data '{"name": "production", "deploy_access_levels": [{"group_id": 138}], "approval_rules": [{"group_id": 134}, {"group_id": 135, "required_approvals": 2}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" \
     "https://gitlab.example.com/api/v4/groups/128/protected_environments""#;
    let made = curl::run(&world.maintainer, &ids, command).await.ok(201);
    let expected = json!({
        "name": "production",
        "deploy_access_levels": [{"group_id": 138, "user_id": null, "access_level_description": "operator-group"}],
        "approval_rules": [
            {"group_id": 134, "required_approvals": 1, "access_level": null, "access_level_description": "qa-group"},
            {"group_id": 135, "required_approvals": 2, "access_level": null, "group_inheritance_type": 0},
        ],
        "required_approval_count": 0,
    });
    assert_shows(&made, &ids.map(&expected));

    // Unless two of security and one tester approved, the operators cannot execute.
    let deployment = world.blocked(&world.deployer, "production").await;
    assert_eq!(world.deployment(deployment).await["pending_approval_count"], 3);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    let path = world.project.of(&format!("/deployments/{deployment}"));
    world.deployer.put(&path, json!({"status": "running"})).await.refused(403);
    assert_eq!(world.status(deployment).await, "blocked");
    world.vote(&world.sec2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
    world.deployer.put(&path, json!({"status": "running"})).await.ok(200);
}

const PUT_UNQUOTED: &str = r#"curl --header 'Content-Type: application/json' --request PUT \
     --data '{"deploy_access_levels": [{"group_id": 9899829, access_level: 40}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" \
     "https://gitlab.example.com/api/v4/groups/22034114/protected_environments/production""#;

async fn updates_who_may_deploy(server: &'static Server) {
    let it = example(server).await;
    let first = curl::run(&it.by, &it.ids, PROTECT).await.ok(201);
    // The examples go on with an environment that only the new entry may deploy to.
    let path = it.world.org.of("/protected_environments/production");
    let away = json!({"deploy_access_levels": [{"id": first["deploy_access_levels"][0]["id"], "_destroy": true}]});
    it.by.put(&path, away).await.ok(200);

    let before = it.by.get(&path).await.ok(200);
    let refused = curl::run(&it.by, &it.ids, PUT_UNQUOTED).await.refused(400);
    let text = refused.to_string();
    let column = r#"{"deploy_access_levels": [{"group_id": , a"#.len()
        + it.ids.map(&json!({"id": 9899829}))["id"].to_string().len();
    assert!(text.contains("line 1") && text.contains(&format!("column {column}")), "column {column}: {text}");
    assert_eq!(it.by.get(&path).await.ok(200), before);

    let quoted = PUT_UNQUOTED.replace("access_level: 40", r#""access_level": 40"#);
    let made = curl::run(&it.by, &it.ids, &quoted).await.ok(200);
    let ids = it.ids.with(12, id(&made["deploy_access_levels"][0]));
    let text = r#"{
       "name": "production",
       "deploy_access_levels": [
          {
             "id": 12,
             "access_level": 40,
             "access_level_description": "protected-access-group",
             "user_id": null,
             "group_id": 9899829,
             "group_inheritance_type": 1
          }
       ],
       "required_approval_count": 0
    }"#;
    assert_shows(&made, &shown(&ids, text, true));

    let update = r#"curl --header 'Content-Type: application/json' --request PUT \
     --data '{"deploy_access_levels": [{"id": 12, "group_id": 22034120}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/22034114/protected_environments/production""#;
    let text = r#"{
       "name": "production",
       "deploy_access_levels": [
          {
             "id": 12,
             "access_level": 40,
             "access_level_description": "protected-access-group",
             "user_id": null,
             "group_id": 22034120,
             "group_inheritance_type": 0
          }
       ],
       "required_approval_count": 2
    }"#;
    assert_shows(&curl::run(&it.by, &ids, update).await.ok(200), &shown(&ids, text, false));

    let delete = r#"curl --header 'Content-Type: application/json' --request PUT \
     --data '{"deploy_access_levels": [{"id": 12, "_destroy": true}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/22034114/protected_environments/production""#;
    let text = r#"{"name": "production", "deploy_access_levels": [], "required_approval_count": 0}"#;
    assert_shows(&curl::run(&it.by, &ids, delete).await.ok(200), &shown(&ids, text, false));
}

async fn updates_who_may_approve(server: &'static Server) {
    let it = example(server).await;
    curl::run(&it.by, &it.ids, PROTECT).await.ok(201);
    let create = r#"curl --header 'Content-Type: application/json' --request PUT \
     --data '{"approval_rules": [{"group_id": 134, "required_approvals": 1}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" \
     "https://gitlab.example.com/api/v4/groups/22034114/protected_environments/production""#;
    let made = curl::run(&it.by, &it.ids, create).await.ok(200);
    let ids = it.ids.with(38, id(&made["approval_rules"][0]));
    let text = r#"{
       "name": "production",
       "approval_rules": [
          {
             "id": 38,
             "user_id": null,
             "group_id": 134,
             "access_level": null,
             "access_level_description": "qa-group",
             "required_approvals": 1,
             "group_inheritance_type": 0
          }
       ]
    }"#;
    assert_shows(&made, &shown(&ids, text, false));

    let update = r#"curl --header 'Content-Type: application/json' --request PUT \
     --data '{"approval_rules": [{"id": 38, "group_id": 135, "required_approvals": 2}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/22034114/protected_environments/production""#;
    let text = r#"{
       "name": "production",
       "approval_rules": [
          {
             "id": 38,
             "user_id": null,
             "group_id": 135,
             "access_level": null,
             "access_level_description": "security-group",
             "required_approvals": 2,
             "group_inheritance_type": 0
          }
       ]
    }"#;
    assert_shows(&curl::run(&it.by, &ids, update).await.ok(200), &shown(&ids, text, false));

    let delete = r#"curl --header 'Content-Type: application/json' --request PUT \
     --data '{"approval_rules": [{"id": 38, "_destroy": true}]}' \
     --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/22034114/protected_environments/production""#;
    let text = r#"{"name": "production", "approval_rules": []}"#;
    assert_shows(&curl::run(&it.by, &ids, delete).await.ok(200), &shown(&ids, text, false));
}

async fn unprotects_for_a_group(server: &'static Server) {
    let world = World::new(server).await;
    let entries = json!([{"access_level": 40}]);
    world.protect(&world.org, json!({"name": "staging", "deploy_access_levels": entries})).await;
    let ids = Ids::new(&[(5, world.org.id)]);
    let command = r#"curl --request DELETE --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/groups/5/protected_environments/staging""#;
    // The response should return a 200 code.
    assert_shows(&curl::run(&world.maintainer, &ids, command).await.ok(200), &json!({"name": "staging"}));
    curl::run(&world.maintainer, &ids, command).await.refused(404);
}

const PROTECT_PROJECT: &str = r#"curl --header 'Content-Type: application/json' --request POST \
     --data '{"name": "production", "deploy_access_levels": [{"group_id": 9899826}], "required_approval_count": 1}' \
     --header "PRIVATE-TOKEN: <your_access_token>" \
     "https://gitlab.example.com/api/v4/projects/22034114/protected_environments""#;

async fn protects_for_a_project(server: &'static Server) {
    let world = World::new(server).await;
    let ids = Ids::new(&[(22034114, world.project.id), (9899826, world.operators.id)]);
    // A group must be invited before it can be named.
    curl::run(&world.maintainer, &ids, PROTECT_PROJECT).await.refused(422);
    world.share(&world.project, &world.operators, level::REPORTER).await;
    let made = curl::run(&world.maintainer, &ids, PROTECT_PROJECT).await.ok(201);
    let expected = json!({
        "name": "production",
        "deploy_access_levels": [{"group_id": 9899826, "user_id": null, "access_level": null}],
        "required_approval_count": 1,
        "approval_rules": [],
    });
    assert_shows(&made, &ids.map(&expected));
}

async fn approves_with_a_form(server: &'static Server) {
    let world = World::new(server).await;
    world.share(&world.project, &world.operators, level::DEVELOPER).await;
    let ids = Ids::new(&[(22034114, world.project.id), (9899826, world.operators.id)]);
    curl::run(&world.maintainer, &ids, PROTECT_PROJECT).await.ok(201);
    let deployment = world.blocked(&world.deployer, "production").await;
    let command = r#"curl --data "status=approved" \
     --header "PRIVATE-TOKEN: <your_access_token>" "https://gitlab.example.com/api/v4/projects/1/deployments/1/approval""#;
    // Both ids of the document are 1; here they differ.
    let command = command.replace("projects/1/", &format!("projects/{}/", world.project.id));
    let command = command.replace("deployments/1/", &format!("deployments/{deployment}/"));
    // The creator of a deployment cannot approve it, even if they have permission to deploy.
    curl::run(&world.deployer, &Ids::default(), &command).await.refused_as(403, "approval.self");
    let vote = curl::run(&world.op, &Ids::default(), &command).await.ok(201);
    assert_shows(&vote, &json!({"status": "approved", "user": {"id": world.op.id}}));
    assert_eq!(world.status(deployment).await, "created");
}

async fn runs_the_job_of_the_yaml(server: &'static Server) {
    // The documents write the name of the file as GitLab does, and once with an `a`.
    for file in [".gitlab-ci.yml", ".gitlab-ci.yaml"] {
        let world = World::new(server).await;
        world.protect_as_the_seeds().await;
        let repository = git::Repository::new(server, &world.project);
        let sha = repository.commit(file, YAML.as_bytes());
        repository.push(&world.deployer);
        let pipeline = git::pipeline_of(&world.deployer, &world.project, &sha).await;
        let jobs = world.deployer.get(&world.project.of(&format!("/pipelines/{}/jobs", pipeline["id"]))).await.ok(200);
        let expected = json!([{"name": "production", "stage": "deploy", "status": "manual", "allow_failure": false}]);
        assert_shows(&jobs, &expected);
        let list = world.project.of("/deployments?environment=production");
        let expected = json!([{"status": "blocked", "environment": {"name": "production", "slug": "production"}}]);
        assert_shows(&world.deployer.get(&list).await.ok(200), &expected);
    }
}
