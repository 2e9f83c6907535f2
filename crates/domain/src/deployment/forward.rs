//! Deployments that are older than what was deployed last (gitlab-facts, section 8).

use crate::ids::DeploymentId;
use crate::refusal::{Refusal, Result};

/// One deployment, and what it ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// The deployment; a higher id is a later one.
    pub id: DeploymentId,
    /// The commit.
    pub sha: String,
}

/// What decides whether a deployment has become outdated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The deployment.
    pub own: Shipment,
    /// What was deployed last with success to its environment.
    pub latest: Option<Shipment>,
    /// Whether the project keeps outdated deployments from running.
    pub enabled: bool,
    /// Whether it lets people try jobs again all the same that have ended.
    pub rollback_allowed: bool,
}

impl Forward {
    /// Whether something later, of another commit, was deployed meanwhile: then it is not to run.
    pub fn is_outdated(&self) -> bool {
        let later = |latest: &Shipment| latest.id > self.own.id && latest.sha != self.own.sha;
        self.enabled && self.latest.as_ref().is_some_and(later)
    }

    /// Whether it may run.
    ///
    /// # Errors
    /// It is outdated.
    pub fn check_run(&self) -> Result<()> {
        if self.is_outdated() { Err(Refusal::Outdated) } else { Ok(()) }
    }

    /// Whether somebody may try its job again, which ends in a later deployment of the same commit: a rollback, if it is
    /// outdated.
    ///
    /// # Errors
    /// The project allows none.
    pub fn check_retry(&self) -> Result<()> {
        if self.is_outdated() && !self.rollback_allowed { Err(Refusal::NoRollback) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(own: (i64, &str), latest: Option<(i64, &str)>) -> Forward {
        let shipment = |(id, sha): (i64, &str)| Shipment { id: DeploymentId(id), sha: sha.into() };
        Forward { own: shipment(own), latest: latest.map(shipment), enabled: true, rollback_allowed: true }
    }

    #[test]
    fn only_a_later_success_of_another_commit_makes_a_deployment_outdated() {
        let rows = [
            (None, false),
            (Some((1, "a")), false),
            (Some((1, "b")), false),
            (Some((2, "a")), false),
            (Some((3, "a")), false),
            (Some((3, "b")), true),
        ];
        for (latest, outdated) in rows {
            let mut of = forward((2, "a"), latest);
            assert_eq!(of.is_outdated(), outdated, "{latest:?}");
            assert_eq!(of.check_run().is_err(), outdated);
            of.enabled = false;
            assert!(!of.is_outdated() && of.check_retry().is_ok());
        }
    }

    #[test]
    fn an_outdated_job_is_tried_again_where_rollbacks_are_allowed() {
        let mut of = forward((2, "a"), Some((3, "b")));
        assert_eq!((of.check_run(), of.check_retry()), (Err(Refusal::Outdated), Ok(())));
        of.rollback_allowed = false;
        assert_eq!(of.check_retry(), Err(Refusal::NoRollback));
        of.latest = None;
        assert_eq!(of.check_retry(), Ok(()));
    }
}
