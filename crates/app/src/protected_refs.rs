//! Protecting branches and tags, and asking what the protections let somebody do.

mod protect;
mod read;
mod unprotect;
mod update;

pub use protect::{default_branch, protect};
pub use read::{list, show};
pub use unprotect::unprotect;
pub use update::update;

use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor, Standing};
use countersign_domain::event::Subject;
use countersign_domain::ids::ProjectId;
use countersign_domain::protected_ref::{AccessLevel, Kind, Named, ProtectedRef, RefRules};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::pipelines::Pipeline;
use countersign_store::projects::Project;
use countersign_store::protected_refs;
use serde_json::{Value, json};

/// A repository with what decides about its branches and tags, for one actor.
#[derive(Debug, Clone)]
pub struct OnRefs {
    /// The project.
    pub project: Project,
    /// How the actor stands towards it.
    pub standing: Standing,
    /// What is protected.
    pub rules: RefRules,
}

/// Finds a project for somebody who wants to do `action` with its branches or tags.
///
/// # Errors
/// There is none that they may know of, or they may not.
pub fn on(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, action: Action, now: Timestamp) -> Result<OnRefs> {
    let found = authorize::project(tx, actor, at, action, now)?;
    let rules = protected_refs::rules(tx, found.project.id)?;
    Ok(OnRefs { project: found.project, standing: found.standing, rules })
}

/// Whether somebody who may run pipelines of a project may do so for that ref: where it is protected, it takes the
/// right to push or merge.
///
/// # Errors
/// The ref is protected against them; the store's.
pub fn may_run(tx: &mut Tx<'_>, standing: &Standing, project: ProjectId, at: Named<'_>) -> Result<()> {
    Ok(protected_refs::rules(tx, project)?.may_run(standing, at)?)
}

/// Whether the ref of a pipeline is protected.
///
/// # Errors
/// The store's.
pub fn protects(tx: &mut Tx<'_>, pipeline: &Pipeline) -> Result<bool> {
    Ok(protected_refs::rules(tx, pipeline.project_id)?.protects(of_pipeline(pipeline)))
}

/// The ref of a pipeline.
pub fn of_pipeline(pipeline: &Pipeline) -> Named<'_> {
    Named { kind: Kind::of_tag(pipeline.tag), name: &pipeline.ref_name }
}

/// The protection of that name, for somebody who wants to change it, and may lift it.
fn changeable(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, named: Named<'_>, now: Timestamp) -> Result<ProtectedRef> {
    let found = authorize::project(tx, actor, at, Action::ManageProject, now)?;
    let protection = protected_refs::by_name(tx, found.project.id, named.kind, named.name)?;
    let protection = protection.ok_or(Refusal::NotFound(Missing::Row))?;
    if !protection.may_unprotect(&found.standing) {
        let text = format!("You are not allowed to change the protection of '{}': Administrators may", named.name);
        return Err(Refusal::ProtectedRef(text).into());
    }
    Ok(protection)
}

fn subject(of: &ProtectedRef) -> Subject {
    let kind = match of.kind {
        Kind::Branch => "ProtectedBranch",
        Kind::Tag => "ProtectedTag",
    };
    Subject::of_project(kind, of.id.0, of.project)
}

/// What the audit keeps of a protection.
fn image(of: &ProtectedRef) -> Value {
    let level = |l: &AccessLevel| json!({"id": l.id, "right": l.right.as_str(), "access_level": l.least.number()});
    json!({
        "name": of.name,
        "allow_force_push": of.allow_force_push,
        "levels": of.levels.iter().map(level).collect::<Vec<_>>(),
    })
}
