//! All routes together, the door before them, and the listener.

use crate::listen::{self, Limits};
use crate::pagination::ExternalUrl;
use crate::state::AppState;
use crate::{api, ceiling, git, limits, path, reply, runner, web};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use countersign_app::App;
use futures_util::FutureExt;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tower::Service;
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
    listen::run(listener, Door::new(app), Limits::USUAL, shutdown).await;
    Ok(())
}

/// All that the server answers, and what every request passes on its way.
#[derive(Debug, Clone)]
pub struct Door {
    routes: Router,
    external: Option<Arc<ExternalUrl>>,
}

impl Door {
    /// That of a server.
    pub fn new(app: Arc<App>) -> Door {
        Door::of(AppState::new(app))
    }

    /// That of a server which limits its clients in some way.
    pub(crate) fn of(state: AppState) -> Door {
        let external = ExternalUrl::parse(&state.config.external_url).map(Arc::new);
        Door { routes: routes(state), external }
    }
}

impl Service<Request> for Door {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut request = path::rewrite(request);
        if let Some(external) = &self.external {
            request.extensions_mut().insert(Arc::clone(external));
        }
        let mut routes = self.routes.clone();
        Box::pin(limits::guard(request, move |request| routes.call(request)).map(Ok))
    }
}

/// All routes, for requests that have passed the door.
fn routes(state: AppState) -> Router {
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
    all.fallback(web::not_found).method_not_allowed_fallback(reply::method_not_allowed).with_state(state)
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
