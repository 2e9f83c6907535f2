//! Gates before environments that no deployment stands at yet.

use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::environment::Tier;
use countersign_domain::gate::Gate;
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::time::Timestamp;
use countersign_store::{directory, protections};
use std::collections::BTreeSet;

/// The gate before the environment of that name under those tiers, as one person finds it who triggers a deployment.
///
/// # Errors
/// The store's.
pub fn before(
    tx: &mut Tx<'_>,
    project: ProjectId,
    name: &str,
    tiers: &BTreeSet<Tier>,
    person: Option<UserId>,
    now: Timestamp,
) -> Result<Gate> {
    let people = directory::People::One(person);
    Ok(Gate {
        directory: directory::load(tx, now.date(), Place::Project(project), people)?,
        project,
        protections: protections::applicable(tx, project, name, tiers)?,
        deploys: true,
        initiators: person.into_iter().collect(),
        votes: Vec::new(),
    })
}
