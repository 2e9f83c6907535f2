//! A vote on a deployment as it was shown: on a page, where it may have changed since.

use super::version;
use crate::approve::{Opinion, Recorded, approve};
use crate::authorize::Ref;
use crate::{Result, Tx, reassess, sight};
use countersign_domain::access::Actor;
use countersign_domain::approval::repeated;
use countersign_domain::deployment::Status;
use countersign_domain::ids::DeploymentId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;

/// As [`approve`], if the deployment still is what the actor saw. Whoever only repeats their own vote while it waits
/// decides nothing, whatever they saw.
///
/// # Errors
/// What has changed; and as [`approve`].
pub fn vote(
    tx: &mut Tx<'_>,
    actor: &Actor,
    (at, id): (&Ref, DeploymentId),
    opinion: &Opinion,
    shown: &str,
    now: Timestamp,
) -> Result<Ending<Recorded>> {
    // Whoever may not decide at all is told that, and it is recorded.
    if let Ok((_, case)) = sight::for_decision(tx, actor, at, id, now)? {
        let waits = reassess::status_now(&case) == Status::Blocked;
        let again = actor.user().and_then(|voter| repeated(&case.gate, voter, opinion.verdict));
        if !waits || again.is_none() {
            version::check(&case, shown, opinion.verdict)?;
        }
    }
    approve(tx, actor, at, id, opinion, now)
}
