//! Runners, as people manage them.

mod change;
mod list;
mod sharing;
mod views;

use crate::actor::RunnerCreator;
use crate::params::Params;
use crate::reply::{ApiError, Created};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::create_runner::{self, NewRunner, Serves};
use countersign_app::secrets;
use countersign_domain::token::RUNNER_PREFIX;
use countersign_store::Intent;
use countersign_wire::runner_admin::{CreateRunner, CreatedRunner, RunnerAccess, RunnerType};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create_runner))
        .routes(routes!(list::list_runners))
        .routes(routes!(list::list_all_runners))
        .routes(routes!(list::list_project_runners, sharing::join_project))
        .routes(routes!(sharing::part_from_project))
        .routes(routes!(sharing::list_runner_jobs))
        .routes(routes!(list::list_group_runners))
        .routes(routes!(change::show_runner, change::update_runner, change::delete_runner))
        .routes(routes!(change::list_runner_managers))
        .routes(routes!(change::reset_runner_token))
}

/// Creates a runner and shows its token, once.
#[utoipa::path(post, path = "/user/runners", tag = "Runners", request_body = CreateRunner,
    responses((status = 201, body = CreatedRunner)))]
async fn create_runner(
    State(app): State<AppState>,
    actor: RunnerCreator,
    Params(body): Params<CreateRunner>,
) -> Result<Created<CreatedRunner>, ApiError> {
    let new = NewRunner {
        serves: serves(&body)?,
        description: body.description.unwrap_or_default(),
        tags: body.tag_list.unwrap_or_default(),
        run_untagged: body.run_untagged.unwrap_or(true),
        paused: body.paused.unwrap_or_default(),
        locked: body.locked.unwrap_or_default(),
        ref_protected: body.access_level == Some(RunnerAccess::RefProtected),
        maximum_timeout: body.maximum_timeout,
        maintenance_note: body.maintenance_note,
    };
    let token = secrets::random(RUNNER_PREFIX).map_err(|e| ApiError::internal(&e))?;
    let secret = token.clone();
    let id = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| {
            create_runner::create_runner(tx, actor, &new, &secret, now)
        })
        .await?;
    Ok(Created(CreatedRunner { id: id.0, token, token_expires_at: None }))
}

fn serves(body: &CreateRunner) -> Result<Serves, ApiError> {
    match body.runner_type {
        RunnerType::InstanceType => Ok(Serves::Instance),
        RunnerType::GroupType => {
            body.group_id.map(Serves::Group).ok_or_else(|| ApiError::parameters(&["group_id is missing"]))
        }
        RunnerType::ProjectType => {
            body.project_id.map(Serves::Project).ok_or_else(|| ApiError::parameters(&["project_id is missing"]))
        }
    }
}
