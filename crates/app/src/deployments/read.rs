//! Reads deployments.

use crate::authorize::Ref;
use crate::sight::{self, Seen};
use crate::{Result, Tx, reassess};
use countersign_domain::access::Actor;
use countersign_domain::approval::Summary;
use countersign_domain::ids::{DeploymentId, ProjectId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Case, Deployment, Filter};
use countersign_store::projects::Project;

/// A deployment as somebody may see it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The project.
    pub project: Project,
    /// The deployment, its job and its gate.
    pub case: Case,
    /// The rules and the votes that fill them: as they stand while it is pending, else as they stood.
    pub summary: Summary,
    /// Whether the status of its job may be shown.
    pub with_job: bool,
    /// Whether all of its job may be shown, and not only what a deploy entry lets people see.
    pub whole: bool,
}

/// One deployment with its approvals.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: DeploymentId, now: Timestamp) -> Result<Shown> {
    let (seen, mut case) = sight::deployment(tx, actor, at, id, now)?;
    case.deployment.status = reassess::status_now(&case);
    let with_job = seen.sees_job_of(&case.deployment);
    let live = case.deployment.status.is_pending();
    let kept = case.deployment.summary.clone().filter(|_| !live);
    let summary = match kept {
        Some(kept) => kept,
        None if live => Summary::of(&case.gate),
        None => Summary::default(),
    };
    Ok(Shown { project: seen.project, case, summary, with_job, whole: seen.whole })
}

/// The id of the deployment with that number in a project.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn numbered(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, iid: i64, now: Timestamp) -> Result<DeploymentId> {
    let seen = sight::project(tx, actor, at, now)?;
    let found = deployments::numbered(tx, seen.project.id, iid)?.filter(|d| seen.sees(d));
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?.id)
}

/// One page of a project's deployments, and how many there are in all; those that the actor may see.
///
/// # Errors
/// They may see none.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    filter: impl Fn(ProjectId) -> Filter,
    now: Timestamp,
) -> Result<(Seen, Vec<Deployment>, i64)> {
    let seen = sight::project(tx, actor, at, now)?;
    let wanted = filter(seen.project.id);
    if seen.whole {
        let (rows, total) = deployments::list(tx, &wanted)?;
        return Ok((seen, rows, total));
    }
    // What entries let people see cannot be told in SQL: the page is cut here, and only then read.
    let mut visible = deployments::marks(tx, &wanted)?;
    visible.retain(|mark| seen.sees_marked(mark));
    let total = i64::try_from(visible.len()).unwrap_or(i64::MAX);
    let skip = usize::try_from(wanted.offset).unwrap_or(usize::MAX);
    let page = visible.into_iter().skip(skip).take(usize::try_from(wanted.limit).unwrap_or(0));
    let page: Vec<_> = page.map(|mark| mark.id).collect();
    Ok((seen, deployments::these(tx, &page)?, total))
}
