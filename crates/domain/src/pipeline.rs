//! Pipelines: the composite status of their jobs, and whose turn it is (gitlab-facts, section 7).

mod superfluous;
mod turns;

pub use superfluous::{Older, OnNewCommit, superfluous};
pub use turns::{Renewed, Turn, to_renew, turns};

use crate::ids::JobId;
use crate::job::{Status as JobStatus, When};
use serde::{Deserialize, Serialize};

/// The status of a pipeline, made from those of its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing has started.
    Created,
    /// Jobs wait for a runner.
    Pending,
    /// It goes on.
    Running,
    /// All went well.
    Success,
    /// Something failed that counts.
    Failed,
    /// It is being canceled.
    Canceling,
    /// It was canceled.
    Canceled,
    /// There was nothing to do.
    Skipped,
    /// It waits for somebody: to play a job, or to approve a deployment.
    Manual,
    /// It waits for the time of a job.
    Scheduled,
    /// It waits for what another job has.
    WaitingForResource,
}

impl Status {
    /// All statuses.
    pub const ALL: [Status; 11] = [
        Status::Created,
        Status::Pending,
        Status::Running,
        Status::Success,
        Status::Failed,
        Status::Canceling,
        Status::Canceled,
        Status::Skipped,
        Status::Manual,
        Status::Scheduled,
        Status::WaitingForResource,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Pending => "pending",
            Status::Running => "running",
            Status::Success => "success",
            Status::Failed => "failed",
            Status::Canceling => "canceling",
            Status::Canceled => "canceled",
            Status::Skipped => "skipped",
            Status::Manual => "manual",
            Status::Scheduled => "scheduled",
            Status::WaitingForResource => "waiting_for_resource",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether nothing more will happen by itself or by playing a job that counts.
    pub fn is_finished(self) -> bool {
        matches!(self, Status::Success | Status::Failed | Status::Canceled | Status::Skipped)
    }
}

/// A job as its pipeline sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// The position of its stage.
    pub stage: i64,
    /// Its status.
    pub status: JobStatus,
    /// When it runs.
    pub when: When,
    /// Whether its failure, or its waiting to be played, does not count.
    pub allow_failure: bool,
    /// The jobs it waits for; `None` if it waits for all in earlier stages.
    pub needs: Option<Vec<JobId>>,
}

impl Job {
    /// An optional manual job counts as if it were not there.
    fn is_ignored(&self) -> bool {
        self.status == JobStatus::Manual && self.allow_failure
    }

    /// A failure or cancellation that is allowed counts as success.
    fn effective(&self) -> JobStatus {
        match self.status {
            JobStatus::Failed | JobStatus::Canceled if self.allow_failure => JobStatus::Success,
            status => status,
        }
    }
}

/// Whether a job stays optional that comes to wait for the approval of its deployment: not in a pipeline that goes on, so
/// that it waits too; one that has finished is not opened again (semantics, sections 3 and 4).
pub fn stays_optional(optional: bool, pipeline_ended: bool) -> bool {
    optional && pipeline_ended
}

/// What a set of jobs amounts to. Jobs that were retried are not among them.
pub fn composite(jobs: &[Job]) -> Status {
    let counted: Vec<JobStatus> = jobs.iter().filter(|j| !j.is_ignored()).map(Job::effective).collect();
    let any = |s: JobStatus| counted.contains(&s);
    let all = |allowed: &[JobStatus]| counted.iter().all(|s| allowed.contains(s));
    use JobStatus::*;
    if all(&[Skipped]) {
        return if jobs.iter().any(|j| j.effective() == Success) { Status::Success } else { Status::Skipped };
    }
    if all(&[Success, Skipped]) {
        Status::Success
    } else if all(&[Created]) {
        Status::Created
    } else if all(&[Canceled, Success, Skipped]) {
        Status::Canceled
    } else if any(Canceling) {
        Status::Canceling
    } else if all(&[Created, Pending, Skipped]) {
        Status::Pending
    } else if any(Running) || any(Pending) {
        Status::Running
    } else if any(WaitingForResource) {
        Status::WaitingForResource
    } else if any(Manual) {
        Status::Manual
    } else if any(Scheduled) {
        Status::Scheduled
    } else if any(Created) {
        Status::Running
    } else {
        Status::Failed
    }
}

