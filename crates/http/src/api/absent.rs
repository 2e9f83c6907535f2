//! Lists of things that do not exist here, which clients read all the same: empty, for whoever might read them.

use crate::actor::{Actor, SignedIn};
use crate::pagination::{Page, Paged};
use crate::path::{Id, Path};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::{self, Ref};
use countersign_app::users;
use countersign_domain::access::Action;
use countersign_domain::ids::UserId;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_topics))
        .routes(routes!(list_deploy_tokens))
        .routes(routes!(list_project_deploy_tokens))
        .routes(routes!(list_merge_requests))
        .routes(routes!(list_own_events))
        .routes(routes!(list_user_events))
}

/// The page of an empty list.
fn nothing(page: Page) -> Paged<Value> {
    Paged::new(page, Vec::new(), 0)
}

/// Lists topics of projects: there are none.
#[utoipa::path(get, path = "/topics", tag = "Not kept here", responses((status = 200, body = [Value])))]
async fn list_topics(_: Actor, page: Page) -> Paged<Value> {
    nothing(page)
}

/// Lists all deploy tokens, for administrators: there are none.
#[utoipa::path(get, path = "/deploy_tokens", tag = "Not kept here", responses((status = 200, body = [Value])))]
async fn list_deploy_tokens(actor: SignedIn, page: Page) -> Result<Paged<Value>, ApiError> {
    authorize::admin(&actor.0)?;
    Ok(nothing(page))
}

/// Lists the deploy tokens of a project, for its maintainers: there are none.
#[utoipa::path(get, path = "/projects/{id}/deploy_tokens", tag = "Not kept here",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = [Value])))]
async fn list_project_deploy_tokens(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<Value>, ApiError> {
    of_project(&app, actor, id, Action::ManageProject).await?;
    Ok(nothing(page))
}

/// Lists the merge requests of a project: there are none.
#[utoipa::path(get, path = "/projects/{id}/merge_requests", tag = "Not kept here",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = [Value])))]
async fn list_merge_requests(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<Value>, ApiError> {
    of_project(&app, actor, id, Action::Read).await?;
    Ok(nothing(page))
}

/// Lists what one did: there is no such list; the audit trail has it.
#[utoipa::path(get, path = "/events", tag = "Not kept here", responses((status = 200, body = [Value])))]
async fn list_own_events(_: SignedIn, page: Page) -> Paged<Value> {
    nothing(page)
}

/// Lists what a user did, as far as that is public: there is no such list.
#[utoipa::path(get, path = "/users/{id}/events", tag = "Not kept here",
    params(("id" = i64, Path, description = "The user")), responses((status = 200, body = [Value])))]
async fn list_user_events(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    page: Page,
) -> Result<Paged<Value>, ApiError> {
    app.read(move |tx| users::show(tx, &actor.0, UserId(id))).await?;
    Ok(nothing(page))
}

async fn of_project(app: &AppState, actor: Actor, id: Id, action: Action) -> Result<(), ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    app.read(move |tx| authorize::project(tx, &actor.0, &at, action, now)).await.map(drop)
}
