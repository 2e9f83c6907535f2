//! Creates, changes and deletes pipelines.

use crate::actor::Actor;
use crate::api::values::variables;
use crate::api::views::{Site, pipeline_details};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::run_pipeline;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::create_pipeline::Wish;
use countersign_app::pipelines::{self, Deleted};
use countersign_app::{App, Tx};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::PipelineId;
use countersign_store::Intent;
use countersign_wire::pipeline::{CreatePipeline, Pipeline, RenamePipeline};

/// Creates a pipeline for a branch or tag.
#[utoipa::path(post, path = "/projects/{id}/pipeline", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project")), request_body = CreatePipeline,
    responses((status = 201, body = Pipeline)))]
pub(super) async fn create_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreatePipeline>,
) -> Result<Created<Pipeline>, ApiError> {
    let with_inputs = body.inputs.is_some_and(|inputs| !inputs.is_empty());
    let wish = Wish { ref_name: body.ref_name, variables: variables(body.variables), with_inputs };
    let made = run_pipeline::run(&app, actor.0, Ref::from(id), wish).await?;
    after(&app, made).await.map(Created)
}

/// Tries the failed and canceled jobs of a pipeline again.
#[utoipa::path(post, path = "/projects/{id}/pipelines/{pipeline_id}/retry", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 201, body = Pipeline)))]
pub(super) async fn retry_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Created<Pipeline>, ApiError> {
    let (at, id) = (Ref::from(id), PipelineId(pipeline));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| pipelines::retry(tx, actor, &at, id, now);
    let tried = app.write(actor.0, Intent::Decide, job).await?;
    app.wake.runners();
    after(&app, tried).await.map(Created)
}

/// Cancels what has not ended of a pipeline, with the deployments that wait for approval.
#[utoipa::path(post, path = "/projects/{id}/pipelines/{pipeline_id}/cancel", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 200, body = Pipeline)))]
pub(super) async fn cancel_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Json<Pipeline>, ApiError> {
    let (at, id) = (Ref::from(id), PipelineId(pipeline));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| pipelines::cancel(tx, actor, &at, id, now);
    let canceled = app.write(actor.0, Intent::Decide, job).await?;
    app.wake.runners();
    after(&app, canceled).await.map(Json)
}

/// Gives a pipeline a name.
#[utoipa::path(put, path = "/projects/{id}/pipelines/{pipeline_id}/metadata", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    request_body = RenamePipeline, responses((status = 200, body = Pipeline)))]
pub(super) async fn rename_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
    Params(body): Params<RenamePipeline>,
) -> Result<Json<Pipeline>, ApiError> {
    let (at, id) = (Ref::from(id), PipelineId(pipeline));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| pipelines::rename(tx, actor, &at, id, &body.name, now);
    let renamed = app.write(actor.0, Intent::Decide, job).await?;
    after(&app, renamed).await.map(Json)
}

/// Deletes a pipeline with its jobs and their logs. Its deployments stay, and belong to no job any more.
#[utoipa::path(delete, path = "/projects/{id}/pipelines/{pipeline_id}", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 204)))]
pub(super) async fn delete_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let (at, id) = (Ref::from(id), PipelineId(pipeline));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| pipelines::delete(tx, actor, &at, id, now);
    let remove = |app: &App, deleted: Deleted| {
        pipelines::clear(app, &deleted);
        Ok(())
    };
    app.delete(actor.0, job, (Intent::Decide, remove)).await?;
    Ok(NoContent)
}

/// A pipeline as it is now, for somebody who just acted on it.
pub(in crate::api) async fn after(app: &AppState, id: PipelineId) -> Result<Pipeline, ApiError> {
    let url = app.config.external_url.clone();
    let read = move |tx: &mut Tx<'_>| {
        let (project, pipeline) = pipelines::created(tx, id)?;
        pipeline_details(tx, &Site { url: &url, project: &project }, &pipeline)
    };
    app.read(read).await
}
