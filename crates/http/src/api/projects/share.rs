//! Invites groups to projects.

use crate::actor::Actor;
use crate::api::groups::invitation;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::projects;
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::GroupId;
use countersign_store::Intent;
use countersign_wire::share::{CreateShare, ProjectShare};

/// Invites a group to a project.
#[utoipa::path(post, path = "/projects/{id}/share", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), request_body = CreateShare,
    responses((status = 201, body = ProjectShare)))]
pub(super) async fn share_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateShare>,
) -> Result<Created<ProjectShare>, ApiError> {
    let (at, invite) = (Ref::from(id), invitation(&body)?);
    let reply = |project| ProjectShare {
        project_id: project,
        group_id: body.group_id,
        group_access: body.group_access,
        expires_at: invite.expires_at.map(|d| d.to_string()),
    };
    let wanted = invite.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| projects::share(tx, actor, &at, &wanted, now);
    let shared = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Created(reply(shared.project.id.0)))
}

/// Ends the invitation of a group to a project.
#[utoipa::path(delete, path = "/projects/{id}/share/{group_id}", tag = "Projects",
    params(("id" = Id, Path, description = "The project"), ("group_id" = i64, Path, description = "The invited group")),
    responses((status = 204)))]
pub(super) async fn unshare_project(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, invited)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| projects::unshare(tx, actor, &at, GroupId(invited), now);
    app.write(actor.0, Intent::Edit, job).await.map(|()| NoContent)
}
