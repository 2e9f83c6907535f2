//! What the page of a project tells of the repository that it is fetched from, and fetching it at once.

use super::environment::done_or_told;
use super::error::{Path, WebError};
use super::form::{Form, Nothing};
use super::view::{Moment, below, page_of};
use super::visitor::Reader;
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::imports;
use countersign_app::projects::View;
use countersign_domain::access::Actor;
use countersign_domain::import::Status;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/-/in/{place}/mirror/pull", post(pull))
}

/// What is told of it to those who manage the project.
pub(super) struct Mirror {
    /// From where it is fetched.
    pub(super) url: String,
    /// Whether it is fetched again and again.
    pub(super) again: bool,
    /// How that stands.
    pub(super) status: String,
    /// Why the last fetch failed.
    pub(super) problem: Option<String>,
    /// The key to be added at the other side.
    pub(super) key: Option<String>,
    /// Where the form to fetch it at once goes; none while it is about to be.
    pub(super) pull: Option<String>,
}

impl Mirror {
    /// As the page tells it; `None` if it is not fetched from elsewhere, or not for the reader to manage.
    pub(super) fn of(view: &View, now: Timestamp) -> Option<Mirror> {
        let import = view.import.as_ref().filter(|_| view.manages)?;
        let ago = |at: Option<Timestamp>| at.map_or_else(String::new, |at| format!(" {}", Moment::of(at, now).ago));
        let status = match import.status {
            Status::Scheduled => "is about to be fetched".to_owned(),
            Status::Started => format!("began to be fetched{}", ago(import.started_at)),
            Status::Finished => format!("was fetched{}", ago(import.ended_at)),
            Status::Failed => format!("could not be fetched{}", ago(import.ended_at)),
        };
        Some(Mirror {
            url: import.url.clone(),
            again: import.mirror,
            status,
            problem: import.error.clone().filter(|_| import.status == Status::Failed),
            key: import.public_key.clone(),
            pull: (!import.status.is_under_way() && !view.project.archived)
                .then(|| below(&view.project, "mirror/pull")),
        })
    }
}

async fn pull(
    State(app): State<AppState>,
    reader: Reader,
    Path(place): Path<String>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    let (at, back) = (Ref::Path(place.clone()), page_of(&place));
    let config = app.config.clone();
    let pull = move |tx: &mut Tx<'_>, actor: &Actor, now| imports::pull(tx, &config, actor, &at, now);
    let done = app.write(reader.actor, Intent::Edit, pull).await;
    done_or_told(done.map(|_| "It is fetched in a moment.".to_owned()), &back, &app)
}
