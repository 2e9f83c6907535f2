//! Environments of projects.

mod auto_stop;
mod board;
mod create;
mod delete;
mod history;
mod read;
mod reviews;
mod stale;
mod stop;
mod stop_jobs;
#[cfg(test)]
mod tests;
mod update;

pub use auto_stop::{stop_due, sweep};
pub use board::{Board, Standing, WantedBoard, board};
pub use create::{NewEnvironment, create};
pub use delete::delete;
pub use history::{Detail, Past, detail};
pub use read::{Search, list, show};
pub use reviews::{Cleared, Reviews, clear_reviews};
pub use stale::stop_stale;
pub use stop::stop;
pub use update::{Changes, update};

use crate::authorize::{self, Ref};
use crate::gates::Gates;
use crate::{Result, Tx, or_refused, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::Subject;
use countersign_domain::ids::EnvironmentId;
use countersign_domain::refusal::{Kind, Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::environments::{self, Environment};
use serde_json::{Value, json};

/// An environment that somebody wants to change.
struct Found {
    environment: Environment,
    /// Whether the actor may change it, and whether it is protected.
    allowed: Result<(), Refusal>,
    protected: bool,
}

/// By what somebody may change an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// By their role on the project.
    Role,
    /// By that; or, except with the token of a job, by a deploy entry alone.
    RoleOrEntry,
}

/// Finds an environment that the actor sees, by their role or because an entry names them, and judges whether they may
/// change it. Whoever may know of the project, but of none of its environments, may not.
fn find(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: EnvironmentId, right: Right, now: Timestamp) -> Result<Found> {
    let seen = match or_refused(sight::project(tx, actor, at, now))? {
        Err(why) if why.kind() != Kind::Forbidden => return Err(why.into()),
        seen => seen,
    };
    let project = authorize::find_project(tx, at)?.id;
    let sees = |e: &Environment| seen.as_ref().map_or(true, |seen| seen.sees_environment(e));
    let Some(environment) = environments::get(tx, project, id)?.filter(sees) else {
        return Err(seen.err().unwrap_or(Refusal::NotFound(Missing::Row)).into());
    };
    let gate = Gates::of(tx, project, actor, now)?.at(&environment);
    let by_entry = right == Right::RoleOrEntry && gate.is_protected() && !actor.is_job();
    let role = match seen {
        Ok(_) if by_entry => Ok(()),
        Ok(_) => or_refused(authorize::known_project(tx, actor, at, Action::ChangeEnvironments, now))?.map(drop),
        Err(why) => Err(why),
    };
    Ok(Found { allowed: gate.may_change(actor.user(), role), environment, protected: gate.is_protected() })
}

/// As [`find`], for whoever wants to stop it by role or entry. If they may, nobody else begins or ends its stop from then
/// on.
fn find_to_stop(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: EnvironmentId, now: Timestamp) -> Result<Found> {
    let seen = find(tx, actor, at, id, Right::RoleOrEntry, now)?;
    if seen.allowed.is_err() {
        return Ok(seen);
    }
    environments::to_stop(tx, seen.environment.project_id, id)?;
    find(tx, actor, at, id, Right::RoleOrEntry, now)
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
