//! Jobs: their states, and why they fail (semantics, section 6; names as GitLab's).

mod act;

pub use act::Act;

use crate::refusal::{Refusal, Result};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its turn has not come.
    Created,
    /// It waits for a runner.
    Pending,
    /// A runner has it.
    Running,
    /// It succeeded.
    Success,
    /// It failed.
    Failed,
    /// The runner was told to stop it.
    Canceling,
    /// It was canceled.
    Canceled,
    /// It is not to run.
    Skipped,
    /// Somebody must play it, or its deployment waits for approval.
    Manual,
    /// It waits for its time.
    Scheduled,
    /// It waits until no other job has the resource it needs.
    WaitingForResource,
}

/// What can happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// It may go to a runner.
    Enqueue,
    /// It must wait for somebody to play it, or for approval.
    Hold,
    /// It must wait for its time.
    Schedule,
    /// It must wait until no other job has the resource it needs.
    Wait,
    /// A runner takes it.
    Claim,
    /// The runner never took it up.
    Return,
    /// It ends well.
    Succeed,
    /// It fails.
    Fail,
    /// It is canceled; `graceful` if its runner can stop it in order.
    Cancel,
    /// The runner is told to stop it in order.
    CancelGracefully,
    /// It is not to run.
    Skip,
    /// It gets another turn, after an earlier job was tried again.
    Renew,
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

    /// Whether it has ended, one way or another.
    pub fn is_finished(self) -> bool {
        matches!(self, Status::Success | Status::Failed | Status::Canceled | Status::Skipped)
    }

    /// Whether its turn has come and no runner has it yet.
    pub fn is_unclaimed(self) -> bool {
        matches!(self, Status::Pending | Status::Manual | Status::Scheduled | Status::WaitingForResource)
    }

    /// Whether a runner has it.
    pub fn is_claimed(self) -> bool {
        matches!(self, Status::Running | Status::Canceling)
    }

    /// The status after an event; `None` for a transition that does not exist.
    pub fn after(self, event: Event) -> Option<Status> {
        use {Event::*, Status::*};
        match (self, event) {
            (Created | Manual | Scheduled | WaitingForResource, Enqueue) => Some(Pending),
            (Created | Pending | Scheduled | WaitingForResource, Hold) => Some(Manual),
            (Created | Manual, Schedule) => Some(Scheduled),
            (Created | Manual | Scheduled, Wait) => Some(WaitingForResource),
            (Pending, Claim) => Some(Running),
            (Running, Return) => Some(Pending),
            (Running | Canceling, Succeed) => Some(Success),
            (Created | Pending | Manual | Scheduled | WaitingForResource | Running | Canceling, Fail) => Some(Failed),
            (Created | Pending | Manual | Scheduled | WaitingForResource | Running | Canceling, Cancel) => {
                Some(Canceled)
            }
            (Running, CancelGracefully) => Some(Canceling),
            (Created, Skip) => Some(Skipped),
            (Skipped, Renew) => Some(Created),
            _ => None,
        }
    }
}

impl Event {
    /// All events.
    pub const ALL: [Event; 12] = [
        Event::Enqueue,
        Event::Hold,
        Event::Schedule,
        Event::Wait,
        Event::Claim,
        Event::Return,
        Event::Succeed,
        Event::Fail,
        Event::Cancel,
        Event::CancelGracefully,
        Event::Skip,
        Event::Renew,
    ];
}

/// When a job runs, once its turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// If all before it went well.
    OnSuccess,
    /// If something before it failed.
    OnFailure,
    /// If somebody plays it, and all before it went well.
    Manual,
    /// However it went before.
    Always,
    /// Some time after all before it went well.
    Delayed,
}

impl When {
    /// All of them.
    pub const ALL: [When; 5] = [When::OnSuccess, When::OnFailure, When::Manual, When::Always, When::Delayed];

