//! CI/CD variables of projects, groups and the instance: kept sealed, and shown to those who may change them.

mod change;
mod reaching;
mod read;

pub use change::{create, delete, update};
pub use reaching::Configured;
pub(crate) use reaching::of_job;
pub use read::{list, show};

use crate::authorize::{self, Ref};
use crate::vault::Vault;
use crate::{Error, Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::variable::{Owner, Traits, Variable};
use countersign_store::variables::Kept;
use serde_json::{Value, json};
use std::fmt;

/// Whose variables a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A project's.
    Project(Ref),
    /// A group's.
    Group(Ref),
    /// The instance's.
    Instance,
}

/// Which variable of a place a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// Its key.
    pub key: String,
    /// Its environment scope; not needed while no other variable has the key.
    pub environment_scope: Option<String>,
}

/// A variable as it is shown to those who may change it.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// The variable.
    pub variable: Variable,
    /// Its value; `None` if it is hidden.
    pub value: Option<String>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("variable", &self.variable).finish_non_exhaustive()
    }
}

/// Whose the variables are, for somebody who may read and change them: maintainers of the project, owners of the group,
/// administrators.
fn owner(tx: &mut Tx<'_>, actor: &Actor, at: &Place, now: Timestamp) -> Result<Owner> {
    Ok(match at {
        Place::Project(at) => Owner::Project(authorize::project(tx, actor, at, Action::ManageProject, now)?.project.id),
        Place::Group(at) => Owner::Group(authorize::group(tx, actor, at, Action::ManageGroup, now)?.group.group_id()),
        Place::Instance => {
            authorize::admin(actor)?;
            Owner::Instance
        }
    })
}

/// The variable that is meant, among all of its owner.
fn find<'k>(all: &'k [Kept], which: &Which) -> Result<&'k Kept, Refusal> {
    let scope = which.environment_scope.as_deref();
    let meant = |kept: &&Kept| {
        let of = &kept.variable.traits;
        of.key == which.key && scope.is_none_or(|scope| scope == of.environment_scope)
    };
    let mut found = all.iter().filter(meant);
    match (found.next(), found.next()) {
        (None, _) => Err(Refusal::NotFound(Missing::Variable)),
        (Some(kept), None) => Ok(kept),
        (Some(_), Some(_)) => Err(Refusal::AmbiguousVariable(which.key.clone())),
    }
}

/// What the value of a variable is sealed for: where it counts, and whom it is kept from.
fn about(owner: Owner, of: &Traits) -> String {
    let (whose, id) = match owner {
        Owner::Project(id) => ("project", id.0),
        Owner::Group(id) => ("group", id.0),
        Owner::Instance => ("instance", 0),
    };
    json!(["variable", whose, id, of.key, of.environment_scope, of.protected, of.hidden]).to_string()
}

fn open(vault: &Vault, kept: &Kept) -> Result<String, Error> {
    vault.open(&about(kept.variable.owner, &kept.variable.traits), &kept.sealed)
}

/// What the audit keeps of a variable: never its value.
fn image(of: &Traits) -> Value {
    json!({
        "key": of.key,
        "variable_type": of.kind.as_str(),
        "protected": of.protected,
        "masked": of.masked,
        "hidden": of.hidden,
        "raw": of.raw,
        "environment_scope": of.environment_scope,
    })
}

fn event(code: Code, of: &Variable) -> Event {
    let subject = match of.owner {
        Owner::Project(project) => Subject::of_project("Variable", of.id.0, project),
        Owner::Group(group) => Subject::of_group("Variable", of.id.0, group),
        Owner::Instance => Subject::instance("Variable", of.id.0),
    };
    Event::new(code, subject)
}
