//! Projects whose repository is fetched from elsewhere.

use crate::actor::Actor;
use crate::api::views;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::imports::{self, Wish};
use countersign_domain::access::Actor as Who;
use countersign_store::Intent;
use countersign_wire::project::{ImportChanges, PullMirror};

/// What is wished, with a new key where one may be needed: making one takes a moment.
pub(super) async fn wish(app: &AppState, of: ImportChanges) -> Result<Wish, ApiError> {
    let mut wish = Wish { url: of.import_url, mirror: of.mirror, ssh_known_hosts: of.ssh_known_hosts, key: None };
    if wish.needs_key() {
        let shared = app.0.clone();
        let made = tokio::task::spawn_blocking(move || shared.repositories.make_deploy_key()).await;
        match made.map_err(|why| ApiError::internal(&why))? {
            Ok(key) => wish.key = Some(key),
            Err(why) => tracing::error!(%why, "no deploy key could be made; is ssh-keygen installed?"),
        }
    }
    Ok(wish)
}

/// Tells how it stands with the fetch of a project's repository from elsewhere, and with which key that signs in.
#[utoipa::path(get, path = "/projects/{id}/mirror/pull", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = PullMirror)))]
pub(super) async fn show_pull_mirror(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Json<PullMirror>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let import = app.read(move |tx| imports::show(tx, &actor.0, &at, now)).await?;
    Ok(Json(views::pull_mirror(&import)))
}

/// Has a project's repository fetched from elsewhere at once.
#[utoipa::path(post, path = "/projects/{id}/mirror/pull", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = PullMirror)))]
pub(super) async fn pull_mirror(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Json<PullMirror>, ApiError> {
    let at = Ref::from(id);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| imports::pull(tx, actor, &at, now);
    let import = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(views::pull_mirror(&import)))
}
