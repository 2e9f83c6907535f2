//! The real git client against the real handlers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hostile;
mod pushes;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use countersign_app::git::{GitSettings, Repositories};
use countersign_domain::event::By;
use countersign_domain::ids::{TokenId, UserId};

use super::*;
use crate::listen::Limits;

/// How long a client may take nothing of an answer here.
const STALL: Duration = Duration::from_secs(2);

/// A server for project 1 whose rules a test can change.
#[derive(Clone)]
struct Server {
    dir: Arc<tempfile::TempDir>,
    repositories: Arc<Repositories>,
    rules: Arc<Mutex<Rules>>,
    seen: Arc<Mutex<Vec<RefUpdate>>>,
    pushed: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    room: Room,
    url: String,
}

#[derive(Clone)]
struct Rules {
    verdict: PushVerdict,
    may_push: bool,
    pipeline_refs: bool,
    limits: GitLimits,
}

impl Server {
    async fn start() -> Self {
        Self::with(GitSettings::default()).await
    }

    async fn with(settings: GitSettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(&dir.path().join("data"), settings).unwrap();
        repositories.create(1, "main").unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rules = Rules {
            verdict: PushVerdict::Accepted { only_grow: Vec::new() },
            may_push: true,
            pipeline_refs: false,
            limits: GitLimits::default(),
        };
        let server = Self {
            url: format!("http://{}/group/project.git", listener.local_addr().unwrap()),
            dir: Arc::new(dir),
            repositories: Arc::new(repositories),
            rules: Arc::new(Mutex::new(rules)),
            seen: Arc::default(),
            pushed: Arc::default(),
            requests: Arc::default(),
            room: Room::of(2, 1),
        };
        let router = Router::new().fallback(handle).with_state(server.clone());
        let patience = Limits { stall: STALL, ..Limits::USUAL };
        tokio::spawn(async move { crate::listen::run(listener, router, patience, std::future::pending()).await });
        server.git(&["init", "-q", "-b", "main", "work"]).await;
        server
    }

    fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules.lock().unwrap());
    }

    fn work(&self, path: &str) -> std::path::PathBuf {
        self.dir.path().join("work").join(path)
    }

    async fn commit(&self, message: &str) -> String {
        self.git(&["-C", "work", "add", "-A"]).await;
        self.git(&["-C", "work", "commit", "-q", "--allow-empty", "-m", message]).await;
        self.git(&["-C", "work", "rev-parse", "HEAD"]).await
    }

    /// Pushes from the work tree: whether it worked, and all git said.
    async fn push(&self, arguments: &[&str]) -> (bool, String) {
        self.try_git(&[&["-C", "work", "push", &self.url], arguments].concat()).await
    }

    async fn git(&self, arguments: &[&str]) -> String {
        let (ok, text) = self.try_git(arguments).await;
        assert!(ok, "git {arguments:?}: {text}");
        text.trim().to_owned()
    }

    async fn try_git(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = tokio::process::Command::new("git");
        command.current_dir(self.dir.path()).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_TERMINAL_PROMPT", "0").env("NO_PROXY", "127.0.0.1").env_remove("http_proxy");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        let done = command.output().await.unwrap();
        let text = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8_lossy(&text).into_owned())
    }
}

/// Who pushes in these tests.
fn pusher() -> By {
    By { user: Some(UserId(7)), token: Some(TokenId(9)), ..By::default() }
}

async fn handle(State(server): State<Server>, request: Request) -> Response {
    let number = server.requests.fetch_add(1, Ordering::SeqCst);
    let rules = server.rules.lock().unwrap().clone();
    let push = PushIdentity { by: pusher(), project_id: 1, push_id: format!("push-{number}") };
    let access = GitAccess {
        repository: server.repositories.path(1),
        push: rules.may_push.then_some(push),
        pipeline_refs: rules.pipeline_refs,
    };
    let git = server.repositories.git().clone();
    let host = Host { git, limits: rules.limits, room: server.room.clone(), client: Client::person(7) };
    let path = request.uri().path().to_owned();
    match path.strip_prefix("/group/project.git/") {
        Some("info/refs") => info_refs(&host, &access, request).await,
        Some("git-upload-pack") => upload_pack(&host, &access, request).await,
        Some("git-receive-pack") => {
            let (seen, pushed, rules) = (server.seen.clone(), server.pushed.clone(), server.rules.clone());
            let check = move |updates: &[RefUpdate]| {
                *seen.lock().unwrap() = updates.to_vec();
                rules.lock().unwrap().verdict.clone()
            };
            let on_pushed = move || {
                // Long enough that a client that did not wait for it would be caught.
                std::thread::sleep(Duration::from_millis(300));
                pushed.fetch_add(1, Ordering::SeqCst);
            };
            receive_pack(&host, &access, request, check, on_pushed).await
        }
        _ => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}

/// Text that hardly compresses.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn write(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
}
