//! Deploys again what was deployed before.

use super::numbered;
use crate::authorize::Ref;
use crate::{Result, Tx, retry};
use countersign_domain::access::Actor;
use countersign_domain::ids::JobId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments;

/// Tries the job of the deployment with that number again, as [`retry::retry`] does: as a new job, and a new deployment
/// that needs new approvals. The new job.
///
/// # Errors
/// There is none that the actor may see, or no job made it; and as [`retry::retry`].
pub fn again(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, iid: i64, now: Timestamp) -> Result<Ending<JobId>> {
    let id = numbered(tx, actor, at, iid, now)?;
    let found = deployments::find(tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let job =
        found.job_id.ok_or(Refusal::NotRetryable("an outside tool made the deployment, which can make another"))?;
    retry::retry(tx, actor, at, job, now)
}
