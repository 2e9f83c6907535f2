//! What keeps other sites from filling in our forms: every form carries a seal that only the pages of this browser know,
//! and must come from here.
//!
//! Pages are compressed, and some repeat what their address asked for. Whoever could make a browser fetch such pages and
//! count their bytes would learn a secret that is the same in each, so the seal is another on every page.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use countersign_domain::token;
use subtle::ConstantTimeEq;

/// The name of the field.
pub(crate) const FIELD: &str = "seal";

/// A seal of forms for a browser with that cookie, another each time.
pub(crate) fn of(cookie: &str) -> String {
    // Without a source of randomness the seal is always the same, and still holds.
    let mut salt = [0_u8; 16];
    let _ = getrandom::fill(&mut salt);
    salted(&token::hex(&salt), cookie)
}

/// The seal with that salt: the salt, and what only those can tell who know the cookie.
fn salted(salt: &str, cookie: &str) -> String {
    format!("{salt}-{}", token::hex(&token::hash(&format!("seal of forms {salt} {cookie}"))))
}

/// Whether a form may be taken: it carries the seal of the browser's cookie, and no other site sent it.
pub(crate) fn holds(given: &str, cookie: &str, headers: &HeaderMap, external_url: &str) -> bool {
    let (salt, _) = given.split_once('-').unwrap_or_default();
    let right: bool = given.as_bytes().ct_eq(salted(salt, cookie).as_bytes()).into();
    right && from_here(headers, external_url)
}

/// Whether the browser says that the form was sent by a page of ours. Old ones say nothing; then the seal decides.
fn from_here(headers: &HeaderMap, external_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin_of(external_url).as_deref() == Some(origin) || (host.is_some() && host == text(HOST.as_str()))
}

/// Scheme and host of an address.
fn origin_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn every_page_has_another_seal_and_no_other_text_is_one() {
        let (first, second) = (of("cookie"), of("cookie"));
        assert_ne!(first, second);
        let swapped = format!("{}{}", &first[..32], &second[32..]);
        for (given, expected) in
            [(&*first, true), (&*second, true), (&*swapped, false), ("", false), ("-", false), (&first[33..], false)]
        {
            assert_eq!(holds(given, "cookie", &HeaderMap::new(), "https://sign.test"), expected, "{given}");
        }
    }

    #[test]
    fn a_form_is_taken_from_our_own_pages_only() {
        let rows: [(&[(&str, &str)], bool); 8] = [
            (&[], true),
            (&[("origin", "https://sign.test")], true),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "https://evil.test"), ("host", "sign.test")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://sign.test")], true),
        ];
        for (sent, expected) in rows {
            let pair = |(name, value): &(&str, &str)| {
                (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
            };
            let headers: HeaderMap = sent.iter().map(pair).collect();
            assert_eq!(holds(&of("cookie"), "cookie", &headers, "https://sign.test"), expected, "{sent:?}");
            assert!(!holds(&of("other"), "cookie", &headers, "https://sign.test"));
        }
    }
}
