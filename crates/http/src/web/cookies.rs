//! Cookies: who is signed in, which browser fills in a form, and what the next page tells. None is readable by scripts,
//! and where the server is reached over https all are sent over that only.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use countersign_domain::session::LIFE_MS;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jar {
    /// The secret of a session.
    Session,
    /// A random mark of a browser nobody is signed in with, which ties forms to it.
    Visit,
    /// What the next page is to tell.
    Flash,
}

impl Jar {
    /// The name; the prefix makes browsers refuse one that another host or an unencrypted page sets.
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Jar::Session, true) => "__Host-countersign_session",
            (Jar::Session, false) => "countersign_session",
            (Jar::Visit, true) => "__Host-countersign_visit",
            (Jar::Visit, false) => "countersign_visit",
            (Jar::Flash, true) => "__Host-countersign_flash",
            (Jar::Flash, false) => "countersign_flash",
        }
    }

    /// How long it is kept, in seconds; none: until the browser is closed.
    fn max_age(self) -> Option<i64> {
        match self {
            Jar::Session => Some(LIFE_MS / 1000),
            Jar::Visit => None,
            Jar::Flash => Some(60),
        }
    }

    /// The value that the browser sent; an empty one is none.
    pub(crate) fn read(self, headers: &HeaderMap, secure: bool) -> Option<String> {
        let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.name(secure)).map(|(_, value)| value.to_owned()).filter(|v| !v.is_empty())
    }

    /// Has the browser keep a value.
    pub(crate) fn set(self, on: &mut Response, value: &str, secure: bool) {
        self.put(on, value, self.max_age(), secure);
    }

    /// Has the browser forget it.
    pub(crate) fn clear(self, on: &mut Response, secure: bool) {
        self.put(on, "", Some(0), secure);
    }

    fn put(self, on: &mut Response, value: &str, max_age: Option<i64>, secure: bool) {
        let age = max_age.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
        let only = if secure { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/{age}; HttpOnly; SameSite=Lax{only}", self.name(secure));
        if let Ok(line) = HeaderValue::try_from(text) {
            on.headers_mut().append(SET_COOKIE, line);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use axum::response::IntoResponse;

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_other_hosts() {
        let mut reply = ().into_response();
        Jar::Session.set(&mut reply, "abc", true);
        let line = reply.headers()[SET_COOKIE].to_str().unwrap();
        assert_eq!(line, "__Host-countersign_session=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure");
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=b; countersign_session=x=y; countersign_visit="));
        assert_eq!(Jar::Session.read(&headers, false), Some("x=y".into()));
        assert_eq!(Jar::Session.read(&headers, true), None);
        assert_eq!(Jar::Visit.read(&headers, false), None);
    }
}
