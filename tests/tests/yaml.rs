//! Configurations that cannot be used: a push leaves a failed pipeline that says why, `POST /pipeline` saves nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::{Server, World, each_engine, git};
use serde_json::{Value, json};
use tokio::time::Instant;

each_engine!(
    pushes_leave_failed_pipelines,
    asking_for_a_pipeline_saves_nothing,
    a_commit_without_the_file_makes_none,
    a_pipeline_on_request,
    commits_over_the_api_are_pushes,
    the_environment_name_is_expanded_and_checked,
    files_of_the_same_commit_are_included,
    needs_and_conditions_decide_what_runs,
);

/// Configurations and a part of what is said of each.
fn bad() -> Vec<(&'static str, String, &'static str)> {
    let bomb: String = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        let refs = vec![format!("*a{}", n - 1); 10].join(", ");
        format!("{text}a{n}: &a{n} [{refs}]\n")
    });
    let deep = format!("job:\n  script: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let jobs: String = (0..20_000).map(|n| format!("job-{n}:\n  script: ['true']\n")).collect();
    vec![
        ("empty", String::new(), ""),
        ("blank", "\n# nothing\n".into(), ""),
        ("scalar", "just text".into(), ""),
        ("list", "- a\n- b\n".into(), ""),
        ("not yaml", "job: [unclosed\n  script: }".into(), "line"),
        ("tab", "job:\n\tscript: a\n".into(), "line"),
        ("cyclic", "job: &a\n  script: [*a]\n".into(), ""),
        ("cyclic merge", "a: &a\n  <<: *a\n  script: ['true']\n".into(), ""),
        ("unknown alias", "job:\n  script: *nothing\n".into(), "line 2"),
        ("bomb", format!("{bomb}job:\n  script: *a29\n"), ""),
        ("deep", deep, ""),
        ("huge", format!("job:\n  script: ['true']\n  variables: {{A: {}}}\n", "x".repeat(3_000_000)), ""),
        ("many jobs", jobs, ""),
        ("unsupported", "job:\n  script: ['true']\n  secrets: {A: b}\n".into(), "secrets"),
        ("unsupported at the top", "include: other.yml\njob:\n  script: ['true']\n".into(), "include"),
        ("no script", "job:\n  stage: test\n".into(), "script"),
        ("wrong type", "job:\n  script: {a: b}\n".into(), "script"),
        ("unknown stage", "stages: [a]\njob:\n  stage: b\n  script: ['true']\n".into(), "stage"),
        ("unknown when", "job:\n  script: ['true']\n  when: maybe\n".into(), "when"),
        (
            "unknown tier",
            "job:\n  script: ['true']\n  environment: {name: a, deployment_tier: worst}\n".into(),
            "deployment_tier",
        ),
        ("duplicate key", "job:\n  script: ['true']\n  script: ['false']\n".into(), "script"),
        ("two documents", "job:\n  script: ['true']\n---\nother:\n  script: ['true']\n".into(), ""),
        ("nul", "job:\n  script: [\"a\\0b\"]\n".into(), ""),
    ]
}

async fn pushes_leave_failed_pipelines(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    let began = Instant::now();
    for (name, text, told) in bad() {
        let sha = repository.commit(".gitlab-ci.yml", text.as_bytes());
        repository.push(&world.dev);
        let listed = git::pipeline_of(&world.dev, &world.project, &sha).await;
        let pipeline = world.dev.get(&world.project.of(&format!("/pipelines/{}", listed["id"]))).await.ok(200);
        if name == "nul" || name == "two documents" || name == "many jobs" {
            // Whether these are configurations is for the reader to say; they must do no harm.
            continue;
        }
        assert_eq!(pipeline["status"], "failed", "{name}: {pipeline}");
        let errors = pipeline["yaml_errors"].as_str().unwrap_or_default();
        assert!(!errors.is_empty() && errors.contains(told), "{name}: {told} expected in {errors:?}");
        assert!(errors.len() < 10_000, "{name}: {} bytes of errors", errors.len());
        let jobs = world.dev.get(&world.project.of(&format!("/pipelines/{}/jobs", listed["id"]))).await.ok(200);
        assert_eq!(jobs, json!([]), "{name}");
    }
    assert!(began.elapsed().as_secs() < 90, "{:?}", began.elapsed());
    assert_eq!(world.owner.get(&world.project.of("/deployments")).await.ok(200), json!([]));
}

