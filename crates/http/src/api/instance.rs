//! What the server says of itself.

use crate::actor::SignedIn;
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use countersign_wire::instance::{Kas, Metadata, Version};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The GitLab version whose API is spoken. Clients tell features by it, and the edition by its end.
const VERSION: &str = "18.6.0-ee";

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show_version)).routes(routes!(show_metadata))
}

/// Gets the version of the API, and of the server as revision.
#[utoipa::path(get, path = "/version", tag = "Instance", responses((status = 200, body = Version)))]
async fn show_version(_: SignedIn) -> Result<Json<Version>, ApiError> {
    Ok(Json(version()))
}

/// Gets the version and what belongs to it.
#[utoipa::path(get, path = "/metadata", tag = "Instance", responses((status = 200, body = Metadata)))]
async fn show_metadata(_: SignedIn) -> Result<Json<Metadata>, ApiError> {
    let kas = Kas { enabled: false, external_url: None, external_k8s_proxy_url: None, version: None };
    Ok(Json(Metadata { version: version(), kas, enterprise: true }))
}

fn version() -> Version {
    Version { version: VERSION.into(), revision: env!("CARGO_PKG_VERSION").into() }
}
