//! Paths of REST v4: what is mended before routing, and how handlers read the parts of a path.
//!
//! Routing happens on the raw path, so `%2F` never splits a segment; axum decodes each part afterwards.

mod extract;
mod id;
mod normalize;
#[cfg(test)]
mod tests;

use axum::extract::Request;
use axum::http::Uri;

use crate::web::place;

pub use extract::Path;
pub use id::Id;
pub use normalize::normalize;

/// The URI as the client sent it, kept when [`rewrite`] changes the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestUri(
    /// The untouched URI.
    pub Uri,
);

/// Mends the path of a request, before the router sees it.
pub fn rewrite(mut request: Request) -> Request {
    let path = request.uri().path();
    let mended = match path.starts_with("/api/v4/") {
        true => normalize(path),
        false => place::route(path),
    };
    if mended == path {
        return request;
    }
    let target = match request.uri().query() {
        Some(query) => format!("{mended}?{query}"),
        None => mended.into_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    // A path made of pieces of a valid path is valid; should it ever not be, the router answers 404.
    if let Ok(target) = target.parse() {
        parts.path_and_query = Some(target);
        if let Ok(uri) = Uri::from_parts(parts) {
            let original = std::mem::replace(request.uri_mut(), uri);
            request.extensions_mut().insert(RequestUri(original));
        }
    }
    request
}
