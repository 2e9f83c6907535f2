//! Shows, changes and deletes a runner.

use super::views;
use crate::actor::{RunnerManager as Manager, SignedIn};
use crate::pagination::{Page, Paged};
use crate::params::{Clearable, Params};
use crate::path::Path;
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::runners::{self, Changes};
use countersign_app::{Tx, secrets};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::RunnerId;
use countersign_domain::token::RUNNER_PREFIX;
use countersign_store::Intent;
use countersign_wire::runner_admin::{RunnerAccess, RunnerDetails, RunnerManager, RunnerToken};
use serde::Deserialize;
use utoipa::ToSchema;

/// Changes a runner; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct UpdateRunner {
    /// What it is called.
    #[schema(max_length = 1024)]
    description: Option<String>,
    /// Whether it gets jobs; the opposite of `paused`.
    active: Option<bool>,
    /// Whether it gets no jobs for now.
    paused: Option<bool>,
    /// Its tags.
    tag_list: Option<Vec<String>>,
    /// Whether it takes jobs without tags.
    run_untagged: Option<bool>,
    /// Whether it is bound to its project.
    locked: Option<bool>,
    /// Which refs it serves.
    access_level: Option<RunnerAccess>,
    /// The longest it may take for a job, in seconds, at least 600; `null` for no limit of its own.
    #[serde(default)]
    #[schema(inline)]
    maximum_timeout: Clearable<i64>,
    /// What those who look after it note about it; `null` or empty for nothing.
    #[serde(default)]
    #[schema(inline)]
    maintenance_note: Clearable<String>,
}

impl UpdateRunner {
    fn changes(self) -> Result<Changes, ApiError> {
        let maximum_timeout = self.maximum_timeout.change();
        if maximum_timeout.flatten().is_some_and(|seconds| seconds < SHORTEST) {
            let why = format!("maximum_timeout is invalid: {SHORTEST} seconds or more");
            return Err(ApiError::parameters(&[why]));
        }
        Ok(Changes {
            description: self.description,
            tags: self.tag_list,
            run_untagged: self.run_untagged,
            paused: self.paused.or(self.active.map(|active| !active)),
            locked: self.locked,
            ref_protected: self.access_level.map(|level| level == RunnerAccess::RefProtected),
            maximum_timeout,
            maintenance_note: self.maintenance_note.change().map(|note| note.filter(|text| !text.is_empty())),
        })
    }
}

/// The least that a runner's own limit may be, in seconds.
const SHORTEST: i64 = 600;

/// Gets one runner.
#[utoipa::path(get, path = "/runners/{runner_id}", tag = "Runners",
    params(("runner_id" = i64, Path, description = "The runner")), responses((status = 200, body = RunnerDetails)))]
pub(super) async fn show_runner(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
) -> Result<Json<RunnerDetails>, ApiError> {
    let now = countersign_app::now();
    let found = app.read(move |tx| runners::show(tx, &actor.0, RunnerId(id), now)).await?;
    Ok(Json(views::details(&app.config.external_url, &found, now)))
}

/// Changes a runner.
#[utoipa::path(put, path = "/runners/{runner_id}", tag = "Runners",
    params(("runner_id" = i64, Path, description = "The runner")), request_body = UpdateRunner,
    responses((status = 200, body = RunnerDetails)))]
pub(super) async fn update_runner(
    State(app): State<AppState>,
    actor: Manager,
    Path(id): Path<i64>,
    Params(body): Params<UpdateRunner>,
) -> Result<Json<RunnerDetails>, ApiError> {
    let changes = body.changes()?;
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| runners::update(tx, actor, RunnerId(id), &changes, now);
    let changed = app.write(actor.0, Intent::Decide, job).await?;
    app.wake.runner(RunnerId(id));
    Ok(Json(views::details(&app.config.external_url, &changed, countersign_app::now())))
}

/// Deletes a runner: its token opens nothing any more.
#[utoipa::path(delete, path = "/runners/{runner_id}", tag = "Runners",
    params(("runner_id" = i64, Path, description = "The runner")), responses((status = 204)))]
pub(super) async fn delete_runner(
    State(app): State<AppState>,
    actor: Manager,
    Path(id): Path<i64>,
) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| runners::delete(tx, actor, RunnerId(id), now);
    app.write(actor.0, Intent::Decide, job).await?;
    app.wake.runner(RunnerId(id));
    Ok(NoContent)
}

/// Lists the machines that use a runner's token, the last heard of first.
#[utoipa::path(get, path = "/runners/{runner_id}/managers", tag = "Runners",
    params(("runner_id" = i64, Path, description = "The runner")), responses((status = 200, body = [RunnerManager])))]
pub(super) async fn list_runner_managers(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    page: Page,
) -> Result<Paged<RunnerManager>, ApiError> {
    let now = countersign_app::now();
    let found = app.read(move |tx| runners::show(tx, &actor.0, RunnerId(id), now)).await?;
    Ok(Paged::cut(page, found.machines).map(|machine| views::machine(machine, now)))
}

/// Gives a runner another token and shows it, once: the old one opens nothing any more.
#[utoipa::path(post, path = "/runners/{runner_id}/reset_authentication_token", tag = "Runners",
    params(("runner_id" = i64, Path, description = "The runner")), responses((status = 201, body = RunnerToken)))]
pub(super) async fn reset_runner_token(
    State(app): State<AppState>,
    actor: Manager,
    Path(id): Path<i64>,
) -> Result<Created<RunnerToken>, ApiError> {
    let token = secrets::random(RUNNER_PREFIX).map_err(|why| ApiError::internal(&why))?;
    let secret = token.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| runners::reset_token(tx, actor, RunnerId(id), &secret, now);
    app.write(actor.0, Intent::Decide, job).await?;
    app.wake.runner(RunnerId(id));
    Ok(Created(RunnerToken { token, token_expires_at: None }))
}
