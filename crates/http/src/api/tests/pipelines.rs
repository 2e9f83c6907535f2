//! Commits, files, pipelines, jobs and runners, up to the runner's last word.

use super::{ROOT, Reply, Server};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

const YAML: &str = "stages: [build, deploy]\nbuild:\n  stage: build\n  script: [make]\nproduction:\n  stage: deploy\n\
    \x20 when: manual\n  script: [ship]\n  environment: production\n";

/// A project of ann's with one commit, and its address.
async fn site(server: &Server) -> (String, String) {
    let (_, ann) = server.user("ann").await;
    let made = server.post(&ann, "/projects", json!({"path": "shop"})).await.is(201);
    let path = format!("/projects/{}", made["id"]);
    commit(server, &ann, &path, "create", YAML).await.is(201);
    (ann, path)
}

async fn commit(server: &Server, token: &str, project: &str, action: &str, yaml: &str) -> Reply {
    let step = json!({"action": action, "file_path": ".gitlab-ci.yml", "content": yaml});
    let body = json!({"branch": "main", "commit_message": "Change it", "actions": [step]});
    server.post(token, &format!("{project}/repository/commits"), body).await
}

async fn runner(server: &Server) -> String {
    let made = server.post(ROOT, "/user/runners", json!({"runner_type": "instance_type"})).await.is(201);
    made["token"].as_str().unwrap().to_owned()
}

async fn patch(server: &Server, job: &Value, token: &str, range: &str, piece: &'static str) -> Reply {
    let request = Request::builder().method("PATCH").uri(format!("/api/v4/jobs/{job}/trace"));
    let request =
        request.header("JOB-TOKEN", token).header("Content-Range", range).header("Content-Type", "text/plain");
    server.send(request.body(Body::from(piece)).unwrap()).await
}

#[tokio::test]
async fn a_commit_over_the_api_begins_a_pipeline_and_can_be_read_again() {
    let server = Server::new();
    let (ann, path) = site(&server).await;
    let listed = server.get(&ann, &format!("{path}/pipelines")).await;
    assert_eq!(listed.header("x-total"), "1");
    let pipeline = listed.is(200)[0].clone();
    assert_eq!((&pipeline["source"], &pipeline["ref"]), (&json!("push"), &json!("main")));
    let none = server.get(&ann, &format!("{path}/pipelines?status=scheduled")).await.is(200);
    assert_eq!(none, json!([]));
    server.get(&ann, &format!("{path}/pipelines?status=odd")).await.is(400);
    let found = server.get(&ann, &format!("{path}/repository/commits/main")).await.is(200);
    assert_eq!((&found["title"], &found["last_pipeline"]["id"]), (&json!("Change it"), &pipeline["id"]));
    let file = server.get(&ann, &format!("{path}/repository/files/.gitlab-ci.yml?ref=main")).await.is(200);
    assert_eq!((&file["encoding"], &file["last_commit_id"]), (&json!("base64"), &found["id"]));
    let missing = server.get(&ann, &format!("{path}/repository/files/nope")).await.is(404);
    assert_eq!(missing["message"], "404 File Not Found");
    let refused = commit(&server, &ann, &path, "create", YAML).await.is(400);
    assert_eq!(refused["message"], "A file with this name already exists");
    let (_, bob) = server.user("bob").await;
    assert_eq!(commit(&server, &bob, &path, "update", YAML).await.is(404)["message"], "404 Project Not Found");
    commit(&server, "", &path, "update", YAML).await.is(401);
}

#[tokio::test]
async fn a_pipeline_asked_for_says_under_base_why_not() {
    let server = Server::new();
    let (ann, path) = site(&server).await;
    let create = format!("{path}/pipeline");
    let made = server.post(&ann, &create, json!({"ref": "main"})).await.is(201);
    assert_eq!((&made["source"], &made["user"]["username"]), (&json!("api"), &json!("ann")));
    assert_eq!(made["detailed_status"]["group"], "pending");
    let missing = server.post(&ann, &create, json!({"ref": "nope"})).await.is(400);
    assert_eq!(missing["message"]["base"][0], "Reference not found");
    assert_eq!(server.post(&ann, &create, json!({})).await.is(400)["error"], "ref is missing");
    commit(&server, &ann, &path, "update", "job: [").await.is(201);
    let newest = server.get(&ann, &format!("{path}/pipelines")).await.is(200)[0].clone();
    assert_eq!(newest["status"], "failed");
    let broken = server.get(&ann, &format!("{path}/pipelines/{}", newest["id"])).await.is(200);
    assert!(broken["yaml_errors"].as_str().unwrap().starts_with(".gitlab-ci.yml: "));
    let refused = server.post(&ann, &create, json!({"ref": "main"})).await.is(400);
    assert_eq!(refused["message"]["base"][0], broken["yaml_errors"]);
    server.get(&ann, &format!("{path}/pipelines/{}", i64::MAX)).await.is(404);
}

