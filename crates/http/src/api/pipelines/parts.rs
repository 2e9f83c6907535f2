//! What belongs to one pipeline: its jobs, its variables, and what is always empty here.

use crate::actor::Actor;
use crate::api::jobs::Asked;
use crate::api::views::{Site, of_jobs};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::script::Variable;
use countersign_app::{Tx, pipelines};
use countersign_domain::ids::PipelineId;
use countersign_wire::job::{Job, ListJobs};
use countersign_wire::pipeline::{PipelineVariableShown, TestReport, TestReportSummary, VariableType};

/// Lists the jobs of a pipeline, newest first.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}/jobs", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline"),
        ListJobs),
    responses((status = 200, body = [Job])))]
pub(super) async fn list_pipeline_jobs(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
    page: Page,
    Params(query): Params<ListJobs>,
) -> Result<Paged<Job>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let asked = Asked::new(&query, false);
    let (limit, offset) = (page.limit(), page.offset());
    let read = move |tx: &mut Tx<'_>| {
        let filter = |among| asked.filter(among, limit, offset);
        let (project, jobs, total) = pipelines::jobs(tx, &actor.0, &at, PipelineId(pipeline), filter, now)?;
        if asked.is_empty() {
            return Ok((Vec::new(), 0));
        }
        Ok((of_jobs(tx, &Site { url: &url, project: &project }, &jobs)?, total))
    };
    let (rows, total) = app.scan(read).await?;
    Ok(Paged::new(page, rows, u64::try_from(total).unwrap_or_default()))
}

/// Lists the jobs of a pipeline that begin other pipelines: there are none here.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}/bridges", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline"),
        ListJobs),
    responses((status = 200, body = [Job])))]
pub(super) async fn list_bridges(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
    page: Page,
    Params(query): Params<ListJobs>,
) -> Result<Paged<Job>, ApiError> {
    // What it asks for is checked, but among none there is nothing to choose.
    drop(query);
    seen(&app, actor, id, pipeline).await?;
    Ok(Paged::new(page, Vec::new(), 0))
}

/// Lists the variables a pipeline was created with.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}/variables", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 200, body = [PipelineVariableShown])))]
pub(super) async fn show_variables(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Json<Vec<PipelineVariableShown>>, ApiError> {
    let (at, now, vault) = (Ref::from(id), countersign_app::now(), app.config.vault.clone());
    let read = move |tx: &mut Tx<'_>| pipelines::variables(tx, &vault, &actor.0, (&at, PipelineId(pipeline)), now);
    Ok(Json(app.read(read).await?.into_iter().map(variable).collect()))
}

fn variable(of: Variable) -> PipelineVariableShown {
    let variable_type = if of.file { VariableType::File } else { VariableType::EnvVar };
    PipelineVariableShown { key: of.key, value: of.value, variable_type, raw: of.raw }
}

/// Gets the reports of the tests of a pipeline: no job leaves any.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}/test_report", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 200, body = TestReport)))]
pub(super) async fn show_test_report(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Json<TestReport>, ApiError> {
    seen(&app, actor, id, pipeline).await?;
    Ok(Json(TestReport::default()))
}

/// Gets the reports of the tests of a pipeline in short: no job leaves any.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}/test_report_summary", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 200, body = TestReportSummary)))]
pub(super) async fn show_test_report_summary(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Json<TestReportSummary>, ApiError> {
    seen(&app, actor, id, pipeline).await?;
    Ok(Json(TestReportSummary::default()))
}

/// That whoever asks may see the pipeline.
async fn seen(app: &AppState, actor: Actor, id: Id, pipeline: i64) -> Result<(), ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    app.read(move |tx| pipelines::show(tx, &actor.0, &at, PipelineId(pipeline), now).map(drop)).await
}
