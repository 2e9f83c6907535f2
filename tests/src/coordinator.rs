//! A server written by hand for the built-in runner: it answers as the notes on the protocol say, or as a test wants it
//! to, and keeps all that it was told.

use crate::process::Process;
use crate::server::binary;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// What the runner shows for its token.
pub const TOKEN: &str = "glrt-coordinator-test";
/// What the job shows for its own.
pub const JOB_TOKEN: &str = "glcbt-64_coordinatorjob";
/// How long a request for a job is held when there is no other.
const HELD: Duration = Duration::from_secs(1);

/// What the runner said.
#[derive(Debug, Clone)]
pub struct Call {
    /// `POST jobs/request`, for example.
    pub what: String,
    /// What stands behind the `?`.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How many calls of that kind came before.
    pub before: usize,
}

impl Call {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The state that a `PUT` reports; empty for other calls.
    pub fn state(&self) -> String {
        self.json()["state"].as_str().unwrap_or_default().to_owned()
    }
}

/// A status and headers.
pub type Answer = (u16, Vec<(&'static str, String)>);
/// What a test answers in place of the usual.
type Script = dyn Fn(&Call) -> Option<Answer> + Send + Sync;

struct Told {
    job: Value,
    calls: Mutex<Vec<Call>>,
    log: Mutex<Vec<u8>>,
    script: Box<Script>,
}

/// A server with one job, and the runner that asks it.
pub struct Coordinator {
    told: Arc<Told>,
    dir: TempDir,
    _runner: Process,
}

/// A job without a repository that runs these lines, and those afterwards.
pub fn job(script: &[&str], after: &[&str]) -> Value {
    let step = |name: &str, lines: &[&str], when: &str| json!({"name": name, "script": lines, "timeout": 600, "when": when, "allow_failure": false});
    let mut steps = vec![step("script", script, "on_success")];
    if !after.is_empty() {
        steps.push(step("after_script", after, "always"));
    }
    json!({
        "id": 101, "token": JOB_TOKEN, "allow_git_fetch": true,
        "job_info": {"name": "deploy", "stage": "deploy", "project_id": 1, "project_name": "app"},
        "git_info": {"repo_url": "", "ref": "main", "sha": "0".repeat(40), "ref_type": "branch", "refspecs": []},
        "runner_info": {"timeout": 600},
        "variables": [
            {"key": "GIT_STRATEGY", "value": "none", "public": true},
            {"key": "HUSH", "value": "hushhush", "masked": true},
        ],
        "steps": steps, "artifacts": [], "cache": [], "dependencies": [], "credentials": [],
        "features": {"trace_sections": true, "failure_reasons": ["job_canceled", "runner_interrupted", "unknown_failure"]},
    })
}

impl Coordinator {
    /// Starts both; `script` may answer in place of the usual.
    ///
    /// # Panics
    /// One cannot be started.
    pub async fn start(
        mut job: Value,
        script: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static,
    ) -> Coordinator {
        let dir = tempfile::Builder::new().prefix("countersign-runner.").tempdir().expect("a temporary directory");
        let marks = dir.path().join("marks");
        std::fs::create_dir(&marks).expect("a directory");
        let variable = json!({"key": "MARKS", "value": marks, "public": true});
        job["variables"].as_array_mut().expect("a list").push(variable);
        let told = Told { job, calls: Mutex::default(), log: Mutex::default(), script: Box::new(script) };
        let told = Arc::new(told);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut command = Command::new(tokio::task::spawn_blocking(binary).await.expect("the binary"));
        command.args(["runner", "--url", &url, "--builds-dir"]).arg(dir.path().join("builds"));
        command.env("COUNTERSIGN_RUNNER_TOKEN", TOKEN).stdout(Stdio::null()).stderr(Stdio::null());
        let runner = Process::spawn(&mut command, Some(dir.path()));
        Coordinator { told, dir, _runner: runner }
    }

    /// All calls so far.
    ///
    /// # Panics
    /// A test that panicked holds them.
    pub fn calls(&self) -> Vec<Call> {
        self.told.calls.lock().expect("no panic holds it").clone()
    }

    /// Those of one kind.
    pub fn of(&self, what: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.what == what).collect()
    }

    /// The log as far as it was taken.
    ///
    /// # Panics
    /// A test that panicked holds it.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.told.log.lock().expect("no panic holds it")).into_owned()
    }

    /// Whether the job made a file of that name in the directory `$MARKS`.
    pub fn marked(&self, name: &str) -> bool {
        self.dir.path().join("marks").join(name).exists()
    }

    /// Waits until a call of that kind satisfies the test, and gives it.
    pub async fn call(&self, what: &str, is: impl Fn(&Call) -> bool) -> Call {
        let patience = Duration::from_secs(90);
        crate::wait::until_within(patience, what, || async { self.of(what).into_iter().find(|call| is(call)) }).await
    }

    /// Waits for the last word about the job.
    pub async fn end(&self) -> Call {
        self.call("PUT jobs/101", |call| call.state() != "running").await
    }
}

async fn answer(State(told): State<Arc<Told>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024 * 1024).await.unwrap_or_default();
    let path = head.uri.path().trim_start_matches("/api/v4/").to_owned();
    let (what, query) = (format!("{} {path}", head.method), head.uri.query().unwrap_or_default().to_owned());
    let call = {
        let mut calls = told.calls.lock().expect("no panic holds it");
        let before = calls.iter().filter(|call| call.what == what).count();
        let call = Call { what, query, headers: head.headers, body, before };
        calls.push(call.clone());
        call
    };
    if let Some((status, headers)) = (told.script)(&call) {
        if status == 412 {
            told.log.lock().expect("no panic holds it").clear();
        }
        return reply(status, &headers);
    }
    usual(&told, &head.method, &path, &call).await
}

async fn usual(told: &Told, method: &Method, path: &str, call: &Call) -> Response {
    match (method.as_str(), path) {
        ("POST", "runners/verify") => {
            axum::Json(json!({"id": 7, "token": TOKEN, "token_expires_at": null})).into_response()
        }
        ("POST", "jobs/request") if call.before == 0 => {
            (StatusCode::CREATED, axum::Json(told.job.clone())).into_response()
        }
        ("POST", "jobs/request") => {
            tokio::time::sleep(HELD).await;
            reply(204, &[])
        }
        ("PUT", "jobs/101") => reply(200, &[("Job-Status", "running".into())]),
        ("PATCH", "jobs/101/trace") => {
            let first = call.header("content-range").split('-').next().and_then(|first| first.parse().ok());
            let mut log = told.log.lock().expect("no panic holds it");
            let fits = first == Some(log.len());
            if fits {
                log.extend_from_slice(&call.body);
            }
            let held = format!("0-{}", log.len());
            reply(if fits { 202 } else { 416 }, &[("Job-Status", "running".into()), ("Range", held)])
        }
        ("POST", "jobs/101/artifacts") => reply(201, &[]),
        _ => reply(404, &[]),
    }
}

fn reply(status: u16, headers: &[(&'static str, String)]) -> Response {
    let mut reply = Response::builder().status(status);
    for (name, value) in headers {
        reply = reply.header(*name, value);
    }
    reply.body(Body::empty()).expect("a reply")
}
