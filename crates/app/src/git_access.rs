//! Who may fetch from and push to a repository.

use crate::authorize::{self, Ref};
use crate::git::RefUpdate;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor, Via};
use countersign_domain::ids::UserId;
use countersign_domain::push;
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
        let project = authorize::find_project(tx, at)?;
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

/// The full names of the refs that a push may not change as it wants, each with the reason; empty if it may go on.
pub fn judge(project: &Project, updates: &[RefUpdate]) -> Vec<(String, String)> {
    let refused = |u: &RefUpdate| push::refusal(&u.name, u.is_deletion(), &project.default_branch);
    updates.iter().filter_map(|u| Some((u.name.clone(), refused(u)?.to_owned()))).collect()
}
