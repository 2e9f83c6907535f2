//! The `Link` header. Some clients split it at every `,` and `;`, so its URLs hold neither.

use std::fmt::Write;

use axum::extract::OriginalUri;
use axum::http::Uri;
use axum::http::request::Parts;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::origin::origin;
use crate::path::RequestUri;

/// What must not stand raw in the URL of a link. `%` stays: the text is escaped already.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'<').add(b'>').add(b'\\').add(b'`');

/// The parameters that are not repeated: the page's own, and a token, which must not get into logs and histories.
const DROPPED: [&str; 4] = ["page", "per_page", "cursor", "private_token"];

/// The absolute address of the list as the client wrote it, without the [`DROPPED`] parameters, ending in `?` or `&`.
pub(super) fn address(parts: &Parts) -> String {
    let uri = sent(parts);
    let mut address = origin(parts);
    address.extend(utf8_percent_encode(uri.path(), UNSAFE));
    address.push('?');
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_dropped(pair)) {
        address.extend(utf8_percent_encode(pair, UNSAFE));
        address.push('&');
    }
    address
}

/// The header's value: `<url>; rel="next"`, one per page that exists.
pub(super) fn header(address: &str, size: i64, links: &[(&str, Option<i64>)]) -> String {
    let mut text = String::new();
    for (rel, page) in links {
        if let Some(page) = page {
            let comma = if text.is_empty() { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(text, "{comma}<{address}page={page}&per_page={size}>; rel=\"{rel}\"");
        }
    }
    text
}

/// The header's value for a list that goes by keys: the next page, which begins behind the cursor.
pub(super) fn behind(address: &str, size: i64, cursor: &str) -> String {
    format!("<{address}cursor={cursor}&per_page={size}>; rel=\"next\"")
}

/// The URI before routing changed it.
fn sent(parts: &Parts) -> &Uri {
    let routed = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    parts.extensions.get::<RequestUri>().map_or(routed, |sent| &sent.0)
}

fn is_dropped(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
    let name = percent_decode_str(&name).decode_utf8_lossy();
    DROPPED.contains(&name.as_ref())
}
