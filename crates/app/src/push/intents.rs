//! Commits made over the API that a crash cut short: the spool knows who was about to move which ref.

use super::{PushError, settle};
use crate::App;
use crate::git::{GitError, Push};

/// Follows the commits whose ref had moved when the server ended, and forgets the others once they are old.
///
/// # Errors
/// The spool cannot be read.
pub(super) fn recover(app: &App) -> Result<(), PushError> {
    for push in app.repositories.spool_intents()? {
        let done = has_moved(app, &push).map_err(PushError::from).and_then(|moved| match moved {
            true => settle(app, &push).map(drop),
            // Perhaps another server's, which is about to move it.
            false => Ok(app.repositories.spool_forget(&push.file)?),
        });
        if let Err(error) = done {
            tracing::error!(project = push.project, %error, "a commit cut short could not be followed");
        }
    }
    Ok(())
}

/// Follows what was intended if its refs moved, and forgets it if they did not.
///
/// # Errors
/// Git or the database failed; the entry stays.
pub(crate) fn settle_if_moved(app: &App, push: &Push) -> Result<(), PushError> {
    match has_moved(app, push)? {
        true => settle(app, push).map(drop),
        false => Ok(app.repositories.spool_remove(&push.file)?),
    }
}

/// Whether each ref is where it was to move to, or moved on from there; or is gone, if it was to go.
fn has_moved(app: &App, push: &Push) -> Result<bool, GitError> {
    if !app.repositories.exists(push.project) {
        return Ok(false);
    }
    let refs = app.repositories.refs(push.project)?;
    for update in &push.updates {
        if update.is_deletion() == refs.contains_key(&update.name) {
            return Ok(false);
        }
        let Some(tip) = refs.get(&update.name) else { continue };
        let there = app.repositories.commit(push.project, &update.new)?.is_some();
        if !there || !app.repositories.is_ancestor(push.project, &update.new, tip)? {
            return Ok(false);
        }
    }
    Ok(true)
}
