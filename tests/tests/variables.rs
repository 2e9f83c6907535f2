//! CI/CD variables as clients set them, and as jobs see them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::server::binary;
use countersign_tests::wait::until;
use countersign_tests::{Body, Client, Engine, Server, World, each_engine, git};
use serde_json::{Value, json};
use std::process::Command;

each_engine!(
    a_variable_lives_in_a_project_a_group_and_the_instance,
    what_cannot_be_is_refused_and_changes_nothing,
    several_of_one_name_are_told_apart_by_their_scope,
    jobs_have_them_and_no_log_shows_a_masked_one,
    of_several_values_the_one_of_the_highest_source_counts,
    who_may_give_variables_is_a_setting,
);

async fn a_variable_lives_in_a_project_a_group_and_the_instance(server: &'static Server) {
    let world = World::new(server).await;
    let (project, group) = (world.project.of("/variables"), world.org.of("/variables"));
    let instance = "/admin/ci/variables".to_owned();
    let key = format!("KEY_{}", world.project.id);
    for (by, at) in [(&*world.owner, &project), (&*world.owner, &group), (&world.root, &instance)] {
        let made = by.post(at, json!({"key": key, "value": "abcd1234", "masked": true, "raw": true})).await.ok(201);
        let expected = json!({"key": key, "value": "abcd1234", "variable_type": "env_var", "protected": false,
            "masked": true, "hidden": false, "raw": true, "description": null});
        assert_shows(&made, &expected);
        assert_eq!(made.get("environment_scope").cloned(), (*at != instance).then(|| json!("*")));
        let one = format!("{at}/{key}");
        let changes = json!({"value": "a\nfile", "variable_type": "file", "masked": false, "protected": "true",
            "description": "what for"});
        let changed = by.put(&one, changes).await.ok(200);
        assert_shows(
            &changed,
            &json!({"value": "a\nfile", "variable_type": "file", "masked": false, "protected": true}),
        );
        assert_eq!(by.get(&one).await.ok(200), changed);
        // The same again changes nothing; null counts as not sent, and an empty description as none.
        assert_eq!(by.put(&one, json!({"protected": true, "description": null})).await.ok(200), changed);
        assert_eq!(by.put(&one, json!({"description": ""})).await.ok(200)["description"], Value::Null);
        let listed = by.get(&format!("{at}?per_page=100")).await.ok(200);
        assert!(listed.as_array().unwrap().iter().any(|row| row["key"] == key), "{listed}");
        by.delete(&one).await.ok(204);
        by.delete(&one).await.refused(404);
        assert_eq!(by.get(&one).await.refused(404)["message"], "404 Variable Not Found");
    }
    // A form, and the value in the query, as some clients send them.
    let made = world.owner.post(&project, Body::form("key=FORM&value=a%20b&masked=false")).await.ok(201);
    assert_eq!(made["value"], "a b");
    world.owner.post(&format!("{project}?key=QUERY&value=1"), json!({})).await.ok(201);
    assert!(server.audit_verify().status.success());
}

async fn what_cannot_be_is_refused_and_changes_nothing(server: &'static Server) {
    let world = World::new(server).await;
    let at = world.project.of("/variables");
    let by = &world.owner;
    by.post(&at, json!({"key": "A", "value": "1"})).await.ok(201);
    let long = "x".repeat(10_001);
    for (body, field) in [
        (json!({"key": "A", "value": "2"}), "key"),
        (json!({"key": "a-b", "value": "2"}), "key"),
        (json!({"key": "", "value": "2"}), "key"),
        (json!({"key": "B", "value": long}), "value"),
        (json!({"key": "B", "value": "short", "masked": true}), "value"),
        (json!({"key": "B", "value": "two words", "masked_and_hidden": true, "raw": true}), "value"),
        (json!({"key": "B", "value": "x", "environment_scope": "prod?"}), "environment_scope"),
    ] {
        let told = by.post(&at, body.clone()).await.refused(400);
        assert!(told["message"][field].is_array(), "{body}: {told}");
    }
    for (body, text) in [
        (json!({"key": "B"}), "value is missing"),
        (json!({"value": "x"}), "key is missing"),
        (json!({"key": "B", "value": "x", "variable_type": "secret"}), "variable_type does not have a valid value"),
        (json!({"key": "B", "value": {"a": 1}}), "value is invalid"),
        (json!({"key": "B", "value": "a\u{0}b"}), "value is invalid (it contains a NUL character)"),
    ] {
        let told = by.post(&at, body.clone()).await.refused(400);
        assert_eq!(told["error"], text, "{body}");
    }
    by.put(&format!("{at}/A"), json!({"masked": true})).await.refused(400);
    by.put(&format!("{at}/B"), json!({"value": "x"})).await.refused(404);
    assert_eq!(by.get(&at).await.ok(200).as_array().map(Vec::len), Some(1));
    assert_eq!(by.get(&format!("{at}/A")).await.ok(200)["masked"], false);
    let other = json!({"key": "A", "value": "x", "environment_scope": "review/*"});
    world.root.post("/admin/ci/variables", other).await.ok(201);
    assert!(world.root.get("/admin/ci/variables/A").await.ok(200).get("environment_scope").is_none());
    world.root.delete("/admin/ci/variables/A").await.ok(204);
}