#[tokio::test]
async fn a_runner_takes_a_job_reports_it_and_cannot_change_its_word() {
    let server = Server::new();
    let (ann, path) = site(&server).await;
    let glrt = runner(&server).await;
    server.post("", "/runners/verify", json!({"token": "glrt-nobody"})).await.is(403);
    assert!(server.post("", "/runners/verify", json!({"token": glrt})).await.is(200)["id"].as_i64() > Some(0));
    server.post("", "/jobs/request", json!({"token": "glrt-nobody"})).await.is(403);
    let job = server.post("", "/jobs/request", json!({"token": glrt, "info": {"name": "x"}})).await.is(201);
    let (id, token) = (&job["id"], job["token"].as_str().unwrap());
    assert_eq!((&job["job_info"]["name"], &job["git_info"]["ref"]), (&json!("build"), &json!("main")));
    let report = |state: &str| json!({"token": token, "state": state});
    let put = format!("/jobs/{id}");
    let taken = server.ask("", "PUT", &put, report("running")).await;
    assert_eq!((taken.status.as_u16(), taken.header("job-status")), (200, "running"));
    let stored = patch(&server, id, token, "0-4", "hello").await;
    assert_eq!((stored.status.as_u16(), stored.header("range")), (202, "0-5"));
    let again = patch(&server, id, token, "0-4", "hello").await;
    assert_eq!((again.status.as_u16(), again.header("range")), (416, "0-5"));
    patch(&server, id, token, "5-5", "hello").await.is(400);
    patch(&server, id, "glcbt-nobody", "5-5", "!").await.is(403);
    let done = server.ask("", "PUT", &put, report("success")).await;
    assert_eq!((done.status.as_u16(), done.header("job-status")), (200, "success"));
    let late = server.ask("", "PUT", &put, report("failed")).await;
    assert_eq!((late.status.as_u16(), late.header("job-status")), (403, "success"));
    let shown = server.get(&ann, &format!("{path}/jobs/{id}")).await.is(200);
    assert_eq!((&shown["status"], &shown["runner"]["is_shared"]), (&json!("success"), &json!(true)));
    assert_eq!(
        server.get(&ann, &format!("{path}/jobs/{id}/trace")).await.header("content-type"),
        "text/plain; charset=utf-8"
    );
    let (_, bob) = server.user("bob").await;
    server.get(&bob, &format!("{path}/jobs/{id}")).await.is(404);
}

#[tokio::test]
async fn jobs_are_played_tried_again_and_canceled_with_the_documented_statuses() {
    let server = Server::new();
    let (ann, path) = site(&server).await;
    let glrt = runner(&server).await;
    let build = server.post("", "/jobs/request", json!({"token": glrt})).await.is(201);
    let report = json!({"token": build["token"], "state": "success"});
    server.ask("", "PUT", &format!("/jobs/{}", build["id"]), report).await.is(200);
    let jobs = server.get(&ann, &format!("{path}/pipelines/1/jobs?scope[]=manual")).await.is(200);
    let id = jobs[0]["id"].as_i64().unwrap();
    let act = |verb: &str| format!("{path}/jobs/{id}/{verb}");
    server.post(&ann, &act("retry"), Value::Null).await.is(403);
    assert_eq!(server.post(&ann, &act("play"), json!({})).await.is(200)["status"], "pending");
    let refused = server.post(&ann, &act("play"), Value::Null).await.is(400);
    assert!(refused["message"].as_str().unwrap().starts_with("400 Bad request - Unplayable Job"));
    assert_eq!(server.post(&ann, &act("cancel"), Value::Null).await.is(201)["status"], "canceled");
    assert_eq!(server.post(&ann, &act("cancel"), Value::Null).await.is(201)["status"], "canceled");
    let again = server.post(&ann, &act("retry"), Value::Null).await.is(201);
    assert_ne!(again["id"], id);
    let refused = server.post(&ann, &act("retry"), Value::Null).await.is(403);
    assert!(refused["message"].as_str().unwrap().starts_with("403 Forbidden - Job is not retryable"));
    server.post("", &act("play"), Value::Null).await.is(401);
    let count = |retried: bool| format!("{path}/pipelines/1/jobs?include_retried={retried}");
    assert_eq!(server.get(&ann, &count(true)).await.is(200).as_array().unwrap().len(), 3);
    assert_eq!(server.get(&ann, &count(false)).await.is(200).as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn runners_are_created_by_those_who_manage_what_they_serve() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let group = server.group(&ann, "crew").await;
    let (_, bob) = server.user("bob").await;
    let of_group = json!({"runner_type": "group_type", "group_id": group, "tag_list": "a,b"});
    server.post(&ann, "/user/runners", of_group.clone()).await.is(201);
    server.post(&bob, "/user/runners", of_group).await.is(404);
    server.post(&ann, "/user/runners", json!({"runner_type": "instance_type"})).await.is(403);
    server.post("", "/user/runners", json!({"runner_type": "instance_type"})).await.is(401);
    let missing = server.post(&ann, "/user/runners", json!({"runner_type": "project_type"})).await.is(400);
    assert_eq!(missing["error"], "project_id is missing");
    let odd = json!({"runner_type": "group_type", "group_id": group, "run_untagged": false});
    assert!(server.post(&ann, "/user/runners", odd).await.is(400)["message"]["tag_list"].is_array());
}
