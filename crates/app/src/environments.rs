//! Environments of projects.

mod create;
mod delete;
mod read;
mod reviews;
mod stale;
mod stop;
#[cfg(test)]
mod tests;
mod update;

pub use create::{NewEnvironment, create};
pub use delete::delete;
pub use read::{Search, list, show};
pub use reviews::{Cleared, Reviews, clear_reviews};
pub use stale::stop_stale;
pub use stop::stop;
pub use update::{Changes, update};

use crate::authorize::{self, Ref};
use crate::gates::Gates;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::Subject;
use countersign_domain::ids::EnvironmentId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::environments::{self, Environment};
use serde_json::{Value, json};

/// An environment that somebody wants to change.
struct Found {
    environment: Environment,
    /// Whether the actor may change it, and whether it is protected.
    allowed: std::result::Result<(), Refusal>,
    protected: bool,
}

/// Finds an environment of a project that the actor sees, and judges whether they may change it.
fn find(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: EnvironmentId, now: Timestamp) -> Result<Found> {
    let on = authorize::project(tx, actor, at, Action::ReadDeployments, now)?;
    let environment = environments::get(tx, on.project.id, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let gate = Gates::of(tx, on.project.id, actor, now)?.at(&environment);
    let allowed = gate.may_change(actor.user(), on.standing.may(Action::ChangeEnvironments));
    Ok(Found { environment, allowed, protected: gate.is_protected() })
}

fn subject(of: &Environment) -> Subject {
    Subject::of_project("Environment", of.id.0, of.project_id)
}

/// What the audit keeps of an environment.
fn image(of: &Environment) -> Value {
    json!({
        "name": of.name,
        "tier": of.tier.as_str(),
        "external_url": of.external_url,
        "description": of.description,
        "auto_stop_setting": of.auto_stop.as_str(),
    })
}