async fn several_of_one_name_are_told_apart_by_their_scope(server: &'static Server) {
    let world = World::new(server).await;
    let at = world.org.of("/variables");
    let (by, one) = (&world.owner, format!("{at}/TOKEN"));
    for scope in ["*", "production", "review/*"] {
        let body = json!({"key": "TOKEN", "value": format!("for {scope}"), "environment_scope": scope});
        by.post(&at, body).await.ok(201);
    }
    let told = by.get(&one).await.refused_as(409, "variable.ambiguous");
    assert!(told["message"].as_str().unwrap().contains("filter[environment_scope]"), "{told}");
    by.delete(&one).await.refused(409);
    let found = by.get(&format!("{one}?filter%5Benvironment_scope%5D=review/*")).await.ok(200);
    assert_eq!(found["value"], "for review/*");
    by.get(&format!("{one}?filter[environment_scope]=review/a")).await.refused(404);
    let body = json!({"value": "new", "environment_scope": "staging", "filter": {"environment_scope": "production"}});
    assert_shows(&by.put(&one, body).await.ok(200), &json!({"value": "new", "environment_scope": "staging"}));
    let taken = json!({"environment_scope": "*", "filter": {"environment_scope": "staging"}});
    by.put(&one, taken).await.refused(400);
    let with_body = by.send(reqwest::Method::DELETE, &one, json!({"filter": {"environment_scope": "*"}})).await;
    with_body.ok(204);
    by.delete(&format!("{one}?filter[environment_scope]=staging")).await.ok(204);
    let left = by.get(&at).await.ok(200);
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    assert_eq!(by.get(&one).await.ok(200)["environment_scope"], "review/*");
}

/// A hidden secret of production, one for everything else, a file, and what refers to another.
const YAML: &str = r#"variables: {FROM_FILE: written, BOTH: written}
test:
  variables: {GIT_STRATEGY: none}
  script:
    - echo "secret=<$SECRET> scope=<$SCOPED> file=<$(cat "$CONFIG")> full=<$FULL> raw=<$RAW> both=<$BOTH>"
production:
  variables: {GIT_STRATEGY: none}
  script:
    - echo "secret=<$SECRET> scope=<$SCOPED>"
    - case "$SECRET" in production-*) echo "the right one";; esac
  environment: production
"#;