async fn asking_for_a_pipeline_saves_nothing(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", b"job:\n  script: ['true']\n  secrets: {A: b}\n");
    repository.push(&world.dev);
    git::pipeline_of(&world.dev, &world.project, &sha).await;
    let before = world.dev.get(&world.project.of("/pipelines")).await.ok(200);
    let path = world.project.of("/pipeline");
    let refused = world.dev.post(&path, json!({"ref": "main"})).await.refused(400);
    let text = refused["message"]["base"].to_string();
    assert!(text.contains("secrets") && text.contains("line 3"), "{refused}");
    for (body, told) in [(json!({}), "ref is missing"), (json!({"ref": "gone"}), "Reference not found")] {
        let refused = world.dev.post(&path, body).await.refused(400);
        assert!(refused.to_string().contains(told), "{refused}");
    }
    world.reporter.post(&path, json!({"ref": "main"})).await.refused(403);
    world.outsider.post(&path, json!({"ref": "main"})).await.refused(404);
    assert_eq!(world.dev.get(&world.project.of("/pipelines")).await.ok(200), before);
}

async fn a_commit_without_the_file_makes_none(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    repository.commit("README.md", b"Hello\n");
    repository.push(&world.dev);
    let refused = world.dev.post(&world.project.of("/pipeline"), json!({"ref": "main"})).await.refused(400);
    assert!(refused.to_string().contains("Missing CI config file"), "{refused}");
    // The next push is handled after this one.
    let sha = repository.commit(".gitlab-ci.yml", b"job:\n  script: ['true']\n");
    repository.push(&world.dev);
    git::pipeline_of(&world.dev, &world.project, &sha).await;
    let list = world.dev.get(&world.project.of("/pipelines")).await.ok(200);
    assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
}

async fn a_pipeline_on_request(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    let sha =
        repository.commit(".gitlab-ci.yml", b"job:\n  script: ['true']\nlater:\n  script: ['true']\n  when: manual\n");
    repository.push(&world.dev);
    git::pipeline_of(&world.dev, &world.project, &sha).await;
    let made = world.dev2.post(&world.project.of("/pipeline"), json!({"ref": "main"})).await.ok(201);
    let expected = json!({"ref": "main", "sha": sha, "source": "api", "status": "pending", "user": {"id": world.dev2.id}, "yaml_errors": null});
    assert_shows(&made, &expected);
    let query = format!("{}?ref=main", world.project.of("/pipeline"));
    world.dev.post(&query, countersign_tests::Body::Empty).await.ok(201);
    let list = world.reporter.get(&world.project.of("/pipelines")).await.ok(200);
    let sources: Vec<_> = list.as_array().into_iter().flatten().map(|row| row["source"].clone()).collect();
    assert_eq!(sources, ["api", "api", "push"]);
    let jobs = world.dev.get(&world.project.of(&format!("/pipelines/{}/jobs", id(&made)))).await.ok(200);
    assert_eq!(jobs.as_array().map(Vec::len), Some(2));
    let manual =
        world.dev.get(&world.project.of(&format!("/pipelines/{}/jobs?scope[]=manual", id(&made)))).await.ok(200);
    assert_shows(&manual, &json!([{"name": "later", "status": "manual", "allow_failure": true}]));
    let refused =
        world.dev.get(&world.project.of(&format!("/pipelines/{}/jobs?scope[]=odd", id(&made)))).await.refused(400);
    assert!(refused.to_string().contains("scope"), "{refused}");
}

async fn commits_over_the_api_are_pushes(server: &'static Server) {
    let world = World::new(server).await;
    let commit = |action: &str, content: &str| {
        json!({
            "branch": "main", "commit_message": "Change the configuration",
            "actions": [{"action": action, "file_path": ".gitlab-ci.yml", "content": content}],
        })
    };
    let path = world.project.of("/repository/commits");
    let made = world.dev.post(&path, commit("create", "job:\n  script: ['true']\n")).await.ok(201);
    assert_shows(&made, &json!({"title": "Change the configuration", "parent_ids": []}));
    let sha = made["id"].as_str().expect("a sha").to_owned();
    let pipeline = git::pipeline_of(&world.dev, &world.project, &sha).await;
    assert_shows(&pipeline, &json!({"source": "push", "sha": sha, "status": "pending"}));
    world.dev.post(&path, commit("create", "again")).await.refused(400);
    world.reporter.post(&path, commit("update", "job: {script: [a]}")).await.refused(403);
    let next = world.dev.post(&path, commit("update", "job: [")).await.ok(201);
    let broken = git::pipeline_of(&world.dev, &world.project, next["id"].as_str().expect("a sha")).await;
    assert_eq!(broken["status"], "failed");
    for body in [
        json!({}),
        json!({"branch": "main", "commit_message": "x", "actions": []}),
        json!({"branch": "../x", "commit_message": "x", "actions": [{"action": "create", "file_path": "a"}]}),
        json!({"branch": "main", "commit_message": "x", "actions": [{"action": "create", "file_path": "../a", "content": "x"}]}),
        json!({"branch": "main", "commit_message": "x", "actions": [{"action": "create", "file_path": ".git/hooks/update", "content": "x"}]}),
    ] {
        world.dev.post(&path, body).await.refused(400);
    }
    let file = world.dev.get(&world.project.of("/repository/files/%2Egitlab-ci%2Eyml?ref=main")).await.ok(200);
    let content = file["content"].as_str().unwrap_or_default();
    assert_eq!((file["encoding"].as_str(), content), (Some("base64"), "am9iOiBb"));
}

