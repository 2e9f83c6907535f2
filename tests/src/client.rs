//! A person's (or nobody's) view of the REST API.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

/// How long one request may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(90);

/// A client with the credentials of one person.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// The server's address, without `/api/v4`.
    pub server: String,
    credentials: Option<(&'static str, String)>,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// Any text, of that content type.
    Text(&'static str, String),
}

impl From<Value> for Body {
    fn from(value: Value) -> Body {
        Body::Json(value)
    }
}

impl Body {
    /// A form as curl's `--data` sends it.
    pub fn form(text: impl Into<String>) -> Body {
        Body::Text("application/x-www-form-urlencoded", text.into())
    }

    /// A form as browsers and clients with files send it.
    pub fn multipart(fields: &[(&str, &str)]) -> Body {
        let part = |(name, value): &(&str, &str)| {
            format!("--b0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let text = fields.iter().map(part).collect::<String>() + "--b0--\r\n";
        Body::Text("multipart/form-data; boundary=b0", text)
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    request: String,
}

impl Client {
    /// Nobody in particular, at that address.
    pub fn new(server: &str) -> Client {
        Client::from_address(server, None)
    }

    /// Nobody in particular, whose requests come from that address of this machine.
    pub fn from_address(server: &str, address: Option<IpAddr>) -> Client {
        // Somebody may have installed it before; that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).local_address(address);
        let http = http.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Client { http, server: server.to_owned(), credentials: None }
    }

    /// The same with a personal access token, sent as `PRIVATE-TOKEN`.
    pub fn with_token(&self, token: &str) -> Client {
        self.with_header("PRIVATE-TOKEN", token)
    }

    /// The same with any one header.
    pub fn with_header(&self, name: &'static str, value: &str) -> Client {
        Client { credentials: Some((name, value.to_owned())), ..self.clone() }
    }

    /// A request below `/api/v4`, ready to be changed and sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v4{path}", self.server));
        match &self.credentials {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    /// Sends a request; an error is one of the connection.
    pub async fn try_send(&self, method: Method, path: &str, body: impl Into<Body>) -> reqwest::Result<Reply> {
        let body = body.into();
        let request = self.request(method.clone(), path);
        let request = match &body {
            Body::Empty => request,
            Body::Json(value) => request.json(value),
            Body::Text(kind, text) => request.header(CONTENT_TYPE, *kind).body(text.clone()),
        };
        let mut told = format!("{method} {path}");
        match &body {
            Body::Empty => {}
            Body::Json(value) => drop(write!(told, " {value}")),
            Body::Text(_, text) => drop(write!(told, " {text}")),
        }
        told.truncate(told.char_indices().nth(500).map_or(told.len(), |(at, _)| at));
        finish(request, told).await
    }

    /// Sends a request.
    ///
    /// # Panics
    /// The connection broke.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        let told = format!("{method} {path}");
        self.try_send(method, path, body).await.unwrap_or_else(|why| panic!("{told}: {why:?}"))
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Body::Empty).await
    }

    /// `GET` of an address that is not below `/api/v4`.
    ///
    /// # Panics
    /// The connection broke.
    pub async fn at_root(&self, path: &str) -> Reply {
        let request = self.http.get(format!("{}{path}", self.server));
        let request = match &self.credentials {
            Some((name, value)) => request.header(*name, value),
            None => request,
        };
        finish(request, format!("GET {path}")).await.unwrap_or_else(|why| panic!("GET {path}: {why:?}"))
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        self.send(Method::POST, path, body).await
    }

    /// `PUT`.
    pub async fn put(&self, path: &str, body: impl Into<Body>) -> Reply {
        self.send(Method::PUT, path, body).await
    }

    /// `PATCH`.
    pub async fn patch(&self, path: &str, body: impl Into<Body>) -> Reply {
        self.send(Method::PATCH, path, body).await
    }

    /// `DELETE`, without a body.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Body::Empty).await
    }
}

/// Sends a request that was put together by hand.
///
/// # Errors
/// The connection broke.
pub async fn finish(request: RequestBuilder, told: String) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Reply { status, headers, text: response.text().await?, request: told })
}

impl Reply {
    /// The body as JSON; null where it is empty or none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body as JSON, if the status is this one.
    ///
    /// # Panics
    /// It is another.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}\n  answered {} {}", self.request, self.status, self.text);
        self.json()
    }

    /// The body of a refusal: that status, a JSON object that gives a reason, and no word of the server's insides.
    ///
    /// # Panics
    /// It is none.
    #[track_caller]
    pub fn refused(&self, status: u16) -> Value {
        let body = self.ok(status);
        let reason = body.get("message").or(body.get("error"));
        assert!(reason.is_some_and(|it| !it.is_null()), "{}: no reason in {}", self.request, self.text);
        body
    }

    /// As [`Reply::refused`], with a stable code.
    ///
    /// # Panics
    /// It is none, or the code is another.
    #[track_caller]
    pub fn refused_as(&self, status: u16, code: &str) -> Value {
        let body = self.refused(status);
        assert_eq!(body["code"], code, "{}\n  answered {}", self.request, self.text);
        body
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}
