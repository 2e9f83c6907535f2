//! Puts a project into the archive, and takes it out again.

use super::{View, reload, subject};
use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::time::Timestamp;
use countersign_store::deployments;
use countersign_store::projects::{self, Project};

/// Archives a project: it can only be read, and what waits to be deployed is canceled; the votes stay as history. Or
/// takes it out of the archive: what was canceled stays so.
///
/// # Errors
/// The actor is no owner.
pub fn archive(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, archived: bool, now: Timestamp) -> Result<Ending<View>> {
    let old = authorize::project(tx, actor, at, Action::OwnProject, now)?.project;
    if old.archived == archived {
        let view = reload(tx, actor, &old, now)?;
        return Ok(Ending::Unchanged(view));
    }
    let mut flow = Flow::new(tx, now);
    if archived {
        let waiting = deployments::pending(flow.tx, Some(Place::Project(old.id)))?;
        flow.cancel_pending(&waiting, false)?;
    }
    let canceled = flow.events;
    let new = Project { archived, ..old };
    projects::save(tx, &new, now)?;
    let code = if archived { Code::ProjectArchived } else { Code::ProjectUnarchived };
    let view = reload(tx, actor, &new, now)?;
    Ok(Ending::Done(Outcome::new(view, Event::new(code, subject(&new))).with(canceled)))
}
