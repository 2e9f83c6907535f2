//! Pages that stay open are told when what they show has changed: each by a stream of server-sent events.
//!
//! A stream names no fact but that there is one (`changed`): the page is fetched anew then, by the route and the rules it
//! has anyway. Only logs are sent themselves (`log`), as rows. Before every event it is asked again whether the reader is
//! still signed in and may still see the thing; if not, the stream says so (`gone`) and ends.
//!
//! A stream waits for bells and holds neither a thread nor a connection to the database meanwhile. The bells ring for
//! changes of this process; those of others are seen when a heartbeat is due.

mod room;
mod stream;
#[cfg(test)]
mod tests;
mod topic;

pub(crate) use room::Room;

use super::error::{Path, WebError};
use super::log::State as Painted;
use super::pipelines::Query as PipelinesQuery;
use super::view::address;
use super::visitor::Reader;
use super::{home, pipelines};
use crate::state::AppState;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_app::authorize::Ref;
use countersign_domain::ids::{JobId, PipelineId};
use serde::Deserialize;
use stream::{Told, Watch};
use topic::Topic;

/// The last id that a client got before its stream broke off.
const LAST_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Keeps proxies from holding events back until there are many.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/-/live", get(inbox))
        .route("/-/in/{place}/deployments/{iid}/live", get(deployment))
        .route("/-/in/{place}/pipelines/live", get(list))
        .route("/-/in/{place}/pipelines/{id}/live", get(pipeline))
        .route("/-/in/{place}/jobs/{id}/live", get(job))
}

/// The stream that a page opens. Templates find it as `live`.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Where it is.
    pub(crate) href: String,
    /// What the page shows.
    pub(crate) since: String,
}

impl Link {
    /// The stream below a page, with the parameters that say what the page shows of its subject, for one with that mark
    /// and a log painted so far.
    pub(super) fn new(page: &str, parameters: &[(&str, &str)], mark: &str, painted: Option<Painted>) -> Link {
        let path = format!("{}/live", page.trim_end_matches('/'));
        let path = if path == "/live" { "/-/live".to_owned() } else { path };
        Link { href: address(&path, parameters), since: Told::new(mark, painted).to_string() }
    }
}

/// What the page shows that asks.
#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: String,
}

async fn inbox(
    State(app): State<AppState>,
    reader: Reader,
    Query(filter): Query<home::Filter>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let wanted = filter.wanted(reader.actor.is_admin());
    open(app, reader, Topic::Inbox(wanted), &since, &headers).await
}

async fn deployment(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, iid)): Path<(String, i64)>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    open(app, reader, Topic::Deployment(Ref::Path(place), iid), &since, &headers).await
}

async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Path(place): Path<String>,
    Query(query): Query<PipelinesQuery>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let topic = Topic::Pipelines(Ref::Path(place), Box::new(pipelines::filter(&query)));
    open(app, reader, topic, &since, &headers).await
}

async fn pipeline(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    open(app, reader, Topic::Pipeline(Ref::Path(place), PipelineId(id)), &since, &headers).await
}

async fn job(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    open(app, reader, Topic::Job(Ref::Path(place), JobId(id)), &since, &headers).await
}

/// Opens a stream, if the reader may see the thing now and there is room.
async fn open(
    app: AppState,
    reader: Reader,
    topic: Topic,
    since: &Since,
    headers: &HeaderMap,
) -> Result<Response, WebError> {
    let place = app.1.live.enter(reader.session, reader.actor.user())?;
    let last = headers.get(LAST_ID).and_then(|id| id.to_str().ok()).unwrap_or(&since.since);
    let told = last.parse().unwrap_or_default();
    let watch = Watch::begin(app, reader.actor, topic, told, place).await?;
    let mut reply = Sse::new(watch.events()).into_response();
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply.headers_mut().insert(UNBUFFERED, HeaderValue::from_static("no"));
    Ok(reply)
}
