//! Creates, changes and deletes pipelines.

use crate::actor::Actor;
use crate::api::values::variables;
use crate::api::views::{Site, pipeline_details};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::create_pipeline::{self, Wish};
use countersign_app::{Tx, pipelines};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::PipelineId;
use countersign_store::Intent;
use countersign_wire::pipeline::{CreatePipeline, Pipeline, RenamePipeline};
use std::sync::Arc;

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
    let (at, now) = (Ref::from(id), countersign_app::now());
    let with_inputs = body.inputs.is_some_and(|inputs| !inputs.is_empty());
    let wish = Arc::new(Wish { ref_name: body.ref_name, variables: variables(body.variables), with_inputs });
    let known = {
        let (actor, at, wish) = (actor.0.clone(), at.clone(), Arc::clone(&wish));
        app.read(move |tx| create_pipeline::check(tx, &actor, &at, &wish, now)).await?
    };
    let id = known.project.id.0;
    let prepared = {
        let (repositories, config, wish) = (app.repositories.clone(), app.config.clone(), Arc::clone(&wish));
        let prepare = move || create_pipeline::prepare(&repositories, &config, &known, &wish);
        tokio::task::spawn_blocking(prepare).await.map_err(|e| ApiError::internal(&e))?
    };
    let prepared = Arc::new(prepared.map_err(|e| ApiError::internal(&e))??);
    let (config, kept) = (app.config.clone(), Arc::clone(&prepared));
    let made = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| {
            create_pipeline::create(tx, actor, &config, &at, (wish.as_ref(), kept.as_ref()), now)
        })
        .await?;
    keep(&app, id, made, &prepared.target.sha).await;
    app.wake.runners();
    after(&app, made).await.map(Created)
}

/// Keeps the commit of a new pipeline. Should that fail now, the next start does it.
async fn keep(app: &AppState, project: i64, pipeline: PipelineId, sha: &str) {
    let (repositories, sha) = (app.repositories.clone(), sha.to_owned());
    let kept = tokio::task::spawn_blocking(move || repositories.keep(project, pipeline.0, &sha)).await;
    match kept {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::error!(pipeline = pipeline.0, %why, "the commit of a pipeline is not kept"),
        Err(why) => tracing::error!(pipeline = pipeline.0, %why, "the commit of a pipeline is not kept"),
    }
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
    let deleted = app.write(actor.0, Intent::Decide, job).await?;
    let shared = app.0.clone();
    let cleared = tokio::task::spawn_blocking(move || pipelines::clear(&shared, &deleted)).await;
    cleared.map_err(|why| ApiError::internal(&why))?;
    Ok(NoContent)
}

/// A pipeline as it is now, for somebody who just acted on it.
async fn after(app: &AppState, id: PipelineId) -> Result<Pipeline, ApiError> {
    let url = app.config.external_url.clone();
    let read = move |tx: &mut Tx<'_>| {
        let (project, pipeline) = pipelines::created(tx, id)?;
        pipeline_details(tx, &Site { url: &url, project: &project }, &pipeline)
    };
    app.read(read).await
}
