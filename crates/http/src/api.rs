//! REST v4: one file per resource. A route and its documentation are one attribute.

mod deployments;
mod environments;
mod protected_environments;
mod views;

use crate::state::AppState;
use utoipa_axum::router::OpenApiRouter;

/// All routes of REST v4, below `/api/v4`.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(deployments::routes())
        .merge(environments::routes())
        .merge(protected_environments::group_routes())
        .merge(protected_environments::project_routes())
}
