//! Pipelines: the composite status of their jobs, and whose turn it is (gitlab-facts, section 7).

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
}

impl Status {
    /// All statuses.
    pub const ALL: [Status; 9] = [
        Status::Created,
        Status::Pending,
        Status::Running,
        Status::Success,
        Status::Failed,
        Status::Canceling,
        Status::Canceled,
        Status::Skipped,
        Status::Manual,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// What a set of jobs amounts to. Jobs that were retried are not among them.
pub fn composite(jobs: &[Job]) -> Status {
    let counted: Vec<JobStatus> = jobs.iter().filter(|j| !is_ignored(j)).map(effective).collect();
    let any = |s: JobStatus| counted.contains(&s);
    let all = |allowed: &[JobStatus]| counted.iter().all(|s| allowed.contains(s));
    use JobStatus::*;
    if all(&[Skipped]) {
        return if jobs.iter().any(|j| effective(j) == Success) { Status::Success } else { Status::Skipped };
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
    } else if any(Manual) {
        Status::Manual
    } else if any(Created) {
        Status::Running
    } else {
        Status::Failed
    }
}

/// An optional manual job counts as if it were not there.
fn is_ignored(job: &Job) -> bool {
    job.status == JobStatus::Manual && job.allow_failure
}

/// A failure or cancellation that is allowed counts as success.
fn effective(job: &Job) -> JobStatus {
    match job.status {
        JobStatus::Failed | JobStatus::Canceled if job.allow_failure => JobStatus::Success,
        status => status,
    }
}

/// What is to happen to a job whose stage has been reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may run (the gate decides whether it does).
    Run(JobId),
    /// It waits to be played (the gate decides whether it waits for approval instead).
    Offer(JobId),
    /// It is not to run.
    Skip(JobId),
}

/// The jobs whose turn has come: stage by stage, each once everything before it has ended. `jobs` are those that were
/// not retried, in any order.
pub fn turns(jobs: &[Job]) -> Vec<Turn> {
    let mut stages: Vec<i64> = jobs.iter().map(|j| j.stage).collect();
    stages.sort_unstable();
    stages.dedup();
    let mut turns = Vec::new();
    for stage in stages {
        let before: Vec<Job> = jobs.iter().filter(|j| j.stage < stage).copied().collect();
        let Some(went_well) = ended(&before) else { break };
        let waiting = jobs.iter().filter(|j| j.stage == stage && j.status == JobStatus::Created);
        let here: Vec<Turn> = waiting.map(|j| turn(j, went_well)).collect();
        let skips_only = here.iter().all(|t| matches!(t, Turn::Skip(_)));
        turns.extend(here);
        if !skips_only {
            break;
        }
    }
    turns
}

fn turn(job: &Job, went_well: bool) -> Turn {
    match (job.when, went_well) {
        (When::Always, _) | (When::OnSuccess, true) => Turn::Run(job.id),
        (When::Manual, true) => Turn::Offer(job.id),
        (When::OnSuccess | When::Manual, false) => Turn::Skip(job.id),
    }
}

/// Whether the jobs before a stage have all ended, and if so, whether well. Jobs that `turns` is about to skip in
/// the same pass count as skipped.
fn ended(before: &[Job]) -> Option<bool> {
    let open = |j: &&Job| !is_ignored(j) && !j.status.is_finished() && j.status != JobStatus::Created;
    if before.iter().any(|j| open(&j)) {
        return None;
    }
    let failed = |j: &Job| matches!(effective(j), JobStatus::Failed | JobStatus::Canceled);
    Some(!before.iter().any(failed))
}

/// Whether canceling a pipeline cancels a job of it: all that has not ended. Of those that wait to be played only one
/// whose deployment is subject to approval (`guarded`), given or not: nothing approved stays behind ready to go.
pub fn cancels(status: JobStatus, guarded: bool) -> bool {
    match status {
        JobStatus::Created | JobStatus::Pending | JobStatus::Running => true,
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
        Job { id: JobId(id), stage, status, when: When::OnSuccess, allow_failure: false }
    }

    fn allowed(mut job: Job) -> Job {
        job.allow_failure = true;
        job
    }

    fn when(mut job: Job, when: When) -> Job {
        job.when = when;
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
        ];
        for (jobs, expected) in cases {
            assert_eq!(composite(jobs), *expected, "{jobs:?}");
        }
    }

    #[test]
    fn stages_follow_each_other_and_a_blocked_job_holds_them_up() {
        let run = |ids: &[i64]| ids.iter().map(|i| Turn::Run(JobId(*i))).collect::<Vec<_>>();
        assert_eq!(turns(&[job(1, 0, Created), job(2, 0, Created), job(3, 1, Created)]), run(&[1, 2]));
        assert_eq!(turns(&[job(1, 0, Success), job(2, 0, Running), job(3, 1, Created)]), []);
        assert_eq!(turns(&[job(1, 0, Success), job(3, 1, Created)]), run(&[3]));
        assert_eq!(turns(&[job(1, 0, Manual), job(3, 1, Created)]), []);
        assert_eq!(turns(&[allowed(job(1, 0, Manual)), job(3, 1, Created)]), run(&[3]));
        assert_eq!(turns(&[allowed(job(1, 0, Failed)), job(3, 1, Created)]), run(&[3]));
    }

    #[test]
    fn after_a_failure_only_jobs_that_always_run_do() {
        let jobs = [
            job(1, 0, Failed),
            job(2, 1, Created),
            when(job(3, 1, Created), When::Manual),
            when(job(4, 2, Created), When::Always),
        ];
        let skip = |i| Turn::Skip(JobId(i));
        assert_eq!(turns(&jobs), [skip(2), skip(3), Turn::Run(JobId(4))]);
        assert_eq!(turns(&[when(job(1, 0, Created), When::Manual)]), [Turn::Offer(JobId(1))]);
    }

    #[test]
    fn canceling_spares_what_has_ended_and_what_is_merely_offered() {
        let spared: Vec<_> = JobStatus::ALL.into_iter().filter(|s| !cancels(*s, false)).collect();
        assert_eq!(spared, [Success, Failed, Canceling, Canceled, Skipped, Manual]);
        assert!(cancels(Manual, true) && !cancels(Success, true));
    }
}
