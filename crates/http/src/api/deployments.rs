//! Deployments of a project, and approvals of them.

mod approval;
mod change;
mod list;

use crate::actor::{Actor, Asker};
use crate::api::views::{Site, details};
use crate::pagination::{Page, Paged};
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::{Failure, Tx, deployments};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::DeploymentId;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_wire::deployment::DeploymentDetails;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_deployments, change::create_deployment))
        .routes(routes!(show_deployment, change::update_deployment, delete_deployment))
        .routes(routes!(approval::approve_deployment, approval::withdraw_approval))
        .routes(routes!(list_merge_requests))
}

/// Gets one deployment with its approvals.
#[utoipa::path(get, path = "/projects/{id}/deployments/{deployment_id}", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ("deployment_id" = i64, Path, description = "The deployment")),
    responses((status = 200, body = DeploymentDetails)))]
async fn show_deployment(
    State(app): State<AppState>,
    asker: Asker,
    Path((id, deployment)): Path<(Id, i64)>,
) -> Result<Json<DeploymentDetails>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    asker.read(&app, move |tx, actor| shown(tx, actor, &at, DeploymentId(deployment), &url, now)).await.map(Json)
}

/// Lists the merge requests that a deployment brings: none, as there are no merge requests here.
#[utoipa::path(get, path = "/projects/{id}/deployments/{deployment_id}/merge_requests", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ("deployment_id" = i64, Path, description = "The deployment")),
    responses((status = 200, body = [serde_json::Value])))]
async fn list_merge_requests(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, deployment)): Path<(Id, i64)>,
    page: Page,
) -> Result<Paged<serde_json::Value>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    app.read(move |tx| deployments::show(tx, &actor.0, &at, DeploymentId(deployment), now)).await?;
    Ok(Paged::new(page, Vec::new(), 0))
}

/// A deployment as the actor may see it.
fn shown(
    tx: &mut Tx<'_>,
    actor: &Who,
    at: &Ref,
    id: DeploymentId,
    url: &str,
    now: Timestamp,
) -> Result<DeploymentDetails, Failure> {
    let found = deployments::show(tx, actor, at, id, now)?;
    details(tx, &Site { url, project: &found.project }, &found)
}

/// Deletes the record of a deployment.
#[utoipa::path(delete, path = "/projects/{id}/deployments/{deployment_id}", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ("deployment_id" = i64, Path, description = "The deployment")),
    responses((status = 204)))]
async fn delete_deployment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, deployment)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    app.write(actor.0, Intent::Decide, move |tx, actor, now| {
        deployments::delete(tx, actor, &at, DeploymentId(deployment), now)
    })
    .await
    .map(|()| NoContent)
}
