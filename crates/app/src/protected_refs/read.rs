//! Reads how branches and tags are protected.

use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::protected_ref::{Kind, Named, ProtectedRef};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::protected_refs;

/// The protections of one kind of a project, oldest first.
///
/// # Errors
/// The actor is no maintainer: reading them needs the same role.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, kind: Kind, now: Timestamp) -> Result<Vec<ProtectedRef>> {
    let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project.id;
    Ok(protected_refs::list(tx, project, kind)?)
}

/// The protection of exactly that name or pattern.
///
/// # Errors
/// As [`list`]; or there is none.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, named: Named<'_>, now: Timestamp) -> Result<ProtectedRef> {
    let all = list(tx, actor, at, named.kind, now)?;
    let found = all.into_iter().find(|p| p.name == named.name);
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?)
}
