//! Protects branches or tags.

use super::{image, subject};
use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event};
use countersign_domain::ids::ProjectId;
use countersign_domain::outcome::Ending;
use countersign_domain::protected_ref::{Change, Kind, Named, NewProtectedRef, ProtectedRef, check_new};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::{Error, protected_refs};

/// The most protections of one kind of a project.
const MOST: usize = 500;

/// Protects the branches or tags of that name or pattern.
///
/// # Errors
/// The actor is no maintainer, the request is not valid, or exactly that is protected already.
pub fn protect(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    kind: Kind,
    asked: &NewProtectedRef,
    now: Timestamp,
) -> Result<Ending<ProtectedRef>> {
    let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project.id;
    let change = check_new(asked, kind)?;
    let present = protected_refs::list(tx, project, kind)?;
    if present.iter().any(|p| p.name == change.name) {
        return Err(Refusal::RefAlreadyProtected(kind.as_str(), change.name).into());
    }
    if present.len() >= MOST {
        let text = format!("a project has at most {MOST} protections of each kind; use a pattern with *");
        return Err(Refusal::Field("name".into(), text).into());
    }
    let (made, event) = save(tx, project, kind, &change, now)?;
    Ok(Ending::done(made, event))
}

/// Protects the default branch of a project as every one is from the start, unless something protects it already.
///
/// # Errors
/// The store's.
pub fn default_branch(tx: &mut Tx<'_>, project: ProjectId, branch: &str, now: Timestamp) -> Result<Option<Event>> {
    if protected_refs::rules(tx, project)?.protects(Named::branch(branch)) {
        return Ok(None);
    }
    let (_, event) = save(tx, project, Kind::Branch, &Change::default_branch(branch), now)?;
    Ok(Some(event))
}

fn save(
    tx: &mut Tx<'_>,
    project: ProjectId,
    kind: Kind,
    change: &Change,
    now: Timestamp,
) -> Result<(ProtectedRef, Event)> {
    let id = protected_refs::insert(tx, project, kind, change, now)?;
    protected_refs::save(tx, id, change, now)?;
    let made = protected_refs::by_name(tx, project, kind, &change.name)?;
    let made = made.ok_or_else(|| Error::Corrupt("a protection just created is not there".into()))?;
    let event = Event::new(Code::RefProtected, subject(&made)).after(image(&made));
    Ok((made, event))
}
