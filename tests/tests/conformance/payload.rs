//! Section 5: what a runner is told of a job.

use crate::site::{Running, YAML};
use countersign_tests::compare::assert_shows;
use countersign_tests::{Server, each_engine};
use serde_json::{Value, json};

each_engine!(what_a_job_is_told);

fn variable<'a>(payload: &'a Value, key: &str) -> &'a Value {
    let all = payload["variables"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().rev().find(|it| it["key"] == key).unwrap_or(&Value::Null)
}

async fn what_a_job_is_told(server: &'static Server) {
    let it = Running::new(server, YAML).await;
    let world = &it.world;
    let handed = it.runner.take().await;
    let told = &handed.payload;
    let expected = json!({
        "allow_git_fetch": true,
        "job_info": {"name": "unit", "stage": "test", "project_id": world.project.id, "project_name": "app", "pipeline_id": it.pipeline},
        "git_info": {"ref": "main", "sha": it.sha, "ref_type": "branch", "before_sha": "0".repeat(40)},
        "steps": [
            {"name": "script", "script": ["echo \"one\"", "exit 0"], "when": "on_success", "allow_failure": false},
            {"name": "after_script", "script": ["echo \"done\""], "when": "always", "allow_failure": true},
        ],
    });
    assert_shows(told, &expected);
    assert!(handed.token.starts_with("glcbt-") && told.get("run").is_none(), "{told}");
    assert!(told["job_info"]["project_jobs_running_on_instance_runners_count"].is_string(), "{told}");
    assert!(told["runner_info"]["timeout"].as_i64().is_some_and(|it| it > 0), "{told}");
    assert!(told["git_info"]["refspecs"].as_array().is_some_and(|it| !it.is_empty()), "{told}");
    let url = told["git_info"]["repo_url"].as_str().unwrap_or_default();
    assert!(url.ends_with(&format!("/{}.git", world.project.path)), "{url}");
    for list in ["artifacts", "cache", "dependencies", "variables"] {
        assert!(told[list].is_array() || told[list].is_null(), "{list}: {told}");
    }
    let reasons = told["features"]["failure_reasons"].as_array().cloned().unwrap_or_default();
    assert!(reasons.contains(&json!("job_canceled")) && reasons.contains(&json!("runner_interrupted")), "{told}");
    for (key, value) in [
        ("CI", "true"),
        ("CI_JOB_NAME", "unit"),
        ("CI_JOB_STAGE", "test"),
        ("CI_COMMIT_SHA", it.sha.as_str()),
        ("CI_COMMIT_REF_NAME", "main"),
        ("CI_COMMIT_SHORT_SHA", &it.sha[..8]),
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_PROJECT_PATH", world.project.path.as_str()),
        ("CI_PROJECT_NAME", "app"),
        ("GITLAB_USER_LOGIN", world.dev.username.as_str()),
        ("GIT_STRATEGY", "none"),
        ("COLOUR", "blue"),
        ("CI_API_V4_URL", &format!("{}/api/v4", server.url)),
        ("CI_JOB_ID", &handed.id.to_string()),
        ("CI_JOB_TOKEN", handed.token.as_str()),
    ] {
        assert_eq!(variable(told, key)["value"], value, "{key} in {told}");
    }
    assert_shows(variable(told, "CI_JOB_TOKEN"), &json!({"masked": true, "public": false}));
    assert!(variable(told, "CI_ENVIRONMENT_NAME").is_null());
    handed.succeed().await;
    it.runner.take().await.succeed().await;
    let ship = it.runner.take().await;
    for (key, value) in [
        ("CI_ENVIRONMENT_NAME", "production"),
        ("CI_ENVIRONMENT_SLUG", "production"),
        ("CI_ENVIRONMENT_URL", "https://example.com"),
        ("CI_ENVIRONMENT_TIER", "production"),
        ("CI_ENVIRONMENT_ACTION", "start"),
    ] {
        assert_eq!(variable(&ship.payload, key)["value"], value, "{key}");
    }
}