async fn jobs_have_them_and_no_log_shows_a_masked_one(server: &'static Server) {
    let world = World::new(server).await;
    let (group, project) = (world.org.of("/variables"), world.project.of("/variables"));
    for (at, body) in [
        (&group, json!({"key": "BOTH", "value": "group"})),
        (&group, json!({"key": "SCOPED", "value": "group"})),
        (&project, json!({"key": "BOTH", "value": "project"})),
        (&project, json!({"key": "SCOPED", "value": "prod", "environment_scope": "prod*"})),
        (&project, json!({"key": "SECRET", "value": "everywhere-secret", "masked": true})),
        (
            &project,
            json!({"key": "SECRET", "value": "production-secret-1", "masked_and_hidden": true,
            "protected": true, "environment_scope": "production"}),
        ),
        (&project, json!({"key": "CONFIG", "value": "line 1\nline 2", "variable_type": "file"})),
        (&project, json!({"key": "FULL", "value": "$BOTH-$CI_PROJECT_PATH_SLUG"})),
        (&project, json!({"key": "RAW", "value": "$BOTH", "raw": true})),
    ] {
        world.owner.post(at, body).await.ok(201);
    }
    let runner = world.runner().await;
    let _runner = server.start_runner(&runner, 2);
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", YAML.as_bytes());
    repository.push(&world.owner);
    let pipeline = id(&git::pipeline_of(&world.owner, &world.project, &sha).await);
    let path = world.project.of(&format!("/pipelines/{pipeline}"));
    until("the pipeline to end", || async {
        let status = world.owner.get(&path).await.ok(200)["status"].clone();
        ["success", "failed"].contains(&status.as_str().unwrap()).then_some(status)
    })
    .await;
    let jobs = world.owner.get(&format!("{path}/jobs")).await.ok(200);
    let log = async |name: &str| {
        let job = jobs.as_array().unwrap().iter().find(|job| job["name"] == name).unwrap();
        world.owner.get(&world.project.of(&format!("/jobs/{}/trace", job["id"]))).await.text.clone()
    };
    let (test, production) = (log("test").await, log("production").await);
    let slug =
        world.owner.get(&world.project.at).await.ok(200)["path_with_namespace"].as_str().unwrap().replace('/', "-");
    let expected = format!(
        "secret=<[MASKED]> scope=<group> file=<line 1\nline 2> full=<project-{slug}> raw=<$BOTH> both=<project>"
    );
    assert!(test.replace('\r', "").contains(&expected), "{test}\nlacks\n{expected}");
    assert!(
        production.contains("secret=<[MASKED]> scope=<prod>") && production.contains("the right one"),
        "{production}"
    );
    // The value is nowhere: not in what is read over REST, not in the log of the server, not in the database.
    for reply in [jobs.to_string(), world.owner.get(&path).await.text.clone(), test, production, server.log()] {
        assert!(!reply.contains("secret-1") && !reply.contains("everywhere-secret"), "{reply}");
    }
    if server.engine == Engine::Sqlite {
        let files = ["countersign.db", "countersign.db-wal"].map(|name| server.data_dir().join(name));
        for bytes in files.iter().filter_map(|path| std::fs::read(path).ok()) {
            assert!(!bytes.windows(8).any(|part| part == b"secret-1"));
        }
    }
}

/// Where a value can come from, the highest source first.
const SOURCES: [&str; 11] =
    ["manual", "pipeline", "project", "subgroup", "group", "instance", "dotenv", "rules", "job", "workflow", "default"];

/// The names of the variables that a source sets: its own, and those that a higher source sets as well.
fn set_by(source: &str, mark: &str) -> Vec<String> {
    let rank = SOURCES.iter().position(|known| *known == source).unwrap();
    SOURCES[..=rank].iter().map(|name| format!("OF_{}_{mark}", name.to_uppercase())).collect()
}

/// Every source sets its own variable and those of all higher sources.
fn ladder(mark: &str) -> String {
    let map = |source: &str| {
        let each: Vec<String> = set_by(source, mark).iter().map(|key| format!("{key}: {source}")).collect();
        each.join(", ")
    };
    let dotenv: Vec<String> =
        set_by("dotenv", mark).iter().map(|key| format!("echo {key}=dotenv >> file.env")).collect();
    let shown: Vec<String> = set_by("default", mark).iter().map(|key| format!("${key}")).collect();
    format!(
        "variables: {{{}, GIT_STRATEGY: none, CI_PROJECT_TITLE: default, CI_ENVIRONMENT_SLUG: default}}\n\
         workflow: {{rules: [{{if: $CI, variables: {{{}}}}}]}}\n\
         build: {{script: ['{}'], artifacts: {{reports: {{dotenv: file.env}}}}}}\n\
         show:\n  needs: [build]\n  environment: staging\n  variables: {{{}}}\n\
         \x20 rules: [{{if: $CI, when: manual, variables: {{{}}}}}]\n\
         \x20 script: ['echo \"<{}>\" \"$CI_PROJECT_TITLE $CI_ENVIRONMENT_SLUG $CI_PROJECT_NAME\"']\n",
        map("default"),
        map("workflow"),
        dotenv.join("; "),
        map("job"),
        map("rules"),
        shown.join(" "),
    )
}

