//! Environments of a project.

use crate::actor::Actor;
use crate::api::views::{Site, of_deployments};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::environments::{self, NewEnvironment, Search};
use countersign_app::sight;
use countersign_domain::environment::{State as EnvironmentState, Tier};
use countersign_domain::ids::EnvironmentId;
use countersign_store::Intent;
use countersign_store::environments::Environment as Row;
use countersign_wire::environment::{
    self as wire, CreateEnvironment, Environment, EnvironmentDetails, ListEnvironments, StopEnvironment,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The shortest search.
const SHORTEST_SEARCH: usize = 3;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_environments, create_environment))
        .routes(routes!(show_environment))
        .routes(routes!(stop_environment))
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
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let details = move |tx: &mut countersign_app::Tx<'_>| {
        let (found, last) = environments::show(tx, &actor.0, &at, EnvironmentId(environment), now)?;
        let seen = sight::project(tx, &actor.0, &at, now)?;
        let site = Site { url: &url, project: &seen.project };
        let rows: Vec<_> = last.into_iter().filter(|d| seen.sees(d)).collect();
        let last_deployment = of_deployments(tx, &site, &rows, |d| seen.sees_job_of(d))?.pop();
        Ok(EnvironmentDetails { environment: shown(&found), last_deployment })
    };
    app.scan(details).await.map(Json)
}

/// Creates an environment.
#[utoipa::path(post, path = "/projects/{id}/environments", tag = "Environments",
    params(("id" = Id, Path, description = "The project")), request_body = CreateEnvironment,
    responses((status = 201, body = Environment)))]
async fn create_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateEnvironment>,
) -> Result<Created<Environment>, ApiError> {
    if body.slug.is_some() {
        return Err(ApiError::parameters(&["slug is automatically generated and cannot be changed"]));
    }
    let new = NewEnvironment {
        name: body.name,
        tier: body.tier.map(tier),
        external_url: body.external_url.filter(|u| !u.is_empty()),
        description: body.description,
    };
    let at = Ref::from(id);
    let made =
        app.write(actor.0, Intent::Edit, move |tx, actor, now| environments::create(tx, actor, &at, &new, now)).await?;
    Ok(Created(shown(&made)))
}

/// Stops an environment, and cancels the deployments that wait there for approval.
#[utoipa::path(post, path = "/projects/{id}/environments/{environment_id}/stop", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), ("environment_id" = i64, Path, description = "The environment")),
    request_body = StopEnvironment, responses((status = 200, body = Environment)))]
async fn stop_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, environment)): Path<(Id, i64)>,
    Params(_asked): Params<StopEnvironment>,
) -> Result<Json<Environment>, ApiError> {
    let at = Ref::from(id);
    let stopped = app
        .write(actor.0, Intent::Decide, move |tx, actor, now| {
            environments::stop(tx, actor, &at, EnvironmentId(environment), now)
        })
        .await?;
    Ok(Json(shown(&stopped)))
}

fn tier(of: wire::Tier) -> Tier {
    match of {
        wire::Tier::Production => Tier::Production,
        wire::Tier::Staging => Tier::Staging,
        wire::Tier::Testing => Tier::Testing,
        wire::Tier::Development => Tier::Development,
        wire::Tier::Other => Tier::Other,
    }
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
        auto_stop_at: None,
    }
}
