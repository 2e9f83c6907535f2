//! Branches and tags made and removed over the API: they are pushes without git.

use crate::authorize::Ref;
use crate::commit_files::{Committer, followed, on_refs};
use crate::git::{NewTag, RefError};
use crate::push::PushError;
use crate::secrets::SecretError;
use crate::{App, Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::protected_ref::{Move, Named, Way};
use countersign_domain::time::Timestamp;

/// Why a branch or tag was not made or removed.
#[derive(Debug, thiserror::Error)]
pub enum RefChangeError {
    /// The request cannot be carried out, or git failed.
    #[error(transparent)]
    Ref(#[from] RefError),
    /// It was done, but what follows from it could not be done yet.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The machine has no randomness to give.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Whether the actor may make or remove that branch or tag, and as whom.
///
/// # Errors
/// They may not.
pub fn check(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (named, step): (Named<'_>, Move),
    now: Timestamp,
) -> Result<Committer> {
    let (on, committer) = on_refs(tx, actor, at, now)?;
    on.rules.may_move(&on.standing, &on.project.default_branch, named, step, Way::Api)?;
    Ok(committer)
}

/// Makes a branch at another, at a tag or at a full commit name, and follows it as a push. Blocks.
///
/// # Errors
/// As [`RefChangeError`] tells.
pub fn create_branch(app: &App, by: &Committer, name: &str, at: &str) -> Result<(), RefChangeError> {
    followed(app, by, |announce| Ok(app.repositories.create_branch(by.project.0, name, at, announce)?))
}

/// Makes a tag, and follows it as a push. Blocks.
///
/// # Errors
/// As [`RefChangeError`] tells.
pub fn create_tag(app: &App, by: &Committer, new: &NewTag) -> Result<(), RefChangeError> {
    followed(app, by, |announce| Ok(app.repositories.create_tag(by.project.0, new, announce)?))
}

/// Removes a branch or tag by its full name, and follows it as a push. Blocks.
///
/// # Errors
/// As [`RefChangeError`] tells.
pub fn delete(app: &App, by: &Committer, full_name: &str) -> Result<(), RefChangeError> {
    followed(app, by, |announce| Ok(app.repositories.delete_ref(by.project.0, full_name, announce)?))
}
