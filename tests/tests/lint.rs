//! What `ci/lint` says of configurations, sent and committed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::assert_shows;
use countersign_tests::{Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    what_is_sent_is_judged_and_nothing_is_kept,
    the_projects_own_file_is_judged_at_any_commit,
    a_dry_run_decides_conditions_but_knows_no_protected_variable,
);

async fn commit(world: &World, branch: &str, files: &[(&str, &str)]) -> Value {
    let actions: Vec<_> = files
        .iter()
        .map(|(path, content)| json!({"action": "create", "file_path": path, "content": content}))
        .collect();
    let start = (branch != "main").then_some("main");
    let body = json!({"branch": branch, "start_branch": start, "commit_message": "x", "actions": actions});
    world.owner.post(&world.project.of("/repository/commits"), body).await.ok(201)
}

async fn what_is_sent_is_judged_and_nothing_is_kept(server: &'static Server) {
    let world = World::new(server).await;
    let at = world.project.of("/ci/lint");
    // Without a repository, as with one.
    let told = world.dev.post(&at, json!({"content": "a:\n  scirpt: x\nb: {script: x, stage: none}\n"})).await.ok(200);
    assert_eq!((&told["valid"], told.get("jobs")), (&json!(false), None));
    let (errors, diagnostics) = (told["errors"].as_array().unwrap(), told["diagnostics"].as_array().unwrap());
    assert!(errors.len() >= 2 && errors.len() == diagnostics.len(), "{told}");
    assert!(
        errors[0].as_str().unwrap().contains("(line 1, column 1)") || errors[0].as_str().unwrap().contains("line 2")
    );
    let misspelt =
        diagnostics.iter().find(|d| d["message"].as_str().unwrap().contains("did you mean `script`?")).unwrap();
    assert_shows(
        misspelt,
        &json!({"severity": "error", "file": ".gitlab-ci.yml", "line": 2, "column": 3,
        "excerpt": "2 |   scirpt: x\n  |   ^"}),
    );
    commit(&world, "main", &[("ci/more.yml", ".base: {tags: [big]}\n")]).await;
    let content = "include: ci/more.yml\na: {extends: .base, script: x, environment: production, when: manual}\n";
    let told = world.dev.post(&at, json!({"content": content, "include_jobs": "true"})).await.ok(200);
    assert_shows(&told, &json!({"valid": true, "errors": [], "warnings": []}));
    assert_shows(
        &told["jobs"],
        &json!([{"name": "a", "stage": "test", "before_script": [], "script": ["x"],
        "after_script": [], "tag_list": ["big"], "environment": "production", "when": "manual", "allow_failure": true,
        "needs": null}]),
    );
    assert_shows(&told["includes"][0], &json!({"type": "local", "location": "ci/more.yml", "extra": {}}));
    let merged = told["merged_yaml"].as_str().unwrap();
    assert!(merged.contains("tags:\n    - big\n") && !merged.contains("extends"), "{merged}");
    for (body, error) in [(json!({}), "content is missing"), (json!({"content": {"a": 1}}), "content is invalid")] {
        assert_eq!(world.dev.post(&at, body).await.refused(400)["error"], error);
    }
    for content in ["", "\u{1}", "- [", "a: &a [*a]", "null"] {
        let told = world.dev.post(&at, json!({"content": content})).await.ok(200);
        assert_eq!(told["valid"], false, "{content:?}: {told}");
    }
    let told = world.dev.post(&at, json!({"content": "include: ../../etc/passwd\n"})).await.ok(200);
    assert_eq!((&told["valid"], &told["merged_yaml"]), (&json!(false), &Value::Null));
    assert_eq!(world.owner.get(&world.project.of("/pipelines")).await.ok(200), json!([]));
    world.reporter.post(&at, json!({"content": ""})).await.refused(403);
    world.outsider.post(&at, json!({"content": ""})).await.refused(404);
    world.anonymous.post(&at, json!({"content": ""})).await.refused(401);
}

async fn the_projects_own_file_is_judged_at_any_commit(server: &'static Server) {
    let world = World::new(server).await;
    let at = world.project.of("/ci/lint");
    let none = world.dev.get(&at).await;
    assert!([200, 404].contains(&none.status), "{none:?}");
    commit(&world, "main", &[("README.md", "x")]).await;
    let told = world.dev.get(&at).await.ok(200);
    assert_shows(&told, &json!({"valid": false, "errors": ["Missing CI config file"]}));
    let made = commit(&world, "broken", &[(".gitlab-ci.yml", "a: {script: x, rules: 1}\n")]).await;
    commit(&world, "good", &[(".gitlab-ci.yml", "a: {script: x}\n")]).await;
    let sha = made["id"].as_str().unwrap();
    for query in [format!("content_ref={sha}"), format!("sha={sha}"), "content_ref=broken".into()] {
        let told = world.dev.get(&format!("{at}?{query}")).await.ok(200);
        assert_eq!(told["valid"], false, "{query}: {told}");
    }
    assert_eq!(world.dev.get(&format!("{at}?content_ref=good&include_jobs=1")).await.ok(200)["jobs"][0]["name"], "a");
    let refused = world.dev.get(&format!("{at}?content_ref=nothing")).await.refused(404);
    assert_eq!(refused["message"], "404 Commit Not Found");
    let told = world.dev.get(&format!("{at}?content_ref=good&dry_run=true&dry_run_ref=nothing")).await.ok(200);
    assert_shows(&told, &json!({"valid": false, "errors": ["Reference not found"]}));
}

async fn a_dry_run_decides_conditions_but_knows_no_protected_variable(server: &'static Server) {
    let world = World::new(server).await;
    commit(&world, "main", &[("README.md", "x")]).await;
    commit(&world, "feature", &[("a.txt", "x")]).await;
    for (key, protected) in [("OPEN", false), ("GUARDED", true)] {
        let body = json!({"key": key, "value": "secret-value", "protected": protected, "masked": true});
        world.owner.post(&world.project.of("/variables"), body).await.ok(201);
    }
    let content = "always: {script: x}\n\
        on_main: {script: x, rules: [{if: $CI_COMMIT_BRANCH == 'main'}]}\n\
        open: {script: x, rules: [{if: $OPEN}]}\n\
        guarded: {script: x, rules: [{if: $GUARDED}]}\n\
        with_file: {script: x, rules: [{exists: [a.txt]}]}\n";
    let jobs = async |dry_run: bool, ref_name: &str| {
        let body = json!({"content": content, "dry_run": dry_run, "ref": ref_name, "include_jobs": true});
        let told = world.dev.post(&world.project.of("/ci/lint"), body).await.ok(200);
        assert_eq!(told["valid"], true, "{told}");
        assert!(!told.to_string().contains("secret-value"));
        told["jobs"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(jobs(false, "main").await.len(), 5);
    assert_eq!(jobs(true, "main").await, ["always", "on_main", "open"]);
    assert_eq!(jobs(true, "feature").await, ["always", "open", "with_file"]);
    for (content, error) in [
        ("a: {script: x, rules: [{when: never}]}\n", "The rules configuration prevented any jobs"),
        ("workflow: {rules: [{when: never}]}\na: {script: x}\n", "filtered out by workflow rules"),
    ] {
        let body = json!({"content": content, "dry_run": true});
        let told = world.dev.post(&world.project.of("/ci/lint"), body).await.ok(200);
        assert!(!told["valid"].as_bool().unwrap() && told["errors"][0].as_str().unwrap().contains(error), "{told}");
    }
}
