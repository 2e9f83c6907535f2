//! The answers git clients get.

use axum::body::Body;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, PRAGMA};
use axum::response::{AppendHeaders, IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::Failure;
use super::child::Output;

/// The headers that keep proxies from remembering what a repository looked like.
pub(super) fn no_cache() -> AppendHeaders<[(HeaderName, &'static str); 3]> {
    AppendHeaders([
        (EXPIRES, "Fri, 01 Jan 1980 00:00:00 GMT"),
        (PRAGMA, "no-cache"),
        (CACHE_CONTROL, "no-cache, max-age=0, must-revalidate"),
    ])
}

/// An answer that is complete.
pub(super) fn whole(bytes: Vec<u8>, kind: &str) -> Response {
    (typed(kind), no_cache(), bytes).into_response()
}

/// An answer that is still being made. A failure before its first byte becomes a status instead.
pub(super) async fn stream(mut output: Output, prefix: Vec<u8>, kind: &str) -> Result<Response, Failure> {
    let first = output.recv().await.transpose()?;
    let head = [Some(Bytes::from(prefix)), first].into_iter().flatten().filter(|bytes| !bytes.is_empty());
    let head = stream::iter(head.map(Ok).collect::<Vec<_>>());
    let rest = stream::unfold(output, |mut output| async move { Some((output.recv().await?, output)) });
    Ok((typed(kind), no_cache(), Body::from_stream(head.chain(rest))).into_response())
}

fn typed(kind: &str) -> AppendHeaders<[(HeaderName, String); 1]> {
    AppendHeaders([(CONTENT_TYPE, kind.to_owned())])
}
