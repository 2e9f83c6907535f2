//! Cancels deployments that are not to go on, because their environment, project or group goes.

use super::Flow;
use crate::Result;
use countersign_domain::deployment::{Event as DeploymentEvent, Status};
use countersign_domain::ids::DeploymentId;
use countersign_domain::job::Event as JobEvent;
use countersign_store::deployments::{self, Case};

impl Flow<'_, '_> {
    /// Cancels pending deployments with their jobs; with `only_blocked`, those that wait for approval. The votes stay
    /// as history.
    ///
    /// # Errors
    /// The store's.
    pub fn cancel_pending(&mut self, ids: &[DeploymentId], only_blocked: bool) -> Result<()> {
        for id in ids {
            let case = deployments::for_decision(self.tx, *id, None, self.now.date())?;
            let Some(Case { mut deployment, job, gate }) = case else { continue };
            let concerned =
                if only_blocked { deployment.status == Status::Blocked } else { deployment.status.is_pending() };
            match job {
                _ if !concerned => {}
                Some(mut job) => {
                    self.end_job(&mut job, JobEvent::Cancel, None)?;
                    self.advance(job.pipeline_id)?;
                }
                None => self.move_deployment(&mut deployment, DeploymentEvent::Cancel, Some(&gate))?,
            }
        }
        Ok(())
    }
}
