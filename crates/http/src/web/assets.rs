//! The style sheet, the script and the icon: in the binary, under paths that change with what they hold.

use crate::reply::ApiError;
use crate::state::AppState;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_domain::token;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One file.
pub(crate) struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    path: LazyLock<String>,
}

macro_rules! asset {
    ($item:ident, $name:literal, $kind:literal) => {
        static $item: Asset = Asset {
            name: $name,
            kind: $kind,
            text: include_str!(concat!("../../assets/", $name)),
            path: LazyLock::new(|| path_of(&$item)),
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
async fn serve(Path((mark, name)): Path<(String, String)>) -> Response {
    let Some(asset) = [&STYLE, &SCRIPT, &ICON].into_iter().find(|a| a.name == name) else {
        return ApiError::unknown_route().into_response();
    };
    let current = asset.path.contains(&format!("/{mark}/"));
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, keep)], asset.text).into_response()
}

fn path_of(asset: &Asset) -> String {
    let digest = Sha256::digest(asset.text.as_bytes());
    let mark: String = token::hex(&digest).chars().take(12).collect();
    format!("/-/assets/{mark}/{}", asset.name)
}
