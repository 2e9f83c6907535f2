//! What people do with jobs, over REST and on pages alike.

use crate::reply::ApiError;
use crate::state::AppState;
use countersign_app::artifacts::Shelf;
use countersign_app::authorize::Ref;
use countersign_app::cancel_job::cancel_job;
use countersign_app::erase_job::erase_job;
use countersign_app::script::Variable;
use countersign_app::traces::Traces;
use countersign_app::{Tx, play, retry};
use countersign_domain::access::Actor;
use countersign_domain::ids::JobId;
use countersign_store::{Intent, jobs};
use tracing::Instrument;

/// Starts a manual job with variables; one that has finished is tried again. The job that runs.
///
/// # Errors
/// What the use case refuses; the store's.
pub(crate) async fn play(
    app: &AppState,
    actor: Actor,
    at: Ref,
    id: JobId,
    variables: Vec<Variable>,
) -> Result<JobId, ApiError> {
    let vault = app.config.vault.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| play::play(tx, &vault, actor, (&at, id), &variables, now);
    let started = app.write(actor, Intent::Decide, job).await?;
    app.wake.runners();
    Ok(started)
}

/// Tries a finished job again; the new job.
///
/// # Errors
/// As [`play`].
pub(crate) async fn retry(app: &AppState, actor: Actor, at: Ref, id: JobId) -> Result<JobId, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| retry::retry(tx, actor, &at, id, now);
    let made = app.write(actor, Intent::Decide, job).await?;
    app.wake.runners();
    Ok(made)
}

/// Cancels a job; one that has finished stays as it is.
///
/// # Errors
/// As [`play`].
pub(crate) async fn cancel(app: &AppState, actor: Actor, at: Ref, id: JobId) -> Result<JobId, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| cancel_job(tx, actor, &at, id, now);
    let canceled = app.write(actor, Intent::Decide, job).await?;
    app.wake.runners();
    Ok(canceled)
}

/// Erases the log and the files of a job that has ended.
///
/// # Errors
/// As [`play`]; the file cannot be removed.
pub(crate) async fn erase(app: &AppState, actor: Actor, at: Ref, id: JobId) -> Result<JobId, ApiError> {
    // Once begun it goes on to its end, though the client goes away: what is noted as erased is removed.
    tokio::spawn(erase_whole(app.clone(), actor, at, id).in_current_span()).await.map_err(|e| ApiError::internal(&e))?
}

async fn erase_whole(app: AppState, actor: Actor, at: Ref, id: JobId) -> Result<JobId, ApiError> {
    let traces = Traces::of(&app.config);
    let found = app.read(move |tx| Ok(jobs::get(tx, id)?)).await?;
    let has_log = found.as_ref().is_some_and(|job| traces.has(job.project_id, id));
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| erase_job(tx, actor, &at, id, has_log, now);
    let erased = app.write(actor, Intent::Decide, job).await?;
    if let Some(job) = found {
        let (project, shelf) = (job.project_id, Shelf::of(&app.config));
        let remove = move || traces.remove(project, id).and_then(|()| shelf.remove_job(project, id));
        let removed = tokio::task::spawn_blocking(remove).await;
        // Nobody reads it any more; whoever wants it gone from the disk can erase it again.
        removed.map_err(|e| ApiError::internal(&e))?.map_err(|e| ApiError::internal(&e))?;
    }
    Ok(erased)
}
