//! CI/CD variables of the instance.

use super::{changes, create, delete, list, show, update, which, wished};
use crate::actor::SignedIn;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::Path;
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::variables::Place;
use countersign_wire::variable::{
    CreateInstanceVariable, CreateVariable, UpdateInstanceVariable, UpdateVariable, Variable,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_instance_variables, create_instance_variable)).routes(routes!(
        show_instance_variable,
        update_instance_variable,
        delete_instance_variable
    ))
}

/// Lists the CI/CD variables of the instance.
#[utoipa::path(get, path = "/admin/ci/variables", tag = "Variables",
    responses((status = 200, body = [Variable])))]
async fn list_instance_variables(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
) -> Result<Paged<Variable>, ApiError> {
    list(app, actor.0, Place::Instance, page).await
}

/// Gets one CI/CD variable of the instance.
#[utoipa::path(get, path = "/admin/ci/variables/{key}", tag = "Variables",
    params(("key" = String, Path, description = "Its name")), responses((status = 200, body = Variable)))]
async fn show_instance_variable(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(key): Path<String>,
) -> Result<Json<Variable>, ApiError> {
    show(app, actor.0, Place::Instance, which(key, None)).await
}

/// Creates a CI/CD variable of the instance.
#[utoipa::path(post, path = "/admin/ci/variables", tag = "Variables", request_body = CreateInstanceVariable,
    responses((status = 201, body = Variable)))]
async fn create_instance_variable(
    State(app): State<AppState>,
    actor: SignedIn,
    Params(body): Params<CreateInstanceVariable>,
) -> Result<Created<Variable>, ApiError> {
    let body = CreateVariable {
        key: body.key,
        value: body.value,
        variable_type: body.variable_type,
        protected: body.protected,
        masked: body.masked,
        masked_and_hidden: None,
        raw: body.raw,
        environment_scope: None,
        description: body.description,
    };
    create(app, actor.0, Place::Instance, wished(body)).await
}

/// Changes a CI/CD variable of the instance.
#[utoipa::path(put, path = "/admin/ci/variables/{key}", tag = "Variables",
    params(("key" = String, Path, description = "Its name")), request_body = UpdateInstanceVariable,
    responses((status = 200, body = Variable)))]
async fn update_instance_variable(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(key): Path<String>,
    Params(body): Params<UpdateInstanceVariable>,
) -> Result<Json<Variable>, ApiError> {
    let body = UpdateVariable {
        value: body.value,
        variable_type: body.variable_type,
        protected: body.protected,
        masked: body.masked,
        raw: body.raw,
        environment_scope: None,
        description: body.description,
        filter: None,
    };
    update(app, actor.0, Place::Instance, which(key, None), changes(body)).await
}

/// Deletes a CI/CD variable of the instance.
#[utoipa::path(delete, path = "/admin/ci/variables/{key}", tag = "Variables",
    params(("key" = String, Path, description = "Its name")), responses((status = 204)))]
async fn delete_instance_variable(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(key): Path<String>,
) -> Result<NoContent, ApiError> {
    delete(app, actor.0, Place::Instance, which(key, None)).await
}
