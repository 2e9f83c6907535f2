//! CI/CD variables of groups.

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
    OpenApiRouter::new().routes(routes!(list_group_variables, create_group_variable)).routes(routes!(
        show_group_variable,
        update_group_variable,
        delete_group_variable
    ))
}

fn place(id: Id) -> Place {
    Place::Group(id.into())
}

/// Lists the CI/CD variables of a group.
#[utoipa::path(get, path = "/groups/{id}/variables", tag = "Variables",
    params(("id" = Id, Path, description = "The group")), responses((status = 200, body = [Variable])))]
async fn list_group_variables(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<Variable>, ApiError> {
    list(app, actor.0, place(id), page).await
}

/// Gets one CI/CD variable of a group.
#[utoipa::path(get, path = "/groups/{id}/variables/{key}", tag = "Variables",
    params(("id" = Id, Path, description = "The group"), ("key" = String, Path, description = "Its name"),
        WhichVariable),
    responses((status = 200, body = Variable), (status = 409)))]
async fn show_group_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(query): Params<WhichVariable>,
) -> Result<Json<Variable>, ApiError> {
    show(app, actor.0, place(id), which(key, query.filter)).await
}

/// Creates a CI/CD variable of a group.
#[utoipa::path(post, path = "/groups/{id}/variables", tag = "Variables",
    params(("id" = Id, Path, description = "The group")), request_body = CreateVariable,
    responses((status = 201, body = Variable)))]
async fn create_group_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateVariable>,
) -> Result<Created<Variable>, ApiError> {
    create(app, actor.0, place(id), wished(body)).await
}

/// Changes a CI/CD variable of a group.
#[utoipa::path(put, path = "/groups/{id}/variables/{key}", tag = "Variables",
    params(("id" = Id, Path, description = "The group"), ("key" = String, Path, description = "Its name")),
    request_body = UpdateVariable, responses((status = 200, body = Variable), (status = 409)))]
async fn update_group_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(mut body): Params<UpdateVariable>,
) -> Result<Json<Variable>, ApiError> {
    let which = which(key, body.filter.take());
    update(app, actor.0, place(id), which, changes(body)).await
}

/// Deletes a CI/CD variable of a group.
#[utoipa::path(delete, path = "/groups/{id}/variables/{key}", tag = "Variables",
    params(("id" = Id, Path, description = "The group"), ("key" = String, Path, description = "Its name"),
        WhichVariable),
    responses((status = 204), (status = 409)))]
async fn delete_group_variable(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, key)): Path<(Id, String)>,
    Params(query): Params<WhichVariable>,
) -> Result<NoContent, ApiError> {
    delete(app, actor.0, place(id), which(key, query.filter)).await
}
