//! Deletes a project.

use super::{image, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, flow, names, reassess, users};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::ProjectId;
use countersign_domain::outcome::{Ending, Outcome};
use countersign_domain::time::Timestamp;
use countersign_store::projects;

/// Deletes a project with its pipelines, deployments, protections and tokens; what the audit recorded of it stays. Its
/// repository is to be removed after the change is durable. Nothing is deleted if its address is not the one given.
///
/// # Errors
/// The actor is no owner; the address is another.
pub fn delete(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    full_path: Option<&str>,
    now: Timestamp,
) -> Result<Ending<ProjectId>> {
    let project = authorize::project(tx, actor, at, Action::OwnProject, now)?.project;
    names::confirmed(&project.full_path, full_path, "project")?;
    let canceled = flow::gone(tx, Place::Project(project.id))?;
    let bots = users::bots_within(tx, Place::Project(project.id), now)?;
    projects::delete(tx, project.id)?;
    let event = Event::new(Code::ProjectDeleted, subject(&project)).before(image(&project));
    let more = reassess::everything(tx, now)?;
    Ok(Ending::Done(Outcome::new(project.id, event).with(canceled).with(bots).with(more)))
}
