//! Pipelines of a project.

mod change;
mod parts;

pub(in crate::api) use change::after;

use crate::actor::{Actor, Asker};
use crate::api::values::moment;
use crate::api::views::{Site, of_pipelines, pipeline_details};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::{Tx, pipelines};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::PipelineId;
use countersign_domain::pipeline::Status;
use countersign_store::pipelines::{Filter, Order, Scope};
use countersign_wire::pipeline::{
    LatestPipeline, ListPipelines, Pipeline, PipelineBasic, PipelineOrder, PipelineScope, PipelineStatus,
};
use countersign_wire::sort::Sort;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file and those below it.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_pipelines))
        .routes(routes!(latest_pipeline))
        .routes(routes!(show_pipeline, change::delete_pipeline))
        .routes(routes!(change::create_pipeline))
        .routes(routes!(change::retry_pipeline))
        .routes(routes!(change::cancel_pipeline))
        .routes(routes!(change::rename_pipeline))
        .routes(routes!(parts::list_pipeline_jobs))
        .routes(routes!(parts::list_bridges))
        .routes(routes!(parts::show_variables))
        .routes(routes!(parts::show_test_report))
        .routes(routes!(parts::show_test_report_summary))
}

/// Lists the pipelines of a project.
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
    let status = query.status.map(status);
    let wanted = filter(query, status.flatten(), &page)?;
    // A status that pipelines never have here.
    let none = status == Some(None);
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>| {
        let (project, rows, total) = pipelines::list(tx, &actor.0, &at, &wanted, now)?;
        Ok((of_pipelines(&Site { url: &url, project: &project }, &rows), total))
    };
    let (rows, total) = app.scan(read).await?;
    let (rows, total) = if none { (Vec::new(), 0) } else { (rows, total) };
    Ok(Paged::new(page, rows, u64::try_from(total).unwrap_or_default()))
}

fn filter(query: ListPipelines, status: Option<Status>, page: &Page) -> Result<Filter, ApiError> {
    Ok(Filter {
        ref_name: query.ref_name,
        sha: query.sha,
        status,
        source: query.source,
        scope: query.scope.map(scope),
        username: query.username,
        name: query.name,
        broken: query.yaml_errors,
        updated_after: moment("updated_after", query.updated_after.as_deref())?,
        updated_before: moment("updated_before", query.updated_before.as_deref())?,
        created_after: moment("created_after", query.created_after.as_deref())?,
        created_before: moment("created_before", query.created_before.as_deref())?,
        order: match query.order_by.unwrap_or_default() {
            PipelineOrder::Id => Order::Id,
            PipelineOrder::Status => Order::Status,
            PipelineOrder::Ref => Order::Ref,
            PipelineOrder::UpdatedAt => Order::UpdatedAt,
            PipelineOrder::UserId => Order::UserId,
        },
        ascending: query.sort == Some(Sort::Asc),
        limit: page.limit(),
        offset: page.offset(),
    })
}

/// Gets the newest pipeline for what a branch or tag stands at; 403 if there is none.
#[utoipa::path(get, path = "/projects/{id}/pipelines/latest", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), LatestPipeline),
    responses((status = 200, body = Pipeline)))]
async fn latest_pipeline(
    State(app): State<AppState>,
    asker: Asker,
    Path(id): Path<Id>,
    Params(query): Params<LatestPipeline>,
) -> Result<Json<Pipeline>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>, actor: &Who| {
        let name = query.ref_name.as_deref().filter(|name| !name.is_empty());
        let (project, pipeline) = pipelines::latest(tx, actor, &at, name, now)?;
        pipeline_details(tx, &Site { url: &url, project: &project }, &pipeline)
    };
    asker.read(&app, read).await.map(Json)
}

/// Gets one pipeline.
#[utoipa::path(get, path = "/projects/{id}/pipelines/{pipeline_id}", tag = "Pipelines",
    params(("id" = Id, Path, description = "The project"), ("pipeline_id" = i64, Path, description = "The pipeline")),
    responses((status = 200, body = Pipeline)))]
async fn show_pipeline(
    State(app): State<AppState>,
    asker: Asker,
    Path((id, pipeline)): Path<(Id, i64)>,
) -> Result<Json<Pipeline>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>, actor: &Who| {
        let (project, pipeline) = pipelines::show(tx, actor, &at, PipelineId(pipeline), now)?;
        pipeline_details(tx, &Site { url: &url, project: &project }, &pipeline)
    };
    asker.read(&app, read).await.map(Json)
}

fn scope(of: PipelineScope) -> Scope {
    match of {
        PipelineScope::Running => Scope::Running,
        PipelineScope::Pending => Scope::Pending,
        PipelineScope::Finished => Scope::Finished,
        PipelineScope::Branches => Scope::Branches,
        PipelineScope::Tags => Scope::Tags,
    }
}

/// `None` for a status that pipelines never have here.
fn status(of: PipelineStatus) -> Option<Status> {
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
        PipelineStatus::WaitingForResource => Status::WaitingForResource,
        PipelineStatus::Scheduled => Status::Scheduled,
        PipelineStatus::Preparing | PipelineStatus::WaitingForCallback => return None,
    })
}
