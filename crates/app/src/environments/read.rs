//! Reads environments.

use crate::authorize::Ref;
use crate::{Result, Tx, sight};
use countersign_domain::access::Actor;
use countersign_domain::environment::State;
use countersign_domain::ids::EnvironmentId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::environments::{self, Environment};

/// Which environments of a project are wanted.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The exact name.
    pub name: Option<String>,
    /// How the name begins.
    pub prefix: Option<String>,
    /// The state.
    pub state: Option<State>,
}

/// The environments of a project that the actor may see, by name.
///
/// # Errors
/// They may see none.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, search: &Search, now: Timestamp) -> Result<Vec<Environment>> {
    let seen = sight::project(tx, actor, at, now)?;
    let mut all = environments::list(tx, seen.project.id)?;
    let prefix = search.prefix.as_ref().map(|p| p.to_lowercase());
    all.retain(|e| {
        seen.sees_environment(e)
            && search.name.as_ref().is_none_or(|n| *n == e.name)
            && search.state.is_none_or(|s| s == e.state)
            && prefix.as_ref().is_none_or(|p| e.name.to_lowercase().starts_with(p))
    });
    Ok(all)
}

/// One environment with its last successful deployment.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn show(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: EnvironmentId,
    now: Timestamp,
) -> Result<(Environment, Option<Deployment>)> {
    let seen = sight::project(tx, actor, at, now)?;
    let found = environments::get(tx, seen.project.id, id)?;
    let found = found.filter(|e| seen.sees_environment(e));
    let found = found.ok_or(Refusal::NotFound(Missing::Row))?;
    let last = match environments::last_success(tx, id)? {
        Some(last) => deployments::get(tx, found.project_id, last)?,
        None => None,
    };
    Ok((found, last))
}
