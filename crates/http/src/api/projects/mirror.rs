//! Projects whose repository is fetched from elsewhere.

use crate::actor::Actor;
use crate::api::views;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::room::PATIENCE;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::git::DeployKey;
use countersign_app::imports::{self, Wish};
use countersign_app::{Failure, Tx};
use countersign_domain::access::Actor as Who;
use countersign_domain::import::Address;
use countersign_store::Intent;
use countersign_wire::project::{ImportChanges, PullMirror};

/// What is wished, with a new key where `needs_key` finds, of an address over SSH, that one is needed and may be had.
///
/// # Errors
/// Those of `needs_key`; 503: too many keys are being made.
pub(super) async fn wish(
    app: &AppState,
    of: ImportChanges,
    needs_key: impl Fn(&mut Tx<'_>, &Address) -> Result<bool, Failure> + Send + Sync + 'static,
) -> Result<Wish, ApiError> {
    let wish = Wish { url: of.import_url, mirror: of.mirror, ssh_known_hosts: of.ssh_known_hosts, key: None };
    let Some(address) = wish.over_ssh() else { return Ok(wish) };
    match app.read(move |tx| needs_key(tx, &address)).await? {
        true => Ok(Wish { key: make_key(app).await?, ..wish }),
        false => Ok(wish),
    }
}

/// A new key; none if the machine cannot make one. That takes a process and a moment, hence only so many at once.
async fn make_key(app: &AppState) -> Result<Option<DeployKey>, ApiError> {
    let place = app.1.keys.enter(PATIENCE).await;
    let place = place.ok_or_else(|| ApiError::unavailable(&"as many deploy keys as may be are being made"))?;
    let shared = app.0.clone();
    let make = move || {
        let made = shared.repositories.make_deploy_key();
        drop(place);
        made
    };
    match tokio::task::spawn_blocking(make).await.map_err(|why| ApiError::internal(&why))? {
        Ok(key) => Ok(Some(key)),
        Err(why) => {
            tracing::error!(%why, "no deploy key could be made; is ssh-keygen installed?");
            Ok(None)
        }
    }
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
    let (config, at) = (app.config.clone(), Ref::from(id));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| imports::pull(tx, &config, actor, &at, now);
    let import = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(views::pull_mirror(&import)))
}
