//! Runs a new pipeline, over REST and from a page alike.

use crate::reply::ApiError;
use crate::state::AppState;
use countersign_app::authorize::Ref;
use countersign_app::create_pipeline::{self, Wish};
use countersign_domain::access::Actor;
use countersign_domain::ids::PipelineId;
use countersign_store::Intent;
use std::sync::Arc;

/// Creates the pipeline that somebody wishes for.
///
/// # Errors
/// What the use case refuses, before or after git was asked; git's, the store's.
pub(crate) async fn run(app: &AppState, actor: Actor, at: Ref, wish: Wish) -> Result<PipelineId, ApiError> {
    let (now, wish) = (countersign_app::now(), Arc::new(wish));
    let known = {
        let (actor, at, wish) = (actor.clone(), at.clone(), Arc::clone(&wish));
        let vault = app.config.vault.clone();
        app.read(move |tx| create_pipeline::check(tx, &vault, &actor, (&at, &wish), now)).await?
    };
    let id = known.project.id.0;
    let prepared = {
        let (repositories, config, wish) = (app.repositories.clone(), app.config.clone(), Arc::clone(&wish));
        let prepare = move || create_pipeline::prepare(&repositories, &config, &known, &wish);
        tokio::task::spawn_blocking(prepare).await.map_err(|e| ApiError::internal(&e))?
    };
    let prepared = Arc::new(prepared.map_err(|e| ApiError::internal(&e))??);
    let (config, kept) = (app.config.clone(), Arc::clone(&prepared));
    let made = app
        .write(actor, Intent::Decide, move |tx, actor, now| {
            create_pipeline::create(tx, actor, &config, &at, (wish.as_ref(), kept.as_ref()), now)
        })
        .await?;
    keep(app, id, made, &prepared.target.sha).await;
    app.wake.runners();
    Ok(made)
}

/// Keeps the commit of a new pipeline. Should that fail now, the next start does it.
async fn keep(app: &AppState, project: i64, pipeline: PipelineId, sha: &str) {
    let (repositories, sha) = (app.repositories.clone(), sha.to_owned());
    let kept = tokio::task::spawn_blocking(move || repositories.keep(project, pipeline.0, &sha)).await;
    match kept {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::error!(pipeline = pipeline.0, %why, "the commit of a pipeline is not kept"),
        Err(why) => tracing::error!(pipeline = pipeline.0, %why, "the commit of a pipeline is not kept"),
    }
}
