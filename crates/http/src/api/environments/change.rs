//! Creates, changes, stops and deletes environments.

use super::details;
use crate::actor::Actor;
use crate::params::{Clearable, Params};
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::environments::{self, Changes, NewEnvironment};
use countersign_domain::environment::{AutoStop, Tier};
use countersign_domain::ids::EnvironmentId;
use countersign_store::Intent;
use countersign_wire::environment::{
    self as wire, AutoStopSetting, CreateEnvironment, EnvironmentDetails, StopEnvironment,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Changes an environment; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct UpdateEnvironment {
    /// If given, the name it has: it cannot be changed.
    name: Option<String>,
    /// Where it can be seen: http or https; nowhere if empty.
    #[serde(default)]
    #[schema(inline)]
    external_url: Clearable<String>,
    /// Its tier.
    tier: Option<wire::Tier>,
    /// What it is for, at most 10000 characters.
    #[serde(default)]
    #[schema(inline)]
    description: Clearable<String>,
    /// Whether it stops by itself in any case once its time has come, or only if a job stops it.
    auto_stop_setting: Option<AutoStopSetting>,
    /// Not accepted: slugs are made from the name.
    slug: Option<String>,
    /// Only null: there are no Kubernetes clusters here.
    cluster_agent_id: Option<i64>,
    /// Only null.
    kubernetes_namespace: Option<String>,
    /// Only null.
    flux_resource_path: Option<String>,
}

/// Creates an environment.
#[utoipa::path(post, path = "/projects/{id}/environments", tag = "Environments",
    params(("id" = Id, Path, description = "The project")), request_body = CreateEnvironment,
    responses((status = 201, body = EnvironmentDetails)))]
pub(super) async fn create_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateEnvironment>,
) -> Result<Created<EnvironmentDetails>, ApiError> {
    let paths =
        [("kubernetes_namespace", &body.kubernetes_namespace), ("flux_resource_path", &body.flux_resource_path)];
    check(body.slug.as_deref(), body.cluster_agent_id, &paths)?;
    let new = NewEnvironment {
        name: body.name,
        tier: body.tier.map(tier),
        external_url: body.external_url.filter(|u| !u.is_empty()),
        description: body.description,
        auto_stop: body.auto_stop_setting.map(auto_stop),
    };
    let (at, place, who) = (Ref::from(id.clone()), Ref::from(id), actor.0.clone());
    let made =
        app.write(actor.0, Intent::Edit, move |tx, actor, now| environments::create(tx, actor, &at, &new, now)).await?;
    details(&app, who, place, made.id).await.map(Created)
}

/// Changes an environment. With another tier, the deployments that wait there are judged anew.
#[utoipa::path(put, path = "/projects/{id}/environments/{environment_id}", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), ("environment_id" = i64, Path, description = "The environment")),
    request_body = UpdateEnvironment, responses((status = 200, body = EnvironmentDetails)))]
pub(super) async fn update_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, environment)): Path<(Id, i64)>,
    Params(body): Params<UpdateEnvironment>,
) -> Result<Json<EnvironmentDetails>, ApiError> {
    let paths =
        [("kubernetes_namespace", &body.kubernetes_namespace), ("flux_resource_path", &body.flux_resource_path)];
    check(body.slug.as_deref(), body.cluster_agent_id, &paths)?;
    let changes = Changes {
        name: body.name,
        tier: body.tier.map(tier),
        external_url: body.external_url.change(),
        description: body.description.change(),
        auto_stop: body.auto_stop_setting.map(auto_stop),
    };
    let (at, place, who) = (Ref::from(id.clone()), Ref::from(id), actor.0.clone());
    let id = EnvironmentId(environment);
    app.write(actor.0, Intent::Edit, move |tx, actor, now| environments::update(tx, actor, &at, id, &changes, now))
        .await?;
    details(&app, who, place, id).await.map(Json)
}

/// Stops an environment, and cancels the deployments that wait there for approval. Where a job stops it, that is played,
/// and the environment is `stopping` until it has ended.
#[utoipa::path(post, path = "/projects/{id}/environments/{environment_id}/stop", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), ("environment_id" = i64, Path, description = "The environment")),
    request_body = StopEnvironment, responses((status = 200, body = EnvironmentDetails)))]
pub(super) async fn stop_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, environment)): Path<(Id, i64)>,
    Params(asked): Params<StopEnvironment>,
) -> Result<Json<EnvironmentDetails>, ApiError> {
    let (at, place, who) = (Ref::from(id.clone()), Ref::from(id), actor.0.clone());
    let id = EnvironmentId(environment);
    let wanted = (id, asked.force.unwrap_or_default());
    app.write(actor.0, Intent::Decide, move |tx, actor, now| environments::stop(tx, actor, &at, wanted, now)).await?;
    app.wake.runners();
    details(&app, who, place, id).await.map(Json)
}

/// Deletes a stopped environment, with the records of its deployments.
#[utoipa::path(delete, path = "/projects/{id}/environments/{environment_id}", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), ("environment_id" = i64, Path, description = "The environment")),
    responses((status = 204)))]
pub(super) async fn delete_environment(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, environment)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let (at, id) = (Ref::from(id), EnvironmentId(environment));
    app.write(actor.0, Intent::Edit, move |tx, actor, now| environments::delete(tx, actor, &at, id, now))
        .await
        .map(|()| NoContent)
}

/// What nobody may set: the slug, and a cluster, as there is none.
fn check(slug: Option<&str>, agent: Option<i64>, paths: &[(&str, &Option<String>)]) -> Result<(), ApiError> {
    if slug.is_some() {
        return Err(ApiError::parameters(&["slug is automatically generated and cannot be changed"]));
    }
    let filled = paths.iter().find(|(_, text)| text.as_ref().is_some_and(|t| !t.is_empty())).map(|(field, _)| *field);
    match agent.map(|_| "cluster_agent_id").or(filled) {
        Some(field) => Err(ApiError::field(field, ["must be null: there are no cluster agents here"])),
        None => Ok(()),
    }
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

fn auto_stop(of: AutoStopSetting) -> AutoStop {
    match of {
        AutoStopSetting::Always => AutoStop::Always,
        AutoStopSetting::WithAction => AutoStop::WithAction,
    }
}