    /// The name in `.gitlab-ci.yml`.
    pub fn as_str(self) -> &'static str {
        match self {
            When::OnSuccess => "on_success",
            When::OnFailure => "on_failure",
            When::Manual => "manual",
            When::Always => "always",
            When::Delayed => "delayed",
        }
    }

    /// Reads the name in `.gitlab-ci.yml`.
    pub fn parse(text: &str) -> Option<When> {
        When::ALL.into_iter().find(|w| w.as_str() == text)
    }
}

/// What a job does with its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentAction {
    /// Deploys to it; the only one that makes a deployment.
    Start,
    /// Stops it when the job succeeds.
    Stop,
    /// Prepares it.
    Prepare,
    /// Reaches into it.
    Access,
    /// Verifies it.
    Verify,
}

impl EnvironmentAction {
    /// The name in `.gitlab-ci.yml`.
    pub fn as_str(self) -> &'static str {
        match self {
            EnvironmentAction::Start => "start",
            EnvironmentAction::Stop => "stop",
            EnvironmentAction::Prepare => "prepare",
            EnvironmentAction::Access => "access",
            EnvironmentAction::Verify => "verify",
        }
    }

    /// Whether a job that does this begins the time anew after which its environment stops by itself.
    pub fn renews_auto_stop(self) -> bool {
        matches!(self, EnvironmentAction::Start | EnvironmentAction::Prepare | EnvironmentAction::Access)
    }

    /// Reads the name in `.gitlab-ci.yml`.
    pub fn parse(text: &str) -> Option<EnvironmentAction> {
        use EnvironmentAction::*;
        [Start, Stop, Prepare, Access, Verify].into_iter().find(|a| a.as_str() == text)
    }
}

macro_rules! failure_reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// Why a job failed, with the message people see.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FailureReason { $($(#[$doc])* $name),* }

        impl FailureReason {
            /// All reasons.
            pub const ALL: &'static [FailureReason] = &[$(FailureReason::$name),*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(FailureReason::$name => $code),* }
            }

            /// The message people see; empty where the job's own log says it.
            pub fn message(self) -> &'static str {
                match self { $(FailureReason::$name => $message),* }
            }
        }
    };
}

failure_reasons! {
    /// Nobody knows.
    Unknown = "unknown_failure", "There is an unknown failure, please try again";
    /// The script said no.
    Script = "script_failure", "";
    /// The runner got lost, or never took the job up.
    RunnerSystem = "runner_system_failure", "There has been a runner system failure, please try again";
    /// It took too long.
    Timeout = "job_execution_timeout", "The script exceeded the maximum execution time set for the job";
    /// The person may not deploy there.
    ProtectedEnvironment = "protected_environment_failure",
        "The environment this job is deploying to is protected. Only users with permission may successfully run this job.";
    /// Somebody rejected the deployment.
    DeploymentRejected = "deployment_rejected", "This deployment job was rejected.";
    /// Something later was deployed meanwhile.
    Outdated = "failed_outdated_deployment_job",
        "The deployment job is older than the latest deployment, and therefore failed.";
    /// The environment's name or another parameter is not valid.
    EnvironmentCreation = "environment_creation_failure",
        "This job could not be executed because it would create an environment with an invalid parameter.";
    /// What it needs cannot be had: its resource group has no valid name.
    UnmetPrerequisites = "unmet_prerequisites", "The job failed to complete prerequisite tasks";
    /// The runner was told to stop it.
    Canceled = "job_canceled", "The job was canceled";
    /// The runner itself was stopped.
    RunnerInterrupted = "runner_interrupted", "The runner was interrupted, please try again";
    /// The runner is not set up for it.
    RunnerConfiguration = "runner_configuration_error", "The runner is not configured for this job";
    /// Something the runner needs is not there.
    RunnerDependency = "runner_external_dependency_failure", "Something the runner depends on failed, please try again";
    /// An image could not be pulled.
    ImagePull = "image_pull_failure", "An image could not be pulled, please try again";
}