/// Whether the message of a pushed commit says that nothing is to run for it: `[ci skip]` or `[skip ci]`, in any
/// capitalization (GitLab's documentation, "Skip a pipeline"). Its pipeline is `skipped` and has no jobs.
pub fn skips_ci(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["[ci skip]", "[skip ci]"].iter().any(|marker| message.contains(marker))
}

/// Whether canceling a pipeline cancels a job of it: all that has not ended. Of those that wait to be played only one
/// whose deployment is subject to approval (`guarded`), given or not: nothing approved stays behind ready to go.
pub fn cancels(status: JobStatus, guarded: bool) -> bool {
    match status {
        JobStatus::Created
        | JobStatus::Pending
        | JobStatus::Running
        | JobStatus::Scheduled
        | JobStatus::WaitingForResource => true,
        JobStatus::Manual => guarded,
        JobStatus::Canceling | JobStatus::Success | JobStatus::Failed | JobStatus::Canceled | JobStatus::Skipped => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use JobStatus::*;

    fn job(id: i64, stage: i64, status: JobStatus) -> Job {
        Job { id: JobId(id), stage, status, when: When::OnSuccess, allow_failure: false, needs: None }
    }

    fn allowed(mut job: Job) -> Job {
        job.allow_failure = true;
        job
    }

    #[test]
    fn composites() {
        let cases: &[(&[Job], Status)] = &[
            (&[], Status::Skipped),
            (&[job(1, 0, Created)], Status::Created),
            (&[job(1, 0, Pending), job(2, 1, Created)], Status::Pending),
            (&[job(1, 0, Success), job(2, 1, Pending)], Status::Running),
            (&[job(1, 0, Success), job(2, 1, Created)], Status::Running),
            (&[job(1, 0, Success), job(2, 1, Manual)], Status::Manual),
            (&[job(1, 0, Success), allowed(job(2, 1, Manual))], Status::Success),
            (&[allowed(job(1, 0, Manual))], Status::Skipped),
            (&[job(1, 0, Failed), job(2, 1, Skipped)], Status::Failed),
            (&[allowed(job(1, 0, Failed)), job(2, 1, Success)], Status::Success),
            (&[job(1, 0, Canceled), job(2, 1, Success)], Status::Canceled),
            (&[job(1, 0, Canceled), job(2, 1, Failed)], Status::Failed),
            (&[job(1, 0, Canceling), job(2, 1, Created)], Status::Canceling),
            (&[job(1, 0, Skipped)], Status::Skipped),
            (&[job(1, 0, Manual), job(2, 1, Created)], Status::Manual),
            (&[job(1, 0, Manual), job(2, 0, Running)], Status::Running),
            (&[job(1, 0, Scheduled), job(2, 1, Created)], Status::Scheduled),
            (&[job(1, 0, Scheduled), job(2, 0, Manual)], Status::Manual),
            (&[job(1, 0, WaitingForResource), job(2, 0, Manual)], Status::WaitingForResource),
            (&[job(1, 0, WaitingForResource), job(2, 0, Pending)], Status::Running),
        ];
        for (jobs, expected) in cases {
            assert_eq!(composite(jobs), *expected, "{jobs:?}");
        }
    }

    #[test]
    fn a_job_that_waits_for_approval_is_not_optional_in_a_pipeline_that_goes_on() {
        assert_eq!([true, false].map(|ended| stays_optional(true, ended)), [true, false]);
        assert_eq!([true, false].map(|ended| stays_optional(false, ended)), [false; 2]);
    }

    #[test]
    fn a_message_skips_the_pipeline_by_either_marker_anywhere_in_it() {
        for message in ["[skip ci]", "Tidy [CI Skip]", "Tidy\n\nnothing changes [Skip CI].\n"] {
            assert!(skips_ci(message), "{message}");
        }
        for message in ["", "skip ci", "[skip  ci]", "[ci-skip", "Tidy [skip tests]"] {
            assert!(!skips_ci(message), "{message}");
        }
    }

    #[test]
    fn canceling_spares_what_has_ended_and_what_is_merely_offered() {
        let spared: Vec<_> = JobStatus::ALL.into_iter().filter(|s| !cancels(*s, false)).collect();
        assert_eq!(spared, [Success, Failed, Canceling, Canceled, Skipped, Manual]);
        assert!(cancels(Manual, true) && !cancels(Success, true));
    }
}
