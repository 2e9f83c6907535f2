//! Whether the database holds what the oracle says.

use crate::drive::Driver;
use crate::oracle::Oracle;
use countersign_domain::job::FailureReason;
use countersign_store::{deployments, jobs, pipelines};

/// What differs; `None` if nothing does.
pub(crate) fn difference(real: &mut Driver<'_, '_>, world: &Oracle) -> Option<String> {
    let counts = (real.pipelines.len(), real.jobs.len(), real.deployments.len());
    let expected = (world.pipelines.len(), world.jobs.len(), world.deployments.len());
    if counts != expected {
        return Some(format!("{counts:?} pipelines, jobs and deployments, not {expected:?}"));
    }
    of_deployments(real, world).or_else(|| of_jobs(real, world))
}

fn of_deployments(real: &mut Driver<'_, '_>, world: &Oracle) -> Option<String> {
    for (at, expected) in world.deployments.iter().enumerate() {
        let found = deployments::find(real.tx, real.deployments[at]).unwrap().unwrap();
        let is = (found.status.as_str(), found.claimed_at.is_some());
        let ought = (expected.status, expected.claimed);
        if is != ought {
            return Some(format!("deployment {at} is {is:?} (status, claimed), not {ought:?}"));
        }
    }
    None
}

fn of_jobs(real: &mut Driver<'_, '_>, world: &Oracle) -> Option<String> {
    for (at, pipeline) in real.pipelines.iter().enumerate() {
        for found in jobs::of_pipeline(real.tx, *pipeline, true).unwrap() {
            let job = real.jobs.iter().position(|j| *j == found.id).unwrap();
            let expected = &world.jobs[job];
            let overtaken = found.failure_reason == Some(FailureReason::Outdated);
            let rejected = found.failure_reason == Some(FailureReason::DeploymentRejected);
            let is = (found.status.as_str(), found.allow_failure, found.retried, rejected, overtaken);
            let ought = (expected.status, expected.optional, expected.retried, expected.rejected, expected.overtaken);
            if is != ought {
                return Some(format!(
                    "job {job} is {is:?} (status, optional, retried, rejected, overtaken), not {ought:?}"
                ));
            }
            if usize::try_from(found.attempt).unwrap() != expected.claims {
                return Some(format!("job {job} was handed out {} times, not {}", found.attempt, expected.claims));
            }
        }
        let is = pipelines::find(real.tx, *pipeline).unwrap().unwrap().status.is_finished();
        let ought = world.pipeline_is_over(at);
        if is != ought {
            return Some(format!("whether pipeline {at} is over: {is}, not {ought}"));
        }
    }
    None
}
