//! What pages that stay open ask again and again: whether what they show has changed, and whether it may still be shown.

use crate::authorize::Ref;
use crate::deployments::{self, Item, Wanted};
use crate::job_dossier::{self, JobDossier, job_dossier};
use crate::{Result, Tx, mark, pipelines};
use countersign_domain::access::Actor;
use countersign_domain::approval::say;
use countersign_domain::ids::{JobId, PipelineId, ProjectId, UserId};
use countersign_domain::time::Timestamp;
use countersign_store::approvals;
use countersign_store::pipelines::Filter;

/// A look at something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// What changes when something does that its page tells.
    pub mark: String,
    /// Where its log is, if it has one, and the reader may read it.
    pub log: Option<(ProjectId, JobId)>,
}

impl Glimpse {
    fn of(mark: String) -> Glimpse {
        Glimpse { mark, log: None }
    }
}

/// What waits for the actor, and what they triggered.
///
/// # Errors
/// The store's.
pub fn inbox(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<Glimpse> {
    let waiting = deployments::inbox(tx, actor, wanted, now)?.waiting;
    let triggered = deployments::triggered(tx, actor, now)?;
    Ok(Glimpse::of(of_items(&waiting, &triggered)))
}

/// The mark of what waits for somebody, and of what they triggered.
pub fn of_items(waiting: &[Item], triggered: &[Item]) -> String {
    let versions = |items: &[Item]| items.iter().map(|item| item.version.clone()).collect::<Vec<_>>();
    mark::of(&(versions(waiting), versions(triggered)))
}

/// A deployment, without who belongs to the groups that its rules name.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn deployment(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, iid: i64, now: Timestamp) -> Result<Glimpse> {
    let id = deployments::numbered(tx, actor, at, iid, now)?;
    let shown = deployments::show(tx, actor, at, id, now)?;
    let of = &shown.case.deployment;
    let said = say(&shown.case.gate, of.status, actor.user().unwrap_or(UserId(0)), now);
    let votes: Vec<_> = approvals::history(tx, id)?.iter().map(|past| (past.vote.id, past.ended_at)).collect();
    let job = shown.case.job.as_ref().filter(|_| shown.with_job);
    let job_state = job.map(|job| (job.status, job.user_id, job.erased_at));
    let acts = match job {
        Some(job) => job_dossier::acts(tx, actor, at, job.id, now)?,
        None => Vec::new(),
    };
    let times = (of.claimed_at, of.finished_at, of.unapproved);
    let version = deployments::version(&shown.case, &shown.summary);
    let log = match job.filter(|job| job.erased_at.is_none()) {
        Some(job) if job_dossier::reads_logs(tx, actor, at, now)? => Some((job.project_id, job.id)),
        _ => None,
    };
    Ok(Glimpse { mark: mark::of(&(version, said, votes, job_state, acts, times)), log })
}

/// A pipeline.
///
/// # Errors
/// There is none, or the actor may not see it.
pub fn pipeline(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<Glimpse> {
    Ok(Glimpse::of(pipelines::dossier(tx, actor, at, id, now)?.mark()))
}

/// One page of the pipelines of a project.
///
/// # Errors
/// The actor may not see them.
pub fn pipelines(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, filter: &Filter, now: Timestamp) -> Result<Glimpse> {
    Ok(Glimpse::of(pipelines::listing(tx, actor, at, filter, now)?.mark()))
}

/// A job.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn job(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Glimpse> {
    let of = job_dossier(tx, actor, at, id, now)?;
    Ok(Glimpse { mark: of.mark(), log: log_of(&of) })
}

fn log_of(of: &JobDossier) -> Option<(ProjectId, JobId)> {
    (of.with_log && of.job.erased_at.is_none()).then_some((of.project.id, of.job.id))
}
