//! Invites groups to groups.

use crate::actor::Actor;
use crate::api::values::{day, level};
use crate::api::views;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::groups;
use countersign_app::invitations::Invite;
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::GroupId;
use countersign_store::Intent;
use countersign_wire::group::GroupDetails;
use countersign_wire::share::CreateShare;

/// Invites a group to a group.
#[utoipa::path(post, path = "/groups/{id}/share", tag = "Groups", params(("id" = Id, Path, description = "The group")),
    request_body = CreateShare, responses((status = 201, body = GroupDetails)))]
pub(super) async fn share_group(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateShare>,
) -> Result<Created<GroupDetails>, ApiError> {
    let (at, invite) = (Ref::from(id), invitation(&body)?);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| groups::share(tx, actor, &at, &invite, now);
    let shared = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Created(views::group_details(&app.config.external_url, &shared, None)))
}

/// Ends the invitation of a group to a group.
#[utoipa::path(delete, path = "/groups/{id}/share/{group_id}", tag = "Groups",
    params(("id" = Id, Path, description = "The group"), ("group_id" = i64, Path, description = "The invited group")),
    responses((status = 204)))]
pub(super) async fn unshare_group(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, invited)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let at = Ref::from(id);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| groups::unshare(tx, actor, &at, GroupId(invited), now);
    app.write(actor.0, Intent::Edit, job).await.map(|()| NoContent)
}

/// An invitation as asked for.
pub(crate) fn invitation(body: &CreateShare) -> Result<Invite, ApiError> {
    Ok(Invite {
        group: GroupId(body.group_id),
        level: level("group_access", body.group_access)?,
        expires_at: day("expires_at", body.expires_at.as_deref())?,
    })
}
