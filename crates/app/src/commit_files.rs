//! Commits made over the API: they are pushes without git.

use crate::authorize::Ref;
use crate::git::{self, CommitError, CommitMade, CommitRequest, GitError, RefUpdate};
use crate::protected_refs::{self, OnRefs};
use crate::push::{self, PushError};
use crate::secrets::{self, SecretError};
use crate::{App, Result, Tx, imports};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::By;
use countersign_domain::ids::ProjectId;
use countersign_domain::protected_ref::{Move, Named, Way};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::users;

/// Somebody who may commit to a project.
#[derive(Debug, Clone)]
pub struct Committer {
    /// The project.
    pub project: ProjectId,
    /// Who, as the audit names them.
    pub by: By,
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
    /// The machine has no randomness to give.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Whether the actor may commit to that branch, and as whom.
///
/// # Errors
/// They may not.
pub fn committer(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, branch: &str, now: Timestamp) -> Result<Committer> {
    let (on, committer) = on_refs(tx, actor, at, now)?;
    on.rules.may_move(&on.standing, &on.project.default_branch, Named::branch(branch), Move::Update, Way::Api)?;
    Ok(committer)
}

/// A project's refs, for somebody who may move those that are not protected; and as whom they do.
///
/// # Errors
/// They may not.
pub fn on_refs(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<(OnRefs, Committer)> {
    let on = protected_refs::on(tx, actor, at, Action::PushCode, now)?;
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    imports::check_push(tx, on.project.id)?;
    let found = users::get(tx, user)?.ok_or(Refusal::Role("Developer"))?;
    let person = git::Person { name: found.name, email: found.email };
    let committer = Committer { project: on.project.id, by: actor.by.clone(), person };
    Ok((on, committer))
}

/// Makes a commit and follows it as a push by the committer. Blocks: git and the database are waited for.
///
/// # Errors
/// As [`CommitFilesError`] tells.
pub fn commit(app: &App, by: &Committer, request: &CommitRequest) -> Result<CommitMade, CommitFilesError> {
    followed(app, by, |announce| Ok(app.repositories.commit_announced(by.project.0, request, announce)?))
}

/// Moves a ref by `make` and follows it as a push. The spool knows of it before the ref moves, so that a server that
/// ends in between follows it, as the committer, at its next start. Blocks.
///
/// # Errors
/// What `make` says; or what follows could not be done yet.
pub(crate) fn followed<T, E: From<PushError> + From<SecretError>>(
    app: &App,
    by: &Committer,
    make: impl FnOnce(&mut dyn FnMut(&RefUpdate) -> Result<(), GitError>) -> Result<T, E>,
) -> Result<T, E> {
    let id = secrets::random("")?.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let mut intended = None;
    let made = make(&mut |update| {
        intended = Some(app.repositories.spool_intend(&id, &by.by, by.project.0, std::slice::from_ref(update))?);
        Ok(())
    });
    let Some(intended) = intended else { return made };
    match made {
        Ok(made) => {
            let entry = app.repositories.spool_confirm(intended).map_err(PushError::from)?;
            push::settle(app, &entry)?;
            Ok(made)
        }
        Err(why) => {
            // Git may have been stopped after it had moved the ref.
            if let Err(error) = push::settle_if_moved(app, &intended) {
                tracing::error!(project = by.project.0, %error, "what a failed commit left in the spool stays");
            }
            Err(why)
        }
    }
}
