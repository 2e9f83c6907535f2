//! The first page.

use super::visitor::Reader;
use crate::state::AppState;
use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/", get(show))
}

async fn show(_: Reader) -> Redirect {
    Redirect::to("/-/user_settings/active_sessions")
}
