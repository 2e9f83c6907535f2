//! CI/CD variables of projects.

use super::{changes, create, delete, list, show, update, which, wished};
use crate::actor::Actor;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::variables::Place;
use countersign_wire::variable::{CreateVariable, UpdateVariable, Variable, WhichVariable};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_project_variables, create_project_variable)).routes(routes!(
        show_project_variable,
        update_project_variable,
        delete_project_variable
    ))
}

fn place(id: Id) -> Place {
    Place::Project(id.into())
}

/// Lists the CI/CD variables of a project.
#[utoipa::path(get, path = "/projects/{id}/variables", tag = "Variables",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = [Variable])))]
async fn list_project_variables(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<Variable>, ApiError> {
    list(app, actor.0, place(id), page).await
}

/// Gets one CI/CD variable of a project.
#[utoipa::path(get, path = "/projects/{id}/variables/{key}", tag = "Variables",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "Its name"),
        WhichVariable),
    responses((status = 200, body = Variable), (status = 409)))]
async fn show_project_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(query): Params<WhichVariable>,
) -> Result<Json<Variable>, ApiError> {
    show(app, actor.0, place(id), which(key, query.filter)).await
}

/// Creates a CI/CD variable of a project.
#[utoipa::path(post, path = "/projects/{id}/variables", tag = "Variables",
    params(("id" = Id, Path, description = "The project")), request_body = CreateVariable,
    responses((status = 201, body = Variable)))]
async fn create_project_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateVariable>,
) -> Result<Created<Variable>, ApiError> {
    create(app, actor.0, place(id), wished(body)).await
}

/// Changes a CI/CD variable of a project.
#[utoipa::path(put, path = "/projects/{id}/variables/{key}", tag = "Variables",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "Its name")),
    request_body = UpdateVariable, responses((status = 200, body = Variable), (status = 409)))]
async fn update_project_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(mut body): Params<UpdateVariable>,
) -> Result<Json<Variable>, ApiError> {
    let which = which(key, body.filter.take());
    update(app, actor.0, place(id), which, changes(body)).await
}

/// Deletes a CI/CD variable of a project.
#[utoipa::path(delete, path = "/projects/{id}/variables/{key}", tag = "Variables",
    params(("id" = Id, Path, description = "The project"), ("key" = String, Path, description = "Its name"),
        WhichVariable),
    responses((status = 204), (status = 409)))]
async fn delete_project_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(query): Params<WhichVariable>,
) -> Result<NoContent, ApiError> {
    delete(app, actor.0, place(id), which(key, query.filter)).await
}
