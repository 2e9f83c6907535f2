//! The page of a project or group itself: both are found by their path alone.

use super::error::{Path, WebError};
use super::view::page_of;
use super::visitor::Reader;
use super::{group, project};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use countersign_app::authorize::Ref;
use countersign_app::{Failure, Tx, projects};

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/-/in/{place}", get(show)).route("/-/group/{place}", get(redirect))
}

/// What lies at a path.
enum Found {
    Project(Box<project::Overview>),
    Group(Box<group::Overview>),
}

async fn show(State(app): State<AppState>, reader: Reader, Path(place): Path<String>) -> Result<Response, WebError> {
    let (at, actor, now) = (Ref::Path(place), reader.actor.clone(), countersign_app::now());
    let least = app.config.group_protection_min_role;
    let read = move |tx: &mut Tx<'_>| match projects::overview(tx, &actor, &at, now) {
        Ok(of) => project::overview(tx, &actor, of, now).map(|found| Found::Project(Box::new(found))),
        Err(Failure::Refused(_)) => {
            group::overview(tx, &actor, &at, least, now).map(|found| Found::Group(Box::new(found)))
        }
        Err(other) => Err(other),
    };
    match app.scan(read).await? {
        Found::Project(found) => project::show(&app, &reader, *found, now).await,
        Found::Group(found) => group::show(&reader, *found),
    }
}

/// What GitLab has under `/groups/acme` is under `/acme`.
async fn redirect(_: Reader, Path(place): Path<String>) -> Response {
    Redirect::to(&page_of(&place)).into_response()
}