impl FailureReason {
    /// Reads what a runner or the store says; any other word is an unknown failure.
    pub fn parse(text: &str) -> FailureReason {
        FailureReason::ALL.iter().copied().find(|r| r.as_str() == text).unwrap_or(FailureReason::Unknown)
    }

    /// Whether a job that failed so can never be tried again: a new pipeline is needed.
    pub fn is_final(self) -> bool {
        self == FailureReason::DeploymentRejected
    }

    /// Whether a job that failed so may be tried again without anybody asking for it: not where a person or a rule said
    /// no, since it would say so again.
    fn may_pass(self) -> bool {
        use FailureReason::{
            DeploymentRejected, EnvironmentCreation, Outdated, ProtectedEnvironment, UnmetPrerequisites,
        };
        !matches!(self, DeploymentRejected | EnvironmentCreation | Outdated | ProtectedEnvironment | UnmetPrerequisites)
    }
}

/// How often, and after what, a job is tried again by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryPolicy {
    /// How often at most.
    pub max: usize,
    /// After failures of these reasons, or `always`; after any, if neither these nor exit codes are given.
    pub when: Vec<String>,
    /// After scripts that ended with one of these.
    pub exit_codes: Vec<i64>,
}

impl RetryPolicy {
    /// Whether a job that failed, and was tried again `before` times, is to be tried again.
    pub fn wants(&self, reason: FailureReason, exit_code: Option<i64>, before: usize) -> bool {
        let any = self.when.is_empty() && self.exit_codes.is_empty();
        let by_reason = any || self.when.iter().any(|name| name == "always" || name == reason.as_str());
        let by_code = exit_code.is_some_and(|code| self.exit_codes.contains(&code));
        before < self.max && reason.may_pass() && (by_reason || by_code)
    }
}

/// How long a runner may take to end a job whose time is up, in milliseconds: `after_script` has five minutes of its own.
pub const GRACE_MS: i64 = 10 * 60 * 1000;

/// How long a job may run, in seconds: as long as it says itself, or else its project; or its runner, if that allows less.
pub fn time_limit(of_job: Option<i64>, of_project: i64, of_runner: Option<i64>) -> i64 {
    let wanted = of_job.unwrap_or(of_project);
    of_runner.map_or(wanted, |most| most.min(wanted))
}

/// Whether a job handed out at `started` that may run for `limit` seconds should have been ended by its runner.
pub fn is_overdue(started: Timestamp, limit: i64, now: Timestamp) -> bool {
    now.since(started) >= limit.saturating_mul(1000).saturating_add(GRACE_MS)
}

/// Whether a job may be tried again.
///
/// # Errors
/// Why not.
pub fn check_retry(status: Status, reason: Option<FailureReason>, retried: bool, blocked: bool) -> Result<()> {
    if retried {
        return Err(Refusal::NotRetryable("it was retried already"));
    }
    if blocked {
        return Err(Refusal::NotRetryable("its deployment waits for approval"));
    }
    if reason.is_some_and(FailureReason::is_final) {
        return Err(Refusal::NotRetryable("its deployment was rejected; create a new pipeline"));
    }
    if reason == Some(FailureReason::UnmetPrerequisites) {
        return Err(Refusal::NotRetryable("its resource group has no valid name; create a new pipeline"));
    }
    match status {
        Status::Success | Status::Failed | Status::Canceled => Ok(()),
        _ => Err(Refusal::NotRetryable("it has not finished")),
    }
}

