//! Trigger tokens of projects.

mod run;

use crate::actor::SignedIn;
use crate::api::values::total;
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::triggers::{self, Owned};
use countersign_app::{Tx, secrets};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::TriggerId;
use countersign_domain::token::TRIGGER_PREFIX;
use countersign_store::Intent;
use countersign_wire::trigger::{CreateTrigger, Trigger, UpdateTrigger};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_triggers, create_trigger))
        .routes(routes!(show_trigger, update_trigger, delete_trigger))
        .routes(routes!(run::trigger_pipeline))
        .routes(routes!(run::trigger_pipeline_of_ref))
}

/// Lists the trigger tokens of a project.
#[utoipa::path(get, path = "/projects/{id}/triggers", tag = "Triggers",
    params(("id" = Id, Path, description = "The project")), responses((status = 200, body = [Trigger])))]
async fn list_triggers(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
    page: Page,
) -> Result<Paged<Trigger>, ApiError> {
    let (at, now, part) = (Ref::from(id), countersign_app::now(), (page.limit(), page.offset()));
    let (rows, count) = app.scan(move |tx| triggers::list(tx, &actor.0, &at, part, now)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|owned| shown(&app, &owned, None)))
}

/// Gets one trigger token.
#[utoipa::path(get, path = "/projects/{id}/triggers/{trigger_id}", tag = "Triggers",
    params(("id" = Id, Path, description = "The project"), ("trigger_id" = i64, Path, description = "The trigger token")),
    responses((status = 200, body = Trigger)))]
async fn show_trigger(
    State(app): State<AppState>,
    actor: SignedIn,
    Path((id, trigger)): Path<(Id, i64)>,
) -> Result<Json<Trigger>, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    let found = app.read(move |tx| triggers::show(tx, &actor.0, &at, TriggerId(trigger), now)).await?;
    Ok(Json(shown(&app, &found, None)))
}

/// Creates a trigger token, which creates pipelines as whoever creates it. The reply alone shows the secret.
#[utoipa::path(post, path = "/projects/{id}/triggers", tag = "Triggers",
    params(("id" = Id, Path, description = "The project")), request_body = CreateTrigger,
    responses((status = 201, body = Trigger)))]
async fn create_trigger(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
    Params(body): Params<CreateTrigger>,
) -> Result<Created<Trigger>, ApiError> {
    let (at, secret) = (Ref::from(id), secrets::random(TRIGGER_PREFIX).map_err(|why| ApiError::internal(&why))?);
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| triggers::create(tx, actor, &at, &body.description, &kept, now);
    let made = app.write(actor.0, Intent::Decide, job).await?;
    Ok(Created(shown(&app, &made, Some(secret))))
}

/// Describes a trigger token otherwise.
#[utoipa::path(put, path = "/projects/{id}/triggers/{trigger_id}", tag = "Triggers",
    params(("id" = Id, Path, description = "The project"), ("trigger_id" = i64, Path, description = "The trigger token")),
    request_body = UpdateTrigger, responses((status = 200, body = Trigger)))]
async fn update_trigger(
    State(app): State<AppState>,
    actor: SignedIn,
    Path((id, trigger)): Path<(Id, i64)>,
    Params(body): Params<UpdateTrigger>,
) -> Result<Json<Trigger>, ApiError> {
    let (at, id) = (Ref::from(id), TriggerId(trigger));
    let job =
        move |tx: &mut Tx<'_>, actor: &Who, now| triggers::update(tx, actor, &at, id, body.description.as_deref(), now);
    let changed = app.write(actor.0, Intent::Decide, job).await?;
    Ok(Json(shown(&app, &changed, None)))
}

/// Deletes a trigger token.
#[utoipa::path(delete, path = "/projects/{id}/triggers/{trigger_id}", tag = "Triggers",
    params(("id" = Id, Path, description = "The project"), ("trigger_id" = i64, Path, description = "The trigger token")),
    responses((status = 204)))]
async fn delete_trigger(
    State(app): State<AppState>,
    actor: SignedIn,
    Path((id, trigger)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let (at, id) = (Ref::from(id), TriggerId(trigger));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| triggers::delete(tx, actor, &at, id, now);
    app.write(actor.0, Intent::Decide, job).await.map(|()| NoContent)
}

/// A trigger token as replies show it, with its secret once.
fn shown(app: &AppState, of: &Owned, secret: Option<String>) -> Trigger {
    let trigger = &of.trigger;
    Trigger {
        id: trigger.id.0,
        description: trigger.description.clone(),
        created_at: trigger.created_at.to_string(),
        updated_at: trigger.updated_at.to_string(),
        last_used: trigger.last_used_at.map(|at| at.to_string()),
        token: secret.unwrap_or_else(|| trigger.beginning.clone()),
        owner: of.owner.as_ref().map(|owner| views::user(&app.config.external_url, owner)),
    }
}
