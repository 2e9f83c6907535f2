//! What a push leads to: the ledger of refs is brought up to date, and pipelines begin.
//!
//! A push is known three ways: from its own request, from the spool its hook wrote, and from comparing the ledger with
//! the repository at a start. The ledger makes each of them harmless after another: what it holds already is done.

mod record;

use crate::git::{GitError, NO_OBJECT, Push, RefUpdate, missed};
use crate::{App, Failure, configuration};
use countersign_domain::event::By;
use countersign_domain::ids::{PipelineId, ProjectId, UserId};
use countersign_store::{Error, Intent, recovery, refs};
use record::Seen;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many refs of one push begin pipelines; the others are noted only.
const MOST_PIPELINES: usize = 4;
/// How many projects can have their pushes followed at the same time.
const STRIPES: usize = 16;

/// Keeps the pushes of one project from being followed at the same time, so that the ledger moves in order.
#[derive(Debug, Default)]
pub struct Turns([Mutex<()>; STRIPES]);

impl Turns {
    fn take(&self, project: ProjectId) -> MutexGuard<'_, ()> {
        let stripe = usize::try_from(project.0.rem_euclid(STRIPES as i64)).unwrap_or_default();
        self.0[stripe % STRIPES].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a push could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

impl From<Error> for PushError {
    fn from(error: Error) -> PushError {
        PushError::Store(Failure::Store(error))
    }
}

/// Follows one recorded push and removes its entry from the spool. Blocks: git and the database are waited for.
///
/// # Errors
/// Git or the database failed; the entry stays and is followed later.
pub fn settle(app: &App, push: &Push) -> Result<Vec<PipelineId>, PushError> {
    let made = follow(app, ProjectId(push.project), Some(UserId(push.user)), &push.updates)?;
    app.repositories.spool_remove(&push.file)?;
    Ok(made)
}

/// Follows the updates of one push: notes each branch and tag in the ledger, and begins a pipeline, as `user`, for the
/// first four that were not deleted. What the ledger holds already is left alone. Blocks.
///
/// # Errors
/// Git or the database failed; updates before that one are done.
pub fn follow(
    app: &App,
    project: ProjectId,
    user: Option<UserId>,
    updates: &[RefUpdate],
) -> Result<Vec<PipelineId>, PushError> {
    if !app.repositories.exists(project.0) {
        // The project was deleted after the push.
        return Ok(Vec::new());
    }
    let turn = app.pushes.take(project);
    let made = follow_in_turn(app, project, user, updates)?;
    drop(turn);
    if !made.is_empty() {
        app.wake.runners();
    }
    Ok(made)
}

fn follow_in_turn(
    app: &App,
    project: ProjectId,
    user: Option<UserId>,
    updates: &[RefUpdate],
) -> Result<Vec<PipelineId>, PushError> {
    let actual = app.repositories.refs(project.0)?;
    let mut made = Vec::new();
    let mut begun = 0;
    for update in updates {
        let Some(at) = record::at(update) else { continue };
        let wanted = !update.is_deletion() && begun < MOST_PIPELINES;
        begun += usize::from(!update.is_deletion());
        let prepared = match wanted {
            true => configuration::prepare(&app.repositories, project, at)?,
            false => None,
        };
        let sha = prepared.as_ref().map(|p| p.target.sha.clone());
        let current = actual.get(&update.name).map_or(NO_OBJECT, String::as_str) == update.new;
        let seen = Seen { project, user, update: update.clone(), prepared, current };
        let config = app.config.clone();
        let (by, now) = (By { user, ..By::default() }, crate::now());
        let id =
            app.store.write_blocking(by, now, Intent::Decide, move |tx| record::record(tx, &config, &seen, now))?;
        if let (Some(id), Some(sha)) = (id, sha) {
            app.repositories.keep(project.0, id.0, &sha)?;
            made.push(id);
        }
    }
    if begun > MOST_PIPELINES {
        tracing::warn!(
            project = project.0,
            refs = begun,
            "a push of many refs began pipelines for the first four only"
        );
    }
    Ok(made)
}

/// Follows what is in the spool. One entry that fails does not hold up the others. Blocks.
///
/// # Errors
/// The spool cannot be read.
pub fn settle_spool(app: &App) -> Result<(), PushError> {
    for push in app.repositories.spool_entries()? {
        if let Err(error) = settle(app, &push) {
            tracing::error!(project = push.project, %error, "a push could not be followed; it is tried again later");
        }
    }
    Ok(())
}

/// At a start: follows what is in the spool, then what the ledger does not know, and makes sure that the commits of
/// open pipelines are kept. Pushes found by the ledger alone have no user: their jobs wait to be played. To be run
/// before pushes are accepted. Blocks.
///
/// # Errors
/// The spool or the database cannot be read.
pub fn recover_pushes(app: &App) -> Result<(), PushError> {
    settle_spool(app)?;
    for project in app.store.read_blocking(recovery::projects)? {
        if let Err(error) = recover_project(app, project) {
            tracing::error!(project = project.0, %error, "the refs of a project could not be compared");
        }
    }
    for open in app.store.read_blocking(recovery::open_pipelines)? {
        if app.repositories.keeps(open.project_id.0, open.id.0) {
            continue;
        }
        if let Err(error) = app.repositories.keep(open.project_id.0, open.id.0, &open.sha) {
            tracing::warn!(pipeline = open.id.0, %error, "the commit of an open pipeline cannot be kept");
        }
    }
    Ok(())
}

fn recover_project(app: &App, project: ProjectId) -> Result<(), PushError> {
    if !app.repositories.exists(project.0) {
        return Ok(());
    }
    let actual = app.repositories.refs(project.0)?;
    let ledger: BTreeMap<String, String> = app.store.read_blocking(move |tx| refs::all(tx, project))?;
    let missed = missed(&ledger, &actual);
    if !missed.is_empty() {
        tracing::info!(project = project.0, refs = missed.len(), "refs moved without being followed");
        follow(app, project, None, &missed)?;
    }
    Ok(())
}
