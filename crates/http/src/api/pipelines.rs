//! Pipelines of a project.

use crate::actor::Actor;
use crate::api::views::{Site, of_jobs, of_pipelines, pipeline_details};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::create_pipeline::{self, Wish};
use countersign_app::pipelines::{self, Search};
use countersign_app::script::Variable;
use countersign_domain::ids::PipelineId;
use countersign_domain::job::Status as JobStatus;
use countersign_domain::pipeline::Status;
use countersign_store::Intent;
use countersign_wire::job::{Job, JobScope, ListJobs};
use countersign_wire::pipeline::{CreatePipeline, ListPipelines, Pipeline, PipelineBasic, PipelineStatus};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_pipelines))
        .routes(routes!(create_pipeline))
        .routes(routes!(show_pipeline))
        .routes(routes!(list_pipeline_jobs))
}

/// Lists the pipelines of a project, newest first.
#[utoipa::path(get, path = "/projects/{id}/pipelines", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ListPipelines),
    responses((status = 200, body = [PipelineBasic])))]
async fn list_pipelines(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListPipelines>,
) -> Result<Paged<PipelineBasic>, ApiError> {
    let status = query.status.map(pipeline_status);
    let wanted = Search {
        ref_name: query.ref_name,
        sha: query.sha,
        status: status.flatten(),
        source: query.source,
        limit: page.limit(),
        offset: page.offset(),
    };
    if status == Some(None) {
        // A status that pipelines never have here.
        return Ok(Paged::new(page, Vec::new(), 0));
    }
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut countersign_app::Tx<'_>| {
        let (project, rows, total) = pipelines::list(tx, &actor.0, &at, &wanted, now)?;
        Ok((of_pipelines(&Site { url: &url, project: &project }, &rows), total))
    };
    let (rows, total) = app.scan(read).await?;
    Ok(Paged::new(page, rows, u64::try_from(total).unwrap_or_default()))
}

/// Creates a pipeline for a branch or tag.
#[utoipa::path(post, path = "/projects/{id}/pipeline", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project")), request_body = CreatePipeline,
    responses((status = 201, body = Pipeline)))]
async fn create_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreatePipeline>,
) -> Result<Created<Pipeline>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let given = body.variables.unwrap_or_default().into_iter();
    let variables = given.map(|v| Variable { key: v.key, value: v.value, raw: false }).collect();
    let wish = Arc::new(Wish { ref_name: body.ref_name, variables });
    let project = {
        let (actor, at, wish) = (actor.0.clone(), at.clone(), Arc::clone(&wish));
        app.read(move |tx| create_pipeline::check(tx, &actor, &at, &wish, now)).await?
    };
    let prepared = {
        let (repositories, wish) = (app.repositories.clone(), Arc::clone(&wish));
        let prepare = move || create_pipeline::prepare(&repositories, project, &wish);
        tokio::task::spawn_blocking(prepare).await.map_err(|e| ApiError::internal(&e))?
    };
    let prepared = Arc::new(prepared.map_err(|e| ApiError::internal(&e))??);
    let (config, kept) = (app.config.clone(), Arc::clone(&prepared));
    let made = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| {
            create_pipeline::create(tx, actor, &config, &at, (wish.as_ref(), kept.as_ref()), now)
        })
        .await?;
    keep(&app, project.0, made, &prepared.target.sha).await;
    app.wake.runners();
    let url = app.config.external_url.clone();
    let shown = move |tx: &mut countersign_app::Tx<'_>| {
        let (project, pipeline) = pipelines::created(tx, made)?;
        pipeline_details(tx, &Site { url: &url, project: &project }, &pipeline)
    };
    app.read(shown).await.map(Created)
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

/// Gets one pipeline.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 200, body = Pipeline)))]
async fn show_pipeline(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Json<Pipeline>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut countersign_app::Tx<'_>| {
        let (project, pipeline) = pipelines::show(tx, &actor.0, &at, PipelineId(pipeline), now)?;
        pipeline_details(tx, &Site { url: &url, project: &project }, &pipeline)
    };
    app.read(read).await.map(Json)
}

/// Lists the jobs of a pipeline, newest first.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}/jobs", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline"),
        ListJobs),
    responses((status = 200, body = [Job])))]
async fn list_pipeline_jobs(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
    page: Page,
    Params(query): Params<ListJobs>,
) -> Result<Paged<Job>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let asked = query.scope.unwrap_or_default();
    let scope: Vec<JobStatus> = asked.iter().filter_map(|s| job_status(*s)).collect();
    let nothing = !asked.is_empty() && scope.is_empty();
    let retried = query.include_retried.unwrap_or_default();
    let (skip, limit) = (usize::try_from(page.offset()).unwrap_or(usize::MAX), page.limit());
    let read = move |tx: &mut countersign_app::Tx<'_>| {
        let (project, mut jobs) = pipelines::jobs(tx, &actor.0, &at, PipelineId(pipeline), (&scope, retried), now)?;
        if nothing {
            jobs.clear();
        }
        let total = jobs.len() as u64;
        let rows: Vec<_> = jobs.into_iter().skip(skip).take(usize::try_from(limit).unwrap_or_default()).collect();
        Ok((of_jobs(tx, &Site { url: &url, project: &project }, &rows)?, total))
    };
    let (rows, total) = app.scan(read).await?;
    Ok(Paged::new(page, rows, total))
}

/// `None` for a status that pipelines never have here.
fn pipeline_status(of: PipelineStatus) -> Option<Status> {
    Some(match of {
        PipelineStatus::Created => Status::Created,
        PipelineStatus::Pending => Status::Pending,
        PipelineStatus::Running => Status::Running,
        PipelineStatus::Success => Status::Success,
        PipelineStatus::Failed => Status::Failed,
        PipelineStatus::Canceling => Status::Canceling,
        PipelineStatus::Canceled => Status::Canceled,
        PipelineStatus::Skipped => Status::Skipped,
        PipelineStatus::Manual => Status::Manual,
        PipelineStatus::WaitingForResource
        | PipelineStatus::Preparing
        | PipelineStatus::WaitingForCallback
        | PipelineStatus::Scheduled => return None,
    })
}

/// `None` for a status that jobs never have here.
fn job_status(of: JobScope) -> Option<JobStatus> {
    Some(match of {
        JobScope::Created => JobStatus::Created,
        JobScope::Pending => JobStatus::Pending,
        JobScope::Running => JobStatus::Running,
        JobScope::Success => JobStatus::Success,
        JobScope::Failed => JobStatus::Failed,
        JobScope::Canceling => JobStatus::Canceling,
        JobScope::Canceled => JobStatus::Canceled,
        JobScope::Skipped => JobStatus::Skipped,
        JobScope::Manual => JobStatus::Manual,
        JobScope::WaitingForResource | JobScope::Preparing | JobScope::WaitingForCallback | JobScope::Scheduled => {
            return None;
        }
    })
}
