//! Who may fetch from and push to a repository.

use crate::authorize::{self, Ref};
use crate::on_job;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor, Via};
use countersign_domain::ids::UserId;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;

/// The project whose repository the actor may fetch from. A running job may always fetch from its own project: whoever
/// started it by a deploy entry alone sees no code, but the job needs it.
///
/// # Errors
/// There is none that they may know of, or they may not read its code.
pub fn fetch(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Project> {
    if let Via::Job(_, own) = actor.via {
        let project = on_job::project(tx, at)?;
        if own == project.id {
            return Ok(project);
        }
    }
    Ok(authorize::project(tx, actor, at, Action::ReadCode, now)?.project)
}

/// The project the actor may push to, and as whom.
///
/// # Errors
/// There is none that they may know of, or they may not push.
pub fn push(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<(Project, UserId)> {
    let project = authorize::project(tx, actor, at, Action::PushCode, now)?.project;
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    Ok((project, user))
}