async fn files_of_the_same_commit_are_included(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    repository.commit("ci/jobs/one.yml", b"one: {extends: .base}\n");
    repository
        .commit("ci/base.yml", b"include: 'ci/jobs/*.yml'\n.base: {script: [!reference [.setup, script], make]}\n");
    let main = b"include: ci/base.yml\n.setup: {script: [prepare]}\ntwo: {extends: one, when: manual}\n";
    let sha = repository.commit(".gitlab-ci.yml", main);
    repository.push(&world.dev);
    let pipeline = git::pipeline_of(&world.dev, &world.project, &sha).await;
    let jobs = world.dev.get(&world.project.of(&format!("/pipelines/{}/jobs", pipeline["id"]))).await.ok(200);
    assert_shows(&jobs, &json!([{"name": "two", "status": "manual"}, {"name": "one", "status": "pending"}]));
    std::os::unix::fs::symlink("base.yml", repository.path().join("ci/link.yml")).unwrap();
    let sha = repository.commit(".gitlab-ci.yml", b"include: [ci/link.yml, gone.yml, ../out.yml]\n");
    repository.push(&world.dev);
    let broken = git::pipeline_of(&world.dev, &world.project, &sha).await;
    let shown = world.dev.get(&world.project.of(&format!("/pipelines/{}", broken["id"]))).await.ok(200);
    let errors: Vec<&str> = shown["yaml_errors"].as_str().unwrap().lines().collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[0].contains("a symbolic link") && errors[0].ends_with("(line 1, column 11)"), "{errors:?}");
    assert!(errors[1].contains("`gone.yml`, which is not in the commit"), "{errors:?}");
    assert!(errors[2].contains("leads out of the repository"), "{errors:?}");
}

async fn needs_and_conditions_decide_what_runs(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    let yaml = "workflow: {name: 'Of $CI_COMMIT_REF_NAME'}\nstages: [one, two]\nvariables: {GIT_STRATEGY: none}\n\
                slow: {stage: one, script: ['true'], when: delayed, start_in: 1 hour}\n\
                early: {stage: two, script: ['true'], needs: []}\n\
                late: {stage: two, script: ['true']}\n\
                tagged: {stage: two, script: ['true'], rules: [{if: $CI_COMMIT_TAG}]}\n";
    let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
    repository.push(&world.dev);
    let pipeline = git::pipeline_of(&world.dev, &world.project, &sha).await;
    assert_shows(&pipeline, &json!({"name": "Of main"}));
    let jobs = world.project.of(&format!("/pipelines/{}/jobs", pipeline["id"]));
    let listed = world.dev.get(&jobs).await.ok(200);
    let statuses: Vec<_> = listed.as_array().unwrap().iter().map(|job| (&job["name"], &job["status"])).collect();
    let shown = json!([["late", "created"], ["early", "pending"], ["slow", "scheduled"]]);
    assert_eq!(json!(statuses), shown);
    let waiting = world.dev.get(&format!("{jobs}?scope[]=scheduled")).await.ok(200);
    assert_shows(&waiting, &json!([{"name": "slow"}]));
    let played = world.dev.post(&world.project.of(&format!("/jobs/{}/play", id(&waiting[0]))), json!({})).await.ok(200);
    assert_shows(&played, &json!({"name": "slow", "status": "pending"}));
}

async fn the_environment_name_is_expanded_and_checked(server: &'static Server) {
    let world = World::new(server).await;
    let yaml = "variables: {GIT_STRATEGY: none, ODD: a*b}\n\
                review:\n  script: ['true']\n  environment: {name: review/$CI_COMMIT_REF_NAME}\n\
                broken:\n  script: ['true']\n  environment: {name: deploy-$ODD}\n";
    let repository = git::Repository::new(server, &world.project);
    let sha = repository.commit(".gitlab-ci.yml", yaml.as_bytes());
    repository.push(&world.dev);
    let pipeline = git::pipeline_of(&world.dev, &world.project, &sha).await;
    let jobs = world.dev.get(&world.project.of(&format!("/pipelines/{}/jobs", pipeline["id"]))).await.ok(200);
    let of = |name: &str| -> Value {
        jobs.as_array().into_iter().flatten().find(|job| job["name"] == name).cloned().unwrap_or_default()
    };
    assert_shows(&of("broken"), &json!({"status": "failed", "failure_reason": "environment_creation_failure"}));
    assert_eq!(of("review")["status"], "pending");
    let environments = world.dev.get(&world.project.of("/environments")).await.ok(200);
    assert_shows(&environments, &json!([{"name": "review/main"}]));
}
