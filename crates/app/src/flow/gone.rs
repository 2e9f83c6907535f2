//! What ends because its project or group is deleted.

use super::{finished, moved};
use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::deployment::Event as DeploymentEvent;
use countersign_domain::event::Event;
use countersign_domain::job::Status as JobStatus;
use countersign_store::{deployments, jobs};

/// The facts to be recorded before a place is deleted: that every deployment which has not ended is canceled, and every
/// job that a runner has. The rows go with the place, so that no runner gets such a job any more, and one that has it
/// is refused at its next word; nothing is written here.
///
/// # Errors
/// The store's.
pub fn gone(tx: &mut Tx<'_>, place: Place) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for mut of in deployments::open(tx, place)? {
        let before = of.status;
        of.status = before.after(DeploymentEvent::Cancel)?;
        events.push(moved(&of, before, DeploymentEvent::Cancel));
    }
    for mut job in jobs::claimed_in(tx, place)? {
        job.status = JobStatus::Canceled;
        events.push(finished(&job));
    }
    Ok(events)
}