/// Whether the log of a job may be erased.
///
/// # Errors
/// Why not: it may still grow, or there is none.
pub fn check_erase(status: Status, has_log: bool) -> Result<()> {
    match (status.is_finished(), has_log) {
        (false, _) => Err(Refusal::NotErasable("It has not finished")),
        (true, false) => Err(Refusal::NotErasable("It has no log")),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_transitions() {
        let mut rows = Vec::new();
        for from in Status::ALL {
            for event in Event::ALL {
                if let Some(to) = from.after(event) {
                    rows.push(format!("{} --{event:?}--> {}", from.as_str(), to.as_str()));
                }
            }
        }
        insta::assert_snapshot!(rows.join("\n"));
    }

    #[test]
    fn only_pending_jobs_are_claimed_and_finished_ones_stay_so() {
        for status in Status::ALL {
            assert_eq!(status.after(Event::Claim).is_some(), status == Status::Pending);
            if status.is_finished() && status != Status::Skipped {
                assert!(Event::ALL.iter().all(|e| status.after(*e).is_none()), "{status:?}");
            }
        }
    }

    #[test]
    fn a_job_is_overdue_when_its_time_and_the_grace_are_over() {
        assert_eq!([time_limit(None, 60, None), time_limit(None, 60, Some(90))], [60, 60]);
        assert_eq!([time_limit(None, 60, Some(30)), time_limit(Some(90), 60, None)], [30, 90]);
        assert_eq!([time_limit(Some(90), 60, Some(70)), time_limit(Some(9), 60, Some(70))], [70, 9]);
        let overdue = |ms| is_overdue(Timestamp(5), 60, Timestamp(5 + ms));
        assert!(!overdue(60_000 + GRACE_MS - 1) && overdue(60_000 + GRACE_MS));
    }

    #[test]
    fn a_job_is_tried_again_as_often_and_after_what_it_says() {
        let policy = |when: &[&str], exit_codes: &[i64]| RetryPolicy {
            max: 2,
            when: when.iter().map(|name| (*name).to_owned()).collect(),
            exit_codes: exit_codes.to_vec(),
        };
        let script = FailureReason::Script;
        assert!(policy(&[], &[]).wants(script, Some(1), 0) && policy(&[], &[]).wants(script, None, 1));
        assert!(!policy(&[], &[]).wants(script, Some(1), 2), "often enough");
        assert!(!RetryPolicy::default().wants(script, Some(1), 0), "never");
        assert!(policy(&["script_failure"], &[]).wants(script, None, 0));
        assert!(!policy(&["runner_system_failure"], &[]).wants(script, None, 0));
        assert!(policy(&["always"], &[]).wants(FailureReason::Timeout, None, 0));
        assert!(policy(&[], &[137]).wants(script, Some(137), 0) && !policy(&[], &[137]).wants(script, Some(1), 0));
        assert!(policy(&["runner_system_failure"], &[137]).wants(script, Some(137), 0), "either suffices");
        use FailureReason::{DeploymentRejected, Outdated, ProtectedEnvironment};
        for refused in [DeploymentRejected, Outdated, ProtectedEnvironment] {
            assert!(!policy(&["always"], &[]).wants(refused, None, 0), "{refused:?}");
        }
    }

    #[test]
    fn retry_needs_an_end_that_is_not_a_rejection() {
        let rejected = Some(FailureReason::DeploymentRejected);
        assert!(check_retry(Status::Failed, Some(FailureReason::Script), false, false).is_ok());
        assert!(check_retry(Status::Failed, rejected, false, false).is_err());
        let unmet = Some(FailureReason::UnmetPrerequisites);
        assert!(check_retry(Status::Failed, unmet, false, false).is_err());
        assert!(check_retry(Status::Success, None, true, false).is_err());
        assert!(check_retry(Status::Manual, None, false, true).is_err());
        assert!(check_retry(Status::Skipped, None, false, false).is_err());
    }

    #[test]
    fn only_the_log_of_a_job_that_has_ended_is_erased() {
        for status in Status::ALL {
            assert_eq!(check_erase(status, true).is_ok(), status.is_finished(), "{status:?}");
            assert!(check_erase(status, false).is_err());
        }
    }
}
