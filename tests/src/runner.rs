//! A runner written by hand: it says what gitlab-runner says, and whatever else a test wants it to.

use crate::client::{Body, Reply, finish};
use crate::{Client, Server};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long an empty-handed runner waits for a job that must not come.
pub const MOMENT: Duration = Duration::from_millis(400);
/// How long it may take, on a busy machine, until the server hears that a request was given up.
const GIVING_UP: Duration = Duration::from_millis(200);

/// A runner with its token.
#[derive(Debug, Clone)]
pub struct HandRunner {
    client: Client,
    /// Its token, `glrt-…`.
    pub token: String,
    system_id: String,
}

/// A job it was handed.
#[derive(Debug, Clone)]
pub struct Handed {
    /// The job's id.
    pub id: i64,
    /// The job's token.
    pub token: String,
    /// All of what was said about it.
    pub payload: Value,
    client: Client,
}

impl HandRunner {
    /// A runner with that token, on a machine of its own.
    pub fn new(server: &Server, token: &str) -> HandRunner {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // An address of its own, so that wrong tokens of one test are not counted against another.
        let [_, _, high, low] = NUMBER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let client = Client::from_address(&server.url, Some(Ipv4Addr::new(127, 1, high, low.max(1)).into()));
        HandRunner { client, token: token.to_owned(), system_id: "s_000000000001".into() }
    }

    /// What it says about itself.
    pub fn info() -> Value {
        json!({
            "name": "gitlab-runner", "version": "19.4.0", "revision": "d79f3e7b", "platform": "linux",
            "architecture": "amd64", "executor": "shell", "shell": "bash", "config": {"gpus": ""},
            "features": {
                "variables": true, "artifacts": true, "cancelable": true, "cancel_gracefully": true, "refspecs": true,
                "masking": true, "return_exit_code": true, "trace_reset": true, "trace_checksum": true,
                "trace_size": true, "raw_variables": true, "two_phase_job_commit": true, "image": false,
            },
        })
    }

    fn introduction(&self) -> Value {
        json!({"info": HandRunner::info(), "token": self.token, "system_id": self.system_id})
    }

    /// `POST runners/verify`.
    pub async fn verify(&self) -> Reply {
        let client = self.client.with_header("RUNNER-TOKEN", &self.token);
        client.post("/runners/verify", self.introduction()).await
    }

    /// `POST jobs/request`; `None` if the server holds the request for longer than that.
    pub async fn request(&self, patience: Duration) -> Option<Reply> {
        let client = self.client.with_header("RUNNER-TOKEN", &self.token);
        let request = client.request(Method::POST, "/jobs/request").timeout(patience).json(&self.introduction());
        match finish(request, "POST /jobs/request".into()).await {
            Ok(reply) => Some(reply),
            Err(why) if why.is_timeout() => {
                // What becomes ready before the server hears that the request was given up is still handed to it.
                tokio::time::sleep(GIVING_UP).await;
                None
            }
            Err(why) => panic!("POST /jobs/request: {why:?}"),
        }
    }

    /// A job that must be there.
    ///
    /// # Panics
    /// There is none.
    pub async fn take(&self) -> Handed {
        let reply = self.request(Duration::from_secs(20)).await.expect("an answer");
        let payload = reply.ok(201);
        self.handed(payload)
    }

    /// A job, if there is one within a moment.
    ///
    /// # Panics
    /// The answer is neither a job nor none.
    pub async fn take_if_any(&self, patience: Duration) -> Option<Handed> {
        let reply = self.request(patience).await?;
        match reply.status {
            204 => None,
            _ => Some(self.handed(reply.ok(201))),
        }
    }

    fn handed(&self, payload: Value) -> Handed {
        let id = crate::compare::id(&payload);
        let token = payload["token"].as_str().expect("a job token").to_owned();
        Handed { id, token, payload, client: self.client.clone() }
    }
}

impl Handed {
    /// `PUT jobs/:id` with that state and more fields.
    pub async fn put(&self, state: &str, more: Value) -> Reply {
        let mut body = json!({"info": HandRunner::info(), "token": self.token, "state": state, "output": {}});
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        let client = self.client.with_header("JOB-TOKEN", &self.token);
        client.put(&format!("/jobs/{}", self.id), body).await
    }

    /// Takes the job up.
    pub async fn acknowledge(&self) -> Reply {
        self.put("running", json!({})).await
    }

    /// Ends it well, as that must be accepted.
    ///
    /// # Panics
    /// It was not.
    pub async fn succeed(&self) {
        assert_eq!(self.acknowledge().await.status, 200);
        let done = self.put("success", json!({})).await;
        assert_eq!(done.status, 200, "{done:?}");
    }

    /// `PATCH jobs/:id/trace` with that piece of the log from the byte `first` on.
    pub async fn trace(&self, first: usize, piece: &str) -> Reply {
        let client = self.client.with_header("JOB-TOKEN", &self.token);
        let path = format!("/jobs/{}/trace?debug_trace=false", self.id);
        let range = format!("{first}-{}", (first + piece.len()).saturating_sub(1));
        let request = client.request(Method::PATCH, &path).header("Content-Range", &range);
        let request = request.header("Content-Type", "text/plain").body(piece.to_owned());
        finish(request, format!("PATCH {path} {range}")).await.expect("the server answers")
    }

    /// `POST jobs/:id/artifacts` with a file in the part `field`; `query` says what it is.
    pub async fn bring(&self, query: &str, field: &str, content: impl Into<Vec<u8>>) -> Reply {
        let form = Form::new().part(field.to_owned(), Part::bytes(content.into()).file_name("artifacts.zip"));
        let path = format!("/jobs/{}/artifacts{query}", self.id);
        let request = self.client().request(Method::POST, &path).multipart(form);
        finish(request, format!("POST {path}")).await.expect("the server answers")
    }

    /// A client with the job's token.
    pub fn client(&self) -> Client {
        self.client.with_header("JOB-TOKEN", &self.token)
    }

    /// `GET` with the job's token.
    pub async fn get(&self, path: &str) -> Reply {
        self.client().send(Method::GET, path, Body::Empty).await
    }
}
