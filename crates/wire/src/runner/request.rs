//! What a runner asks, and the short replies.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Info, or_default};

/// `POST runners/verify`: is this runner token valid?
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::VerifyRequest)]
#[serde(default)]
pub struct VerifyRequest {
    /// The runner's authentication token.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// Which of the machines that share the token is asking: `s_` or `r_`, then 12 letters or digits.
    #[serde(deserialize_with = "or_default")]
    pub system_id: String,
    /// The asking program.
    #[serde(deserialize_with = "or_default")]
    pub info: Info,
}

/// The reply to a valid runner token.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::VerifyReply)]
#[serde(default)]
pub struct VerifyReply {
    /// The runner's id, never 0.
    #[serde(deserialize_with = "or_default")]
    pub id: i64,
    /// The token that was asked about.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// When the token ends, in RFC 3339; `null` for never.
    pub token_expires_at: Option<String>,
}

/// `POST jobs/request`: is there a job for this runner?
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::JobRequest)]
#[serde(default)]
pub struct JobRequest {
    /// The asking program, its version and features.
    #[serde(deserialize_with = "or_default")]
    pub info: Info,
    /// The runner's authentication token.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// Which of the machines that share the token is asking.
    #[serde(deserialize_with = "or_default")]
    pub system_id: String,
    /// The last `X-GitLab-Last-Update` header the server sent; empty if none.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub last_update: String,
}

/// `PUT jobs/:id`: the state of a job, as acknowledgement, keep-alive or final word.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::UpdateJob)]
#[serde(default)]
pub struct UpdateJob {
    /// The reporting program.
    #[serde(deserialize_with = "or_default")]
    pub info: Info,
    /// The job's token.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// The job's state.
    #[serde(deserialize_with = "or_default")]
    pub state: JobState,
    /// Why the job failed; a code of [`FailureReason`] or another word, absent on success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The older place of [`Output::checksum`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// The size and checksum of the log so far.
    #[serde(deserialize_with = "or_default")]
    pub output: Output,
    /// The exit code of the failed script; absent for 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}

/// The size and checksum of a job's log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Output)]
#[serde(default)]
pub struct Output {
    /// `crc32:` and eight lower-case hexadecimal digits, CRC-32/IEEE over the whole log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// The log's length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytesize: Option<u64>,
}

/// The states a runner reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::JobState)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Not started; part of the protocol, but no known runner sends it.
    Pending,
    /// Taken, or still running.
    #[default]
    Running,
    /// Ended well.
    Success,
    /// Ended badly.
    Failed,
}

/// The failure reasons that a runner knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::FailureReason)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The reason has no word that the server understands.
    UnknownFailure,
    /// A command of the job failed.
    ScriptFailure,
    /// The runner could not run the job.
    RunnerSystemFailure,
    /// The job ran longer than it may.
    JobExecutionTimeout,
    /// The runner was stopped while the job ran.
    RunnerInterrupted,
    /// The job was cancelled.
    JobCanceled,
}

impl FailureReason {
    /// The reason's code in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownFailure => "unknown_failure",
            Self::ScriptFailure => "script_failure",
            Self::RunnerSystemFailure => "runner_system_failure",
            Self::JobExecutionTimeout => "job_execution_timeout",
            Self::RunnerInterrupted => "runner_interrupted",
            Self::JobCanceled => "job_canceled",
        }
    }

    /// This reason, or what stands for it with a server that understands only the codes in `known`.
    ///
    /// The three oldest reasons need not be listed.
    pub fn understood_by(self, known: &[String]) -> Self {
        match self {
            Self::ScriptFailure | Self::RunnerSystemFailure | Self::JobExecutionTimeout => self,
            _ if known.iter().any(|code| code == self.code()) => self,
            _ => Self::UnknownFailure,
        }
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}
