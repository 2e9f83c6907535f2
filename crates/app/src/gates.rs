//! The gate before a job, and before an environment at which no deployment stands yet.

use crate::{Result, Tx};
use countersign_domain::access::{Actor, Directory, Place};
use countersign_domain::environment::{Tier, tiers, tiers_to_store};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::protection::Protection;
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::environments::Environment;
use countersign_store::jobs::{self, Job};
use countersign_store::{directory, protections};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The gates before all environments of a project, as one actor finds them: loaded once.
#[derive(Debug, Clone)]
pub struct Gates {
    project: ProjectId,
    person: Option<UserId>,
    /// Whether they act through a job's token.
    by_job: bool,
    directory: Directory,
    protections: Arc<Vec<Protection>>,
}

impl Gates {
    /// Those of a project that an actor finds.
    ///
    /// # Errors
    /// The store's.
    pub fn of(tx: &mut Tx<'_>, project: ProjectId, actor: &Actor, now: Timestamp) -> Result<Gates> {
        let found = Gates::load(tx, project, actor.user(), now)?;
        Ok(Gates { by_job: actor.is_job(), ..found })
    }

    fn load(tx: &mut Tx<'_>, project: ProjectId, person: Option<UserId>, now: Timestamp) -> Result<Gates> {
        let people = directory::People::One(person);
        let directory = directory::load(tx, now.date(), Place::Project(project), people)?;
        let protections = protections::of_project(tx, project)?;
        Ok(Gates { project, person, by_job: false, directory, protections })
    }

    /// The gate before the environment of that name under those tiers.
    pub fn before(&self, name: &str, tiers: &BTreeSet<Tier>) -> Gate {
        let gate = Gate {
            directory: self.directory.clone(),
            project: self.project,
            protections: self.protections.iter().filter(|p| p.covers(name, tiers)).cloned().collect(),
            deploys: true,
            initiators: self.person.into_iter().collect(),
            votes: Vec::new(),
            forward: None,
        };
        match self.person.filter(|_| self.by_job) {
            Some(user) => gate.through_job(user),
            None => gate,
        }
    }

    /// The gate before an environment as it is.
    pub fn at(&self, of: &Environment) -> Gate {
        self.before(&of.name, &tiers(&of.name, Some(of.tier), None, false))
    }

    /// Whether whom they were loaded for may deploy to the environment of that name under those tiers.
    fn let_through(&self, name: &str, tiers: &BTreeSet<Tier>) -> bool {
        self.person.is_some_and(|person| self.before(name, tiers).may_deploy(person).is_ok())
    }
}

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
    Ok(Gates::load(tx, project, person, now)?.before(name, tiers))
}

/// The gate before a job: that of its deployment, or that of the environment it names. Whoever started the job is judged
/// by it, and one more person.
///
/// # Errors
/// The store's.
pub fn of_job(tx: &mut Tx<'_>, job: &Job, extra: Option<UserId>, now: Timestamp) -> Result<(Option<Deployment>, Gate)> {
    let deployment = deployments::of_job(tx, job.id)?;
    let gate = match &deployment {
        Some(of) => {
            let people: Vec<UserId> = job.user_id.into_iter().chain(extra).collect();
            deployments::gate(tx, of, &people, now.date())?
        }
        None => jobs::gate(tx, job, extra, now.date())?,
    };
    Ok((deployment, gate))
}

/// Whether the actor may store a tier for the environment of that name: one that changes something needs permission to
/// deploy under the inferred, the stored and the asked one.
///
/// # Errors
/// The store's.
pub fn may_store_tier(
    tx: &mut Tx<'_>,
    project: ProjectId,
    name: &str,
    (stored, asked): (Option<Tier>, Tier),
    actor: &Actor,
    now: Timestamp,
) -> Result<bool> {
    let Some(tiers) = tiers_to_store(name, stored, asked) else { return Ok(true) };
    Ok(Gates::of(tx, project, actor, now)?.let_through(name, &tiers))
}

/// As [`may_store_tier`], for a person whose job asks for the tier.
///
/// # Errors
/// The store's.
pub fn triggerer_may_store_tier(
    tx: &mut Tx<'_>,
    project: ProjectId,
    name: &str,
    (stored, asked): (Option<Tier>, Tier),
    triggerer: Option<UserId>,
    now: Timestamp,
) -> Result<bool> {
    let Some(tiers) = tiers_to_store(name, stored, asked) else { return Ok(true) };
    Ok(Gates::load(tx, project, triggerer, now)?.let_through(name, &tiers))
}
