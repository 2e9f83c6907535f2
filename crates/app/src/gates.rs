//! The gate before a job, and before an environment at which no deployment stands yet.

use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::environment::{Tier, tiers_to_store};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::jobs::{self, Job};
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

/// The gate before a job: that of its deployment, or that of the environment it names. Whoever started the job is judged
/// by it, and one more person.
///
/// # Errors
/// The store's.
pub fn of_job(tx: &mut Tx<'_>, job: &Job, extra: Option<UserId>, now: Timestamp) -> Result<(Option<Deployment>, Gate)> {
    let deployment = deployments::of_job(tx, job.id)?;
    let gate = match &deployment {
        Some(of) => deployments::gate(tx, of, extra, now.date())?,
        None => jobs::gate(tx, job, extra, now.date())?,
    };
    Ok((deployment, gate))
}

/// Whether a person may store a tier for the environment of that name: one that changes something needs permission to
/// deploy under the inferred, the stored and the asked one.
///
/// # Errors
/// The store's.
pub fn may_store_tier(
    tx: &mut Tx<'_>,
    project: ProjectId,
    name: &str,
    (stored, asked): (Option<Tier>, Tier),
    person: Option<UserId>,
    now: Timestamp,
) -> Result<bool> {
    let Some(tiers) = tiers_to_store(name, stored, asked) else { return Ok(true) };
    let gate = before(tx, project, name, &tiers, person, now)?;
    Ok(person.is_some_and(|p| gate.may_deploy(p).is_ok()))
}
