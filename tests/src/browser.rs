//! A browser without scripts: keeps cookies, follows no redirect by itself, and fills in the forms of the page it sees.

use crate::client::finish;
use crate::{Events, Person, Reply, Server};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What it calls itself, as browsers do.
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36";

/// One browser of one person.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    /// The server's address.
    pub server: String,
    /// What `Origin` it sends with forms; none sends none.
    pub origin: Option<String>,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// A new one, which has never been anywhere.
    pub fn new(server: &Server) -> Browser {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let http = http.user_agent(AGENT).build().expect("a client");
        Browser { http, server: server.url.clone(), origin: Some(server.url.clone()), cookies: Mutex::default() }
    }

    /// A new one, in which somebody has signed in.
    ///
    /// # Panics
    /// They could not.
    pub async fn signed_in(server: &Server, name: &str, password: &str) -> Browser {
        let browser = Browser::new(server);
        let reply = browser.sign_in(name, password, "").await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        browser
    }

    /// A new one, in which somebody has signed in who had no password yet: the administrator gives them one, and they
    /// change it.
    ///
    /// # Panics
    /// They could not.
    pub async fn of(server: &Server, person: &Person) -> Browser {
        let (given, own) = ("chosen by another", "a password of my own");
        server.root().put(&format!("/users/{}", person.id), json!({"password": given})).await.ok(200);
        let browser = Browser::signed_in(server, &person.username, given).await;
        let at = "/-/user_settings/password";
        let changed = browser.submit(at, at, &[("current", given), ("new", own), ("again", own)]).await;
        assert_eq!(changed.status, 303, "{}", changed.text);
        browser
    }

    /// Opens the sign-in page and sends its form.
    pub async fn sign_in(&self, name: &str, password: &str, return_to: &str) -> Reply {
        let page = self.get("/users/sign_in").await;
        let fields = [("name", name), ("password", password), ("return_to", return_to), ("seal", &seal(&page.text))];
        self.send("/users/sign_in", &fields).await
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None).await
    }

    /// Opens a page as an open page fetches itself.
    pub async fn get_live(&self, path: &str) -> Reply {
        let told = format!("GET {path}, by itself");
        let request = self.http.get(format!("{}{path}", self.server)).header("X-Live", "1");
        finish(request.header(COOKIE, self.cookie_line()), told).await.expect("the server answers")
    }

    /// Opens a page and follows redirects, of which there are few.
    pub async fn open(&self, path: &str) -> Reply {
        let mut reply = self.get(path).await;
        for _ in 0..4 {
            let Some(to) = reply.headers.get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned) else {
                break;
            };
            reply = self.get(&to).await;
        }
        reply
    }

    /// Opens the stream of the page `at` as the page does; `last` is the id of the event that it got last, if any.
    ///
    /// # Panics
    /// The server does not answer.
    pub async fn follow(&self, page: &str, last: Option<&str>) -> Events {
        let text = self.get(page).await.text;
        let of = |name: &str| {
            let found = text.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
            found.unwrap_or_else(|| panic!("no {name} in {text}")).0.replace("&#38;", "&")
        };
        let (stream, since) = (of("data-stream"), of("data-since"));
        let sign = if stream.contains('?') { '&' } else { '?' };
        self.stream(&format!("{stream}{sign}since={since}"), last).await
    }

    /// Opens a stream of events.
    ///
    /// # Panics
    /// The server does not answer.
    pub async fn stream(&self, path: &str, last: Option<&str>) -> Events {
        let request = self.http.get(format!("{}{path}", self.server)).header("Accept", "text/event-stream");
        let request = request.header(COOKIE, self.cookie_line());
        let request = match last {
            Some(id) => request.header("Last-Event-ID", id),
            None => request,
        };
        Events::of(request.send().await.expect("the server answers"))
    }

    fn cookie_line(&self) -> String {
        let cookies = self.cookies.lock().expect("no panic holds it");
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Opens the page `at` and sends a form with its seal to `to`.
    pub async fn submit(&self, at: &str, to: &str, fields: &[(&str, &str)]) -> Reply {
        let seal = seal(&self.get(at).await.text);
        let fields: Vec<_> = fields.iter().copied().chain([("seal", seal.as_str())]).collect();
        self.send(to, &fields).await
    }

    /// Sends a form as it is.
    pub async fn send(&self, to: &str, fields: &[(&str, &str)]) -> Reply {
        let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        self.ask(Method::POST, to, Some(pairs.join("&"))).await
    }

    /// The value of the cookie whose name ends so; empty if there is none.
    pub fn cookie(&self, ending: &str) -> String {
        let cookies = self.cookies.lock().expect("no panic holds it");
        cookies.iter().find(|(name, _)| name.ends_with(ending)).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Sets a cookie.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("no panic holds it").insert(name.to_owned(), value.to_owned());
    }

    async fn ask(&self, method: Method, path: &str, form: Option<String>) -> Reply {
        let told = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.server)).header("Accept", "text/html");
        let cookies = self.cookie_line();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        if let Some(form) = form {
            request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
            if let Some(origin) = &self.origin {
                request = request.header("Origin", origin);
            }
        }
        let reply = finish(request, told).await.expect("the server answers");
        self.keep(&reply);
        reply
    }

    fn keep(&self, reply: &Reply) {
        let mut cookies = self.cookies.lock().expect("no panic holds it");
        for line in reply.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                cookies.remove(name)
            } else {
                cookies.insert(name.to_owned(), value.to_owned())
            };
        }
    }
}

/// The seal of the forms of a page; empty if there is none.
pub fn seal(page: &str) -> String {
    hidden(page, "seal")
}

/// The value of the first hidden field of that name on a page; empty if there is none.
pub fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let found = page.split_once(&mark).and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(value, _)| value.to_owned()).unwrap_or_default()
}
