//! Makes the requests of the story, tells them, and holds every claim against the reply.

use super::call::Call;
use super::json;
use super::untruth::Untruth;
use super::voice::Voice;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a claim may take to come true, where it may take any time.
const PATIENCE: Duration = Duration::from_secs(20);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// The header that a personal access token travels in.
const TOKEN_HEADER: &str = "PRIVATE-TOKEN";

/// The story as it is told.
pub(super) struct Story {
    voice: Voice,
    http: reqwest::Client,
    api: String,
    requests: Cell<usize>,
    checks: Cell<usize>,
}

impl Story {
    /// A story played against the server at `url`.
    ///
    /// # Errors
    /// No HTTP client can be set up.
    pub(super) fn new(voice: Voice, url: &str) -> anyhow::Result<Story> {
        // A second installation in the same process is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The server speaks plain HTTP on this machine: no certificates and no proxy are needed.
        let http = reqwest::Client::builder().tls_certs_only([]).no_proxy().timeout(PATIENCE).build()?;
        Ok(Story { voice, http, api: format!("{url}/api/v4"), requests: Cell::default(), checks: Cell::default() })
    }

    /// Who tells it.
    pub(super) fn voice(&self) -> Voice {
        self.voice
    }

    /// How many requests were made.
    pub(super) fn requests(&self) -> usize {
        self.requests.get()
    }

    /// How many claims were checked.
    pub(super) fn checks(&self) -> usize {
        self.checks.get()
    }

    /// Counts a claim that was checked elsewhere.
    pub(super) fn checked(&self) {
        self.checks.set(self.checks.get() + 1);
    }

    /// Makes a request, tells it, and checks all that is claimed about it; the reply's body.
    ///
    /// # Errors
    /// The first claim that does not hold, or the request itself.
    pub(super) async fn make(&self, call: Call<'_>) -> anyhow::Result<Value> {
        if !call.quiet {
            let body = call.body.as_ref().map(json::short_line);
            self.voice.request(&call.asked(), &call.by.token_label(), body.as_deref());
        }
        let patience = Instant::now() + PATIENCE;
        let (status, reply) = loop {
            let (status, reply) = self.send(&call).await?;
            match call.broken_by(status, &reply) {
                None => break (status, reply),
                Some(_) if call.patient && Instant::now() < patience => sleep(PAUSE).await,
                Some((expected, came)) => return Err(Untruth::new(call.asked(), expected, came).into()),
            }
        };
        self.checks.set(self.checks.get() + 1 + call.claims.len());
        if !call.quiet {
            self.voice.reply(status, &call.shows(&reply));
        }
        Ok(reply)
    }

    async fn send(&self, call: &Call<'_>) -> anyhow::Result<(u16, Value)> {
        let request = self.http.request(call.method.clone(), format!("{}{}", self.api, call.path));
        let request = request.header(TOKEN_HEADER, &call.by.token);
        let request = match &call.body {
            Some(body) => request.json(body),
            None => request,
        };
        self.requests.set(self.requests.get() + 1);
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}

/// The number at a part of a reply.
///
/// # Errors
/// There is none.
pub(super) fn number(reply: &Value, part: &str) -> anyhow::Result<i64> {
    let found = json::at(reply, part);
    found.and_then(Value::as_i64).ok_or_else(|| missing(part, "a number", reply).into())
}

/// The text at a part of a reply.
///
/// # Errors
/// There is none.
pub(super) fn text(reply: &Value, part: &str) -> anyhow::Result<String> {
    let found = json::at(reply, part).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| missing(part, "a text", reply).into())
}

fn missing(part: &str, what: &str, reply: &Value) -> Untruth {
    Untruth::new("a reply", format!("{part} to be {what}"), json::line(reply))
}
