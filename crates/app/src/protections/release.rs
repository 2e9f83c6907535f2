//! What unprotecting an environment would lead to, and unprotecting it as it was shown to somebody.

use super::listed::Listed;
use super::{Managed, Target, by_id, denied, judged, managed, place, revise, unprotect, version};
use crate::{Result, Tx, reassess};
use countersign_domain::access::{Actor, Directory, Place};
use countersign_domain::deployment::Status;
use countersign_domain::gate::Reassessed;
use countersign_domain::ids::{DeploymentId, ProtectionId};
use countersign_domain::outcome::Ending;
use countersign_domain::protection::Protection;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::directory::{self, People};
use countersign_store::projects;

/// The most deployments that are named.
const MOST: usize = 20;

/// What unprotecting an environment would lead to.
#[derive(Debug, Clone)]
pub struct Release {
    /// Where the protection lives.
    pub managed: Managed,
    /// The protection.
    pub listed: Listed,
    /// What of it is to be unprotected.
    pub version: String,
    /// The blocked deployments that nothing would block any more, oldest first.
    pub released: Vec<Released>,
    /// How many more of them there are.
    pub more: usize,
    /// How many deployments that it holds up would stay blocked by other protections.
    pub stay: usize,
}

/// A deployment that would be released.
#[derive(Debug, Clone)]
pub struct Released {
    /// The full path of its project.
    pub project: String,
    /// The deployment.
    pub deployment: Deployment,
}

/// What unprotecting an environment would lead to.
///
/// # Errors
/// The actor does not manage protections there, or there is none of that id.
pub fn release(tx: &mut Tx<'_>, actor: &Actor, target: &Target, id: ProtectionId, now: Timestamp) -> Result<Release> {
    let found = managed(tx, actor, target, now)?;
    let scope = found.managed.scope();
    let protection = by_id(tx, scope, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let all = directory::load(tx, now.date(), place(scope), People::Everybody)?;
    let version = version::version(&protection);
    let listed = Listed::own(protection, &all);
    let mut release = Release { managed: found.managed, listed, version, released: Vec::new(), more: 0, stay: 0 };
    for pending in deployments::pending(tx, Some(place(scope)))? {
        weigh(tx, &mut release, pending, now)?;
    }
    Ok(release)
}

/// Counts a pending deployment, if the protection holds it up.
fn weigh(tx: &mut Tx<'_>, release: &mut Release, id: DeploymentId, now: Timestamp) -> Result<()> {
    let Some(found) = deployments::find(tx, id)? else { return Ok(()) };
    let around: Directory =
        directory::load(tx, now.date(), Place::Project(found.project_id), People::One(found.user_id))?;
    let case = deployments::for_reading(tx, found, around)?;
    let protection = release.listed.protection.id;
    let blocked = reassess::status_now(&case) == Status::Blocked;
    if !blocked || !case.gate.protections.iter().any(|p| p.id == protection) {
        return Ok(());
    }
    match case.gate.without(protection).reassess(Status::Blocked) {
        Some(Reassessed::Release) if release.released.len() == MOST => release.more += 1,
        Some(Reassessed::Release) => {
            let project = projects::get(tx, case.deployment.project_id)?.map(|p| p.full_path).unwrap_or_default();
            release.released.push(Released { project, deployment: case.deployment });
        }
        _ => release.stay += 1,
    }
    Ok(())
}

/// Unprotects an environment, by [`unprotect`], if its protection still is what the actor saw: that version.
///
/// # Errors
/// Somebody else changed or deleted it meanwhile; and as [`unprotect`].
pub fn unprotect_seen(
    tx: &mut Tx<'_>,
    actor: &Actor,
    target: &Target,
    (id, shown): (ProtectionId, &str),
    now: Timestamp,
) -> Result<Ending<Protection>> {
    let (scope, allowed) = judged(tx, actor, target, now)?;
    if let Err(why) = allowed {
        return Ok(denied(why, scope, "unprotect", &id.to_string()));
    }
    let before = revise::seen(tx, scope, (id, shown))?;
    unprotect(tx, actor, target, &before.name, now)
}
