//! Under which address the client reached this server.

use axum::http::Uri;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use std::sync::Arc;

/// The configured external URL, as a request extension (an [`Arc`] of it); without it, forwarding headers are not
/// trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalUrl {
    /// Without a trailing slash.
    text: String,
    authority: Authority,
}

impl ExternalUrl {
    /// Reads `https://host[:port][/prefix]`; nothing when it is not such a URL.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority().filter(|_| web && uri.query().is_none())?.clone();
        Some(Self { text: text.trim_end_matches('/').to_owned(), authority })
    }
}

/// Scheme and host as the client knows them, without a trailing slash.
pub(super) fn origin(parts: &Parts) -> String {
    let external = parts.extensions.get::<Arc<ExternalUrl>>();
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    match (external, host.or_else(|| parts.uri.authority().cloned())) {
        (Some(external), Some(host)) if host != external.authority => format!("{}://{host}", forwarded(parts)),
        (Some(external), _) => external.text.clone(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => "http://localhost".to_owned(),
    }
}

/// The scheme a trusted proxy names.
fn forwarded(parts: &Parts) -> &'static str {
    match parts.headers.get("x-forwarded-proto").map(|proto| proto.as_bytes()) {
        Some(b"https") => "https",
        _ => "http",
    }
}
