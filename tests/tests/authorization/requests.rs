//! How a valid request of each row is made: the answer then says who may, and nothing else.

mod access_tokens;
mod deployments;
mod groups;
mod instance;
mod jobs;
mod members;
mod projects;
mod protections;
mod reading;
mod repository;
mod runners;
mod tokens;
mod triggers;
mod users;
mod variables;

use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use countersign_tests::{Body, Client, Reply};
use reqwest::Method;
use serde_json::{Value, json};

/// Operations that have more than one row.
pub(crate) const VARIANTS: &[(&str, &[&str])] = &[
    ("DELETE /personal_access_tokens/{token_id}", &["own", "of somebody else"]),
    ("DELETE /projects/{id}/environments/{environment_id}", &["", PROTECTED]),
    ("DELETE /projects/{id}/repository/branches/{branch}", &["", "protected"]),
    ("GET /groups/{id}", &["", "of the testers"]),
    ("GET /groups/{id}/members", &["", "of the testers"]),
    ("GET /personal_access_tokens/{token_id}", &["own", "of somebody else"]),
    ("GET /projects/{id}/deployments/{deployment_id}", &["", PROTECTED]),
    ("GET /projects/{id}/environments/{environment_id}", &["", PROTECTED]),
    ("GET /projects/{id}/jobs/{job_id}", &["", PROTECTED]),
    ("GET /projects/{id}/jobs/{job_id}/trace", &["", PROTECTED]),
    ("GET /users/{id}", &["oneself", "somebody else"]),
    ("POST /groups", &["at the top", "in the group"]),
    ("POST /personal_access_tokens/{token_id}/rotate", &["own", "of somebody else"]),
    ("POST /projects", &["of one's own", "in the group"]),
    ("POST /projects/{id}/deployments", &["", "success", PROTECTED, "production, success"]),
    ("POST /projects/{id}/deployments/{deployment_id}/approval", &["approved", "rejected"]),
    ("POST /projects/{id}/environments", &["", "of another tier than its name says"]),
    ("POST /projects/{id}/environments/{environment_id}/stop", &["", PROTECTED]),
    ("POST /projects/{id}/jobs/{job_id}/cancel", &["", PROTECTED]),
    ("POST /projects/{id}/jobs/{job_id}/erase", &["", PROTECTED]),
    ("POST /projects/{id}/jobs/{job_id}/play", &["", "review", PROTECTED, "production, blocked"]),
    ("POST /projects/{id}/jobs/{job_id}/retry", &["", PROTECTED]),
    ("POST /projects/{id}/repository/commits", &["to a new branch", "to a protected branch"]),
    ("POST /user/runners", &["instance_type", "group_type", "project_type"]),
    ("PUT /projects/{id}/deployments/{deployment_id}", &["", PROTECTED, "production, blocked"]),
    ("PUT /projects/{id}/environments/{environment_id}", &["", PROTECTED]),
];

/// The variant that concerns an environment of the protected tier.
pub(crate) const PROTECTED: &str = "production";

/// A request that makes sense, whoever sends it.
pub(crate) struct Request {
    method: Method,
    path: String,
    body: Body,
    /// The token and client that send it, if not the actor's own.
    by: Option<(Option<i64>, Client)>,
    /// Whether nobody else may use the same.
    pub(crate) once: bool,
}

impl Request {
    /// The request of a row, about these ids.
    fn new(row: &Row, ids: &[(&str, i64)]) -> Request {
        let request =
            Request { method: row.method(), path: row.path().into(), body: Body::Empty, by: None, once: false };
        ids.iter().fold(request, |request, (name, id)| request.at(name, &id.to_string()))
    }

    /// With a word in the path.
    fn at(mut self, name: &str, word: &str) -> Request {
        self.path = self.path.replace(&format!("{{{name}}}"), word);
        self
    }

    /// With parameters in the address.
    fn query(mut self, query: &str) -> Request {
        self.path = format!("{}?{query}", self.path);
        self
    }

    /// With a body.
    fn body(mut self, body: Value) -> Request {
        self.body = body.into();
        self
    }

    /// Made for one person only.
    fn once(mut self) -> Request {
        self.once = true;
        self
    }

    /// Which token it is sent with, by that actor.
    pub(crate) fn token(&self, actor: &Actor) -> Option<i64> {
        self.by.as_ref().map_or(actor.token, |(token, _)| *token)
    }

    /// Sends it, as the one of that number.
    pub(crate) async fn send(&self, actor: &Actor, number: usize) -> Reply {
        assert!(!self.path.contains('{'), "{} lacks a parameter", self.path);
        let client = self.by.as_ref().map_or(actor.client(number), |(_, client)| client);
        client.send(self.method.clone(), &self.path, self.body.clone()).await
    }
}

/// The request of a row for that actor, about fresh things.
///
/// # Panics
/// Nobody has said how one is made: a new route needs a row in one of the files of this directory.
pub(crate) async fn request(site: &Site, row: &Row, actor: &Actor) -> Request {
    if row.reads() {
        return reading::request(site, row, actor).await;
    }
    macro_rules! first {
        ($($module:ident),*) => { $(if let Some(request) = $module::request(site, row, actor).await { return request; })* };
    }
    first!(
        access_tokens,
        triggers,
        deployments,
        groups,
        instance,
        jobs,
        members,
        projects,
        protections,
        repository,
        runners,
        tokens,
        triggers,
        users,
        variables
    );
    panic!("no row says how to make a request of {row}: see CONTRIBUTING.md, \"A new route\"");
}

/// An empty JSON object, as clients send it where nothing is to be said.
fn nothing() -> Value {
    json!({})
}
