//! All routes together, and the listener.

use crate::listen::{self, Limits};
use crate::pagination::ExternalUrl;
use crate::state::AppState;
use crate::{api, ceiling, git, limits, path, reply, runner, web};
use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use countersign_app::App;
use std::future::Future;
use std::sync::{Arc, LazyLock};
use tokio::net::TcpListener;
use tower::Layer;
use tower::util::MapRequestLayer;
use utoipa::openapi::{Info, OpenApi};
use utoipa_axum::router::OpenApiRouter;

/// The address of the OpenAPI document.
const DOCUMENT: &str = "/api/v4/openapi.json";

/// Serves until `shutdown` is ready, then finishes the requests at hand.
///
/// # Errors
/// None today: when a connection cannot be accepted, that is logged and tried again.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = MapRequestLayer::new(path::rewrite as fn(Request) -> Request).layer(router(app));
    listen::run(listener, service, Limits::USUAL, shutdown).await;
    Ok(())
}

/// All routes. Paths of REST must have gone through [`path::rewrite`] before.
pub fn router(app: Arc<App>) -> Router {
    bounded(AppState::new(app))
}

/// All routes, for clients that are limited so.
pub(crate) fn bounded(state: AppState) -> Router {
    let app = &state;
    let rest = Router::new().nest("/api/v4", api::routes().into()).route(DOCUMENT, get(described));
    let rest = limits::bounded(rest);
    let health = Router::new()
        .route("/-/health", get(health))
        .route("/-/readiness", get(health))
        .route("/-/liveness", get(|| async { "alive" }));
    let pages = limits::bounded(web::routes(app));
    let all = rest.merge(runner::routes()).merge(pages).merge(git::routes());
    let all = match app.config.requests_per_second {
        Some(most) => ceiling::limited(all, most),
        None => all,
    };
    let all = all.merge(health);
    let all = all.fallback(web::not_found).method_not_allowed_fallback(reply::method_not_allowed);
    let all = match ExternalUrl::parse(&app.config.external_url) {
        Some(url) => all.layer(Extension(url)),
        None => all,
    };
    limits::guarded(all).with_state(state)
}

/// The OpenAPI document, as JSON.
pub fn openapi() -> String {
    document().to_pretty_json().unwrap_or_default()
}

fn document() -> OpenApi {
    let (_, mut document) = OpenApiRouter::<AppState>::new().nest("/api/v4", api::routes()).split_for_parts();
    document.info = Info::new("Countersign", env!("CARGO_PKG_VERSION"));
    document.info.description = Some("Deployment approvals, spoken as the GitLab REST v4 API".into());
    crate::document::complete(&mut document);
    document
}

/// The OpenAPI document; written when it is first asked for, since most servers never are and it takes megabytes.
async fn described() -> Response {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(document().to_json().unwrap_or_default()));
    ([(CONTENT_TYPE, "application/json")], TEXT.clone()).into_response()
}

/// Whether the server answers and its database does.
async fn health(State(app): State<AppState>) -> Response {
    match app.read(|tx| Ok(countersign_store::settings::get(tx, "health")?)).await {
        Ok(_) => "Countersign OK".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}
