//! Lists deployments.

use crate::actor::Actor;
use crate::api::views::{Site, of_deployments};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::deployments;
use countersign_domain::deployment::Status;
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{Filter, Order};
use countersign_wire::deployment::{Deployment, DeploymentOrder, DeploymentSort, ListDeployments, ListedStatus};

/// Lists the deployments of a project.
#[utoipa::path(get, path = "/projects/{id}/deployments", tag = "Deployments",
    params(("id" = Id, Path, description = "The project"), ListDeployments),
    responses((status = 200, body = [Deployment])))]
pub(super) async fn list_deployments(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListDeployments>,
) -> Result<Paged<Deployment>, ApiError> {
    let at = Ref::from(id);
    let wanted = filter(&query, &page)?;
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let (rows, total) = app
        .scan(move |tx| {
            let with_project = |project| Filter { project, ..wanted.clone() };
            let (seen, rows, total) = deployments::list(tx, &actor.0, &at, with_project, now)?;
            let site = Site { url: &url, project: &seen.project };
            Ok((of_deployments(tx, &site, &rows, &seen)?, total))
        })
        .await?;
    Ok(Paged::new(page, rows, u64::try_from(total).unwrap_or_default()))
}

fn filter(query: &ListDeployments, page: &Page) -> Result<Filter, ApiError> {
    check(query)?;
    Ok(Filter {
        project: countersign_domain::ids::ProjectId(0),
        environment: query.environment.clone(),
        status: query.status.map(status),
        updated_after: time("updated_after", &query.updated_after)?,
        updated_before: time("updated_before", &query.updated_before)?,
        finished_after: time("finished_after", &query.finished_after)?,
        finished_before: time("finished_before", &query.finished_before)?,
        order: match query.order_by.unwrap_or_default() {
            DeploymentOrder::Id | DeploymentOrder::Iid | DeploymentOrder::CreatedAt => Order::Id,
            DeploymentOrder::UpdatedAt => Order::UpdatedAt,
            DeploymentOrder::FinishedAt => Order::FinishedAt,
            DeploymentOrder::Ref => Order::Ref,
        },
        descending: query.sort == Some(DeploymentSort::Desc),
        limit: page.limit(),
        offset: page.offset(),
    })
}

/// Which filters and orders go together: the refusals of GitLab's finder, in its words.
fn check(query: &ListDeployments) -> Result<(), ApiError> {
    let order = query.order_by.unwrap_or_default();
    let by_updated = query.updated_after.is_some() || query.updated_before.is_some();
    let by_finished = query.finished_after.is_some() || query.finished_before.is_some();
    let ended = matches!(
        query.status,
        Some(ListedStatus::Success | ListedStatus::Failed | ListedStatus::Canceled | ListedStatus::Skipped)
    );
    let why = if by_updated && by_finished {
        "Both `updated_at` filter and `finished_at` filter can not be specified"
    } else if by_updated && order != DeploymentOrder::UpdatedAt {
        "`updated_at` filter requires `updated_at` sort"
    } else if by_finished && order != DeploymentOrder::FinishedAt {
        "`finished_at` filter requires `finished_at` sort."
    } else if order == DeploymentOrder::FinishedAt && !by_finished && !ended {
        "`finished_at` sort requires `finished_at` filter or a filter with at least one of the finished statuses."
    } else if by_finished && query.status != Some(ListedStatus::Success) {
        "`finished_at` filter must be combined with `success` status filter."
    } else {
        return Ok(());
    };
    Err(ApiError::bad_request(why).code("deployments.filter"))
}

fn time(name: &str, text: &Option<String>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = text.as_deref().filter(|t| !t.is_empty()) else { return Ok(None) };
    let invalid = || ApiError::parameters(&[format!("{name} is invalid: use ISO 8601, such as 2026-11-21T09:30:00Z")]);
    Timestamp::parse(text).map(Some).ok_or_else(invalid)
}

fn status(of: ListedStatus) -> Status {
    match of {
        ListedStatus::Created => Status::Created,
        ListedStatus::Running => Status::Running,
        ListedStatus::Success => Status::Success,
        ListedStatus::Failed => Status::Failed,
        ListedStatus::Canceled => Status::Canceled,
        ListedStatus::Skipped => Status::Skipped,
        ListedStatus::Blocked => Status::Blocked,
    }
}
