//! Approving, rejecting, and taking a vote back.

use crate::actor::Actor;
use crate::api::views::approval;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, NoContent, json};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::approve::{Opinion, approve};
use countersign_app::authorize::Ref;
use countersign_app::withdraw::withdraw;
use countersign_domain::approval::Verdict;
use countersign_domain::ids::DeploymentId;
use countersign_store::Intent;
use countersign_wire::deployment::{Approval, ApprovalStatus, CreateApproval};

/// Approves or rejects a blocked deployment. Saying the same again changes nothing and answers 200.
#[utoipa::path(post, path = "/projects/{id}/deployments/{deployment_id}/approval", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ("deployment_id" = i64, Path, description = "The deployment")),
    request_body = CreateApproval, responses((status = 201, body = Approval), (status = 200, body = Approval)))]
pub(super) async fn approve_deployment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, deployment)): Path<(Id, i64)>,
    Params(body): Params<CreateApproval>,
) -> Result<Response, ApiError> {
    let at = Ref::from(id);
    let opinion = Opinion {
        verdict: match body.status {
            ApprovalStatus::Approved => Verdict::Approved,
            ApprovalStatus::Rejected => Verdict::Rejected,
        },
        comment: body.comment,
        represented_as: body.represented_as,
    };
    let recorded = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| {
            approve(tx, actor, &at, DeploymentId(deployment), &opinion, now)
        })
        .await?;
    if recorded.moved_job {
        app.wake.runners();
    }
    let status = if recorded.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &approval(&app.config.external_url, recorded.voter.as_ref(), &recorded.vote)))
}

/// Takes the own vote back while the deployment is blocked.
#[utoipa::path(delete, path = "/projects/{id}/deployments/{deployment_id}/approval", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ("deployment_id" = i64, Path, description = "The deployment")),
    responses((status = 204)))]
pub(super) async fn withdraw_approval(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, deployment)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    app.write(actor.0, Intent::Decide, move |tx, actor, now| withdraw(tx, actor, &at, DeploymentId(deployment), now))
        .await
        .map(|()| NoContent)
}
