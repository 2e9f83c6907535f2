//! Environments of a project.

mod change;
mod sweep;

use crate::actor::Actor;
use crate::api::views::{Site, named, of_deployments};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::environments::{self, Search};
use countersign_app::{Failure, Tx, sight};
use countersign_domain::access::Actor as Who;
use countersign_domain::environment::State as EnvironmentState;
use countersign_domain::ids::EnvironmentId;
use countersign_store::environments::Environment as Row;
use countersign_wire::environment::{self as wire, Environment, EnvironmentDetails, ListEnvironments};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The shortest search.
const SHORTEST_SEARCH: usize = 3;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_environments, change::create_environment))
        .routes(routes!(sweep::delete_review_apps))
        .routes(routes!(sweep::stop_stale_environments))
        .routes(routes!(show_environment, change::update_environment, change::delete_environment))
        .routes(routes!(change::stop_environment))
}

/// Lists the environments of a project.
#[utoipa::path(get, path = "/projects/{id}/environments", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), ListEnvironments),
    responses((status = 200, body = [Environment])))]
async fn list_environments(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListEnvironments>,
) -> Result<Paged<Environment>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let wanted = search(query)?;
    let all = app.scan(move |tx| environments::list(tx, &actor.0, &at, &wanted, now)).await?;
    let total = all.len() as u64;
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let limit = usize::try_from(page.limit()).unwrap_or_default();
    let rows: Vec<Row> = all.into_iter().skip(skip).take(limit).collect();
    Ok(Paged::new(page, rows, total).map(|e| shown(&e)))
}

fn search(query: ListEnvironments) -> Result<Search, ApiError> {
    if query.name.is_some() && query.search.is_some() {
        return Err(ApiError::parameters(&["name, search are mutually exclusive"]));
    }
    if query.search.as_ref().is_some_and(|s| s.chars().count() < SHORTEST_SEARCH) {
        return Err(ApiError::bad_request("Search query is less than 3 characters"));
    }
    let state = query.states.map(|s| match s {
        wire::EnvironmentState::Available => EnvironmentState::Available,
        wire::EnvironmentState::Stopping => EnvironmentState::Stopping,
        wire::EnvironmentState::Stopped => EnvironmentState::Stopped,
    });
    Ok(Search { name: query.name, prefix: query.search, state })
}

/// Gets one environment with what it has now.
#[utoipa::path(get, path = "/projects/{id}/environments/{environment_id}", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), ("environment_id" = i64, Path, description = "The environment")),
    responses((status = 200, body = EnvironmentDetails)))]
async fn show_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, environment)): Path<(Id, i64)>,
) -> Result<Json<EnvironmentDetails>, ApiError> {
    let at = Ref::from(id);
    details(&app, actor.0, at, EnvironmentId(environment)).await.map(Json)
}

/// One environment as it is now, as the actor may see it.
async fn details(app: &AppState, actor: Who, at: Ref, id: EnvironmentId) -> Result<EnvironmentDetails, ApiError> {
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>| -> Result<EnvironmentDetails, Failure> {
        let (found, last) = environments::show(tx, &actor, &at, id, now)?;
        let seen = sight::project(tx, &actor, &at, now)?;
        let site = Site { url: &url, project: &seen.project };
        let rows: Vec<_> = last.into_iter().filter(|d| seen.sees(d)).collect();
        let last_deployment = of_deployments(tx, &site, &rows, &seen)?.pop();
        Ok(EnvironmentDetails { environment: shown(&found), last_deployment, project: named(&url, &seen.project) })
    };
    app.scan(read).await
}

fn shown(of: &Row) -> Environment {
    Environment {
        id: of.id.0,
        name: of.name.clone(),
        slug: of.slug.clone(),
        description: of.description.clone(),
        state: of.state.as_str().into(),
        tier: of.tier.as_str().into(),
        external_url: of.external_url.clone(),
        created_at: of.created_at.to_string(),
        updated_at: of.updated_at.to_string(),
        auto_stop_at: of.auto_stop_at.map(|at| at.to_string()),
        auto_stop_problem: of.stays_up.map(|why| why.message().to_owned()),
        auto_stop_setting: of.auto_stop.as_str().into(),
        cluster_agent: None,
        kubernetes_namespace: None,
        flux_resource_path: None,
    }
}
