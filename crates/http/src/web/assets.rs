//! The style sheet, the script and the icon: in the binary, under paths that change with what they hold.

use crate::reply::ApiError;
use crate::state::AppState;
use async_compression::tokio::bufread::GzipEncoder;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_domain::token;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;

/// One file.
pub(crate) struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    path: LazyLock<String>,
    zipped: OnceCell<Vec<u8>>,
}

macro_rules! asset {
    ($item:ident, $name:literal, $kind:literal) => {
        static $item: Asset = Asset {
            name: $name,
            kind: $kind,
            text: include_str!(concat!("../../assets/", $name)),
            path: LazyLock::new(|| path_of(&$item)),
            zipped: OnceCell::const_new(),
        };
    };
}

asset!(STYLE, "app.css", "text/css; charset=utf-8");
asset!(SCRIPT, "app.js", "text/javascript; charset=utf-8");
asset!(ICON, "icon.svg", "image/svg+xml");

/// Where the files are that every page refers to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links {
    /// The style sheet.
    pub(crate) style: &'static str,
    /// The script.
    pub(crate) script: &'static str,
    /// The icon.
    pub(crate) icon: &'static str,
}

/// Where the files are.
pub(crate) fn links() -> Links {
    Links { style: &STYLE.path, script: &SCRIPT.path, icon: &ICON.path }
}

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/-/assets/{mark}/{name}", get(serve))
}

/// A file by its name; whatever mark an old page knows it under gets what there is now.
async fn serve(Path((mark, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = [&STYLE, &SCRIPT, &ICON].into_iter().find(|a| a.name == name) else {
        return ApiError::unknown_route().into_response();
    };
    let current = asset.path.contains(&format!("/{mark}/"));
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut reply = (
        [
            (CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
            (CACHE_CONTROL, HeaderValue::from_static(keep)),
            (VARY, HeaderValue::from_static("Accept-Encoding")),
        ],
        asset.text,
    )
        .into_response();
    let takes = headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("gzip"));
    let zipped = asset.zipped.get_or_init(|| zip(asset.text)).await;
    if takes && !zipped.is_empty() {
        *reply.body_mut() = zipped.clone().into();
        reply.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    reply
}

/// The text compressed; nothing if that failed, which it cannot in memory.
async fn zip(text: &str) -> Vec<u8> {
    let (mut encoder, mut out) = (GzipEncoder::new(text.as_bytes()), Vec::new());
    match encoder.read_to_end(&mut out).await {
        Ok(_) => out,
        Err(_) => Vec::new(),
    }
}

fn path_of(asset: &Asset) -> String {
    let digest = Sha256::digest(asset.text.as_bytes());
    let mark: String = token::hex(&digest).chars().take(12).collect();
    format!("/-/assets/{mark}/{}", asset.name)
}
