//! Commits made over the API: they are pushes without git.

use crate::authorize::{self, Ref};
use crate::git::{self, CommitError, CommitMade, CommitRequest, RefUpdate};
use crate::push::{self, PushError};
use crate::{App, Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::users;

/// Somebody who may commit to a project.
#[derive(Debug, Clone)]
pub struct Committer {
    /// The project.
    pub project: ProjectId,
    /// Who.
    pub user: UserId,
    /// As commits name them.
    pub person: git::Person,
}

/// Why a commit was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitFilesError {
    /// The request cannot be carried out, or git failed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The commit is there, but what follows from it could not be done yet.
    #[error(transparent)]
    Push(#[from] PushError),
}

/// Whether the actor may commit, and as whom.
///
/// # Errors
/// They may not.
pub fn committer(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Committer> {
    let project = authorize::project(tx, actor, at, Action::PushCode, now)?.project.id;
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    let found = users::get(tx, user)?.ok_or(Refusal::Role("Developer"))?;
    Ok(Committer { project, user, person: git::Person { name: found.name, email: found.email } })
}

/// Makes a commit and follows it as a push by the committer. Blocks: git and the database are waited for.
///
/// # Errors
/// As [`CommitFilesError`] tells.
pub fn commit(app: &App, by: &Committer, request: &CommitRequest) -> Result<CommitMade, CommitFilesError> {
    let made = app.repositories.commit_actions(by.project.0, request)?;
    let update = RefUpdate { old: made.old.clone(), new: made.sha.clone(), name: made.ref_name.clone() };
    push::follow(app, by.project, Some(by.user), &[update])?;
    Ok(made)
}
