//! Deployments that outside tools make: recording them and taking them further.

use super::shown;
use crate::actor::Actor;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::deployments::{self, NewDeployment, known};
use countersign_domain::deployment::Report;
use countersign_domain::ids::DeploymentId;
use countersign_store::Intent;
use countersign_wire::deployment::{CreateDeployment, DeploymentDetails, NewStatus, UpdateDeployment, UpdatedStatus};

/// Records a deployment that an outside tool makes. Where approval is needed it is blocked.
#[utoipa::path(post, path = "/projects/{id}/deployments", tag = "Deployments",
    params(("id" = Id, Path, description = "The project")), request_body = CreateDeployment,
    responses((status = 201, body = DeploymentDetails)))]
pub(super) async fn create_deployment(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateDeployment>,
) -> Result<Created<DeploymentDetails>, ApiError> {
    let at = Ref::from(id);
    let new = NewDeployment {
        environment: body.environment,
        sha: body.sha,
        ref_name: body.ref_name,
        tag: body.tag,
        status: match body.status {
            NewStatus::Created => Report::Created,
            NewStatus::Running => Report::Running,
            NewStatus::Success => Report::Success,
            NewStatus::Failed => Report::Failed,
            NewStatus::Canceled => Report::Canceled,
        },
    };
    let known = known(&app.0, &actor.0, &at, &new).await?;
    let (who, place) = (actor.0.clone(), at.clone());
    let made = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| deployments::create(tx, actor, &at, &new, &known, now))
        .await?;
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    app.read(move |tx| shown(tx, &who, &place, made, &url, now)).await.map(Created)
}

/// Takes a deployment of an outside tool further.
#[utoipa::path(put, path = "/projects/{id}/deployments/{deployment_id}", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ("deployment_id" = i64, Path, description = "The deployment")),
    request_body = UpdateDeployment, responses((status = 200, body = DeploymentDetails)))]
pub(super) async fn update_deployment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, deployment)): Path<(Id, i64)>,
    Params(body): Params<UpdateDeployment>,
) -> Result<Json<DeploymentDetails>, ApiError> {
    let (at, id) = (Ref::from(id), DeploymentId(deployment));
    let report = match body.status {
        UpdatedStatus::Running => Report::Running,
        UpdatedStatus::Success => Report::Success,
        UpdatedStatus::Failed => Report::Failed,
        UpdatedStatus::Canceled => Report::Canceled,
    };
    let (who, place) = (actor.0.clone(), at.clone());
    app.write(actor.0, Intent::Decide, move |tx, actor, now| deployments::update(tx, actor, &at, id, report, now))
        .await?;
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    app.read(move |tx| shown(tx, &who, &place, id, &url, now)).await.map(Json)
}
