//! The resources of people and places, request by request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod deployments;
mod groups;
mod instance;
mod members;
mod mirrors;
mod pipelines;
mod projects;
mod statements;
mod tokens;
mod users;

use crate::Door;
use crate::state::{AppState, Bounds};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use countersign_app::git::{GitSettings, Repositories};
use countersign_app::{App, Config, bootstrap, vault};
use countersign_domain::event::By;
use countersign_store::{Config as StoreConfig, Intent, Store};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;

/// The first administrator's token.
const ROOT: &str = "glpat-root-root-root-root";

/// A server without a listener.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    door: Door,
    _dir: TempDir,
}

/// What a request was answered.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Server {
    pub(crate) fn new() -> Server {
        Server::configured(|_| ())
    }

    fn configured(change: impl FnOnce(&mut Config)) -> Server {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig::Sqlite { path: dir.path().join("db"), readers: 1 }).unwrap();
        let repositories = Repositories::new(dir.path(), GitSettings::default()).unwrap();
        let mut config = Config::new(dir.path().to_owned(), "http://countersign.test".into());
        config.vault = vault::open(&store, dir.path(), None).unwrap();
        change(&mut config);
        let prepared = bootstrap::prepare("long enough", ROOT).unwrap();
        let now = countersign_app::now();
        let root = move |tx: &mut countersign_app::Tx<'_>| bootstrap::administrator(tx, &prepared, now);
        store.write_blocking(By::default(), now, Intent::Edit, root).unwrap();
        let app = Arc::new(App::new(store, repositories, config));
        Server { door: Door::new(Arc::clone(&app)), app, _dir: dir }
    }

    /// A request with a JSON body, unless that is null.
    async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Reply {
        self.send(request(token, method, path, body)).await
    }

    /// The same server, whose clients are limited otherwise.
    fn bounded(self, bounds: Bounds) -> Server {
        let door = Door::of(AppState(Arc::clone(&self.app), Arc::new(bounds)));
        Server { door, ..self }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let reply = self.answer(request).await;
        assert!(reply.status.as_u16() < 500, "{} {}", reply.status, reply.body);
        reply
    }

    async fn answer(&self, request: Request<Body>) -> Reply {
        let response = self.door.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, token: &str, path: &str) -> Reply {
        self.ask(token, "GET", path, Value::Null).await
    }

    async fn post(&self, token: &str, path: &str, body: Value) -> Reply {
        self.ask(token, "POST", path, body).await
    }

    /// A new user's id and token.
    async fn user(&self, name: &str) -> (i64, String) {
        let email = format!("{name}@example.org");
        let new = json!({"username": name, "name": name, "email": email, "force_random_password": true});
        let made = self.post(ROOT, "/users", new).await.is(201);
        let id = made["id"].as_i64().unwrap();
        (id, self.token(id, json!(["api"])).await)
    }

    async fn token(&self, user: i64, scopes: Value) -> String {
        let path = format!("/users/{user}/personal_access_tokens");
        let made = self.post(ROOT, &path, json!({"name": "test", "scopes": scopes})).await.is(201);
        made["token"].as_str().unwrap().to_owned()
    }

    async fn group(&self, token: &str, path: &str) -> i64 {
        let made = self.post(token, "/groups", json!({"name": path, "path": path})).await.is(201);
        made["id"].as_i64().unwrap()
    }
}

fn request(token: &str, method: &str, path: &str, body: Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/api/v4{path}"));
    if !token.is_empty() {
        request = request.header("PRIVATE-TOKEN", token);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    request.header("content-type", "application/json").body(body).unwrap()
}

impl Reply {
    /// The body of a reply with that status.
    fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}