async fn of_several_values_the_one_of_the_highest_source_counts(server: &'static Server) {
    let world = World::new(server).await;
    let mark = world.mark.to_uppercase();
    let below = world.subgroup("below", "below", &world.org).await;
    let body = json!({"name": "deep", "path": "deep", "namespace_id": below.id});
    let at = format!("/projects/{}", id(&world.owner.post("/projects", body).await.ok(201)));
    let given = |source: &str| -> Vec<Value> {
        set_by(source, &mark).iter().map(|key| json!({"key": key, "value": source})).collect()
    };
    let (project, subgroup, group) = (format!("{at}/variables"), below.of("/variables"), world.org.of("/variables"));
    let instance = "/admin/ci/variables".to_owned();
    for (source, path) in [("project", project), ("subgroup", subgroup), ("group", group), ("instance", instance)] {
        for body in given(source) {
            world.root.post(&path, body).await.ok(201);
        }
    }
    let commit = json!({"branch": "main", "commit_message": "x [skip ci]", "actions": [
        {"action": "create", "file_path": ".gitlab-ci.yml", "content": ladder(&mark)}]});
    world.owner.post(&format!("{at}/repository/commits"), commit).await.ok(201);
    let body = json!({"runner_type": "project_type", "project_id": id(&world.owner.get(&at).await.ok(200))});
    let made = world.owner.post("/user/runners", body).await.ok(201);
    let _runner = server.start_runner(made["token"].as_str().unwrap(), 1);
    let asked = json!({"ref": "main", "variables": given("pipeline")});
    let pipeline = id(&world.owner.post(&format!("{at}/pipeline"), asked).await.ok(201));
    let show = async |status: &str| {
        until(&format!("the job to be {status}"), || async {
            let jobs = world.owner.get(&format!("{at}/pipelines/{pipeline}/jobs")).await.ok(200);
            let found = jobs.as_array().unwrap().iter().find(|job| job["name"] == "show").unwrap().clone();
            Some(found).filter(|job| job["status"] == status)
        })
        .await
    };
    let job = show("manual").await["id"].clone();
    let played = json!({"job_variables_attributes": given("manual")});
    world.owner.post(&format!("{at}/jobs/{job}/play"), played).await.ok(200);
    show("success").await;
    let log = world.owner.get(&format!("{at}/jobs/{job}/trace")).await.text.clone();
    let expected = format!("<{}> default staging deep", SOURCES.join(" "));
    assert!(log.contains(&expected), "{log}\nlacks\n{expected}");
}

async fn who_may_give_variables_is_a_setting(server: &'static Server) {
    let world = World::new(server).await;
    let commit = json!({"branch": "main", "commit_message": "x", "actions": [
        {"action": "create", "file_path": ".gitlab-ci.yml", "content": "a: {script: [x], when: manual}"}]});
    world.owner.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let ask = async |by: &Client| {
        let body = json!({"ref": "main", "variables": [{"key": "A", "value": "given-to-it"}]});
        by.post(&world.project.of("/pipeline"), body).await
    };
    ask(&world.dev).await.refused(400);
    let made = ask(&world.maintainer).await.ok(201);
    let path = world.project.of(&format!("/pipelines/{}/variables", made["id"]));
    assert_shows(&world.owner.get(&path).await.ok(200)[0], &json!({"key": "A", "value": "given-to-it"}));
    world
        .owner
        .put(&world.project.at, json!({"ci_pipeline_variables_minimum_override_role": "developer"}))
        .await
        .ok(200);
    let mine = ask(&world.dev).await.ok(201);
    let path = world.project.of(&format!("/pipelines/{}/variables", mine["id"]));
    assert_eq!(world.dev.get(&path).await.ok(200)[0]["value"], "given-to-it");
    if server.engine == Engine::Sqlite {
        let bytes = std::fs::read(server.data_dir().join("countersign.db")).unwrap();
        assert!(!bytes.windows(11).any(|part| part == b"given-to-it"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_key_the_server_says_so_and_does_not_start() {
    let server = Server::start(Engine::Sqlite).await;
    let root = server.root();
    root.post("/admin/ci/variables", json!({"key": "A", "value": "kept"})).await.ok(201);
    server.restart().await;
    assert_eq!(root.get("/admin/ci/variables/A").await.ok(200)["value"], "kept");
    server.kill();
    let key = server.data_dir().join("secrets.key");
    let away = server.scratch().join("away.key");
    std::fs::rename(&key, &away).unwrap();
    let start = |more: &[&str]| {
        let mut command = Command::new(binary());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(server.data_dir()).args(more);
        let ended = command.output().unwrap();
        assert!(!ended.status.success());
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    let told = start(&[]);
    assert!(told.contains("secrets.key") && told.contains("put it back"), "{told}");
    assert!(!key.exists());
    std::fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    assert!(start(&[]).contains("another key"));
    assert!(start(&["--secrets-key-file", "/nowhere/at/all"]).contains("/nowhere/at/all"));
    std::fs::rename(&away, &key).unwrap();
    server.restart().await;
    assert_eq!(root.get("/admin/ci/variables/A").await.ok(200)["value"], "kept");
}
