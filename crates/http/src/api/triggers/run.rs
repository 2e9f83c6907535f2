//! Creates pipelines with trigger tokens.

use crate::actor::prove_trigger;
use crate::api::pipelines::after;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::places::client;
use crate::reply::{ApiError, Created};
use crate::run_pipeline;
use crate::state::AppState;
use axum::extract::State;
use axum::http::Extensions;
use countersign_app::authorize::Ref;
use countersign_app::create_pipeline::Wish;
use countersign_app::script::Variable;
use countersign_app::triggers;
use countersign_domain::access::Via;
use countersign_wire::pipeline::Pipeline;
use countersign_wire::trigger::{TriggerPipeline, TriggerPipelineOfRef};
use std::collections::BTreeMap;

/// Creates a pipeline for a branch or tag as the owner of a trigger token, which takes the place of any other.
#[utoipa::path(post, path = "/projects/{id}/trigger/pipeline", tag = "Triggers",
    params(("id" = Id, Path, description = "The project")), request_body = TriggerPipeline,
    responses((status = 201, body = Pipeline)))]
pub(super) async fn trigger_pipeline(
    State(app): State<AppState>,
    Path(id): Path<Id>,
    extensions: Extensions,
    Params(body): Params<TriggerPipeline>,
) -> Result<Created<Pipeline>, ApiError> {
    run(&app, Ref::from(id), &extensions, body).await
}

/// As `/projects/{id}/trigger/pipeline`, for the branch or tag in the address.
#[utoipa::path(post, path = "/projects/{id}/ref/{ref}/trigger/pipeline", tag = "Triggers",
    params(("id" = Id, Path, description = "The project"), ("ref" = String, Path, description = "The branch or tag")),
    request_body = TriggerPipelineOfRef, responses((status = 201, body = Pipeline)))]
pub(super) async fn trigger_pipeline_of_ref(
    State(app): State<AppState>,
    Path((id, ref_name)): Path<(Id, String)>,
    extensions: Extensions,
    Params(body): Params<TriggerPipelineOfRef>,
) -> Result<Created<Pipeline>, ApiError> {
    let body = TriggerPipeline { ref_name, token: body.token, variables: body.variables, inputs: body.inputs };
    run(&app, Ref::from(id), &extensions, body).await
}

async fn run(
    app: &AppState,
    at: Ref,
    extensions: &Extensions,
    asked: TriggerPipeline,
) -> Result<Created<Pipeline>, ApiError> {
    let actor = prove_trigger(app, asked.token, at.clone(), client(extensions)).await?;
    let via = actor.via.clone();
    let with_inputs = asked.inputs.is_some_and(|inputs| !inputs.is_empty());
    let wish = Wish { ref_name: asked.ref_name, variables: variables(asked.variables), with_inputs };
    let made = run_pipeline::run(app, actor, at, wish).await?;
    if let Via::Trigger(id) = via {
        let now = countersign_app::now();
        let noted = app.store.housekeeping(move |tx| Ok(triggers::touch(tx, id, now)?)).await;
        noted.unwrap_or_else(|why| tracing::warn!(%why, "the use of a trigger token was not noted"));
    }
    after(app, made).await.map(Created)
}

fn variables(given: Option<BTreeMap<String, String>>) -> Vec<Variable> {
    let variable = |(key, value)| Variable { key, value, ..Variable::default() };
    given.unwrap_or_default().into_iter().map(variable).collect()
}
