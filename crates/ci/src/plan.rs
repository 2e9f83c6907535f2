//! What a file says is to be run: the result of reading it.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;

/// The outcome of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The plan; `None` exactly if a diagnostic is an error.
    pub plan: Option<Plan>,
    /// The files that were included, in the order they were read; empty if one of them could not be.
    pub includes: Vec<Included>,
    /// Everything there is to say about the files, ordered by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file that was included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// Its path from the repository's root.
    pub path: String,
    /// The file that names it.
    pub from: String,
}

/// A pipeline as written, nothing expanded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Stages in the order they run. All declared ones; `.pre` and `.post` only where a job uses them.
    pub stages: Vec<String>,
    /// The top level variables, in the order of the file.
    pub variables: Vec<Variable>,
    /// The jobs in the order of the file, without hidden jobs and without `when: never`.
    pub jobs: Vec<JobPlan>,
}

/// A job as written, nothing expanded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobPlan {
    /// Name, 1 to 255 characters, unique in the plan.
    pub name: String,
    /// Stage, one of [`Plan::stages`].
    pub stage: String,
    /// Where [`Plan::stages`] has the stage, from 0.
    pub stage_index: usize,
    /// The commands, at least one; an entry may have several lines.
    pub script: Vec<String>,
    /// Commands that run before `script`, in the same shell.
    pub before_script: Vec<String>,
    /// Commands that run after `script` whatever its outcome, in a shell of their own.
    pub after_script: Vec<String>,
    /// The job's own variables, in the order of the file; they win over the plan's.
    pub variables: Vec<Variable>,
    /// When the job runs.
    pub when: When,
    /// Whether its failure leaves the pipeline unharmed. Where not written: true for manual jobs, else false.
    pub allow_failure: bool,
    /// Tags a runner must have, each once.
    pub tags: Vec<String>,
    /// The environment the job names.
    pub environment: Option<EnvironmentPlan>,
    /// The file that has the job's name.
    pub file: Arc<str>,
    /// Line of the job's name in it, from 1.
    pub line: usize,
}

/// An environment as a job names it; texts may contain variables still to be expanded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentPlan {
    /// Name, for example `production` or `review/${CI_COMMIT_REF_SLUG}`.
    pub name: String,
    /// External address.
    pub url: Option<String>,
    /// What the job does to the environment.
    pub action: Action,
    /// The tier asked for: one of the five, or a text with variables.
    pub deployment_tier: Option<String>,
}

/// A variable as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Name: 1 to 255 letters, digits and `_`.
    pub key: String,
    /// Value exactly as written (`1.10` stays `1.10`).
    pub value: String,
    /// True if `$` in the value has no meaning (`expand: false`).
    pub raw: bool,
}

/// When a job runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum When {
    /// As soon as the earlier stages succeeded.
    #[default]
    OnSuccess,
    /// When someone plays it.
    Manual,
    /// As soon as the earlier stages ended, however.
    Always,
}

impl When {
    /// The word for it in the file and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSuccess => "on_success",
            Self::Manual => "manual",
            Self::Always => "always",
        }
    }
}

/// What a job does to its environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Action {
    /// Deploys to it: the only action that makes a deployment.
    #[default]
    Start,
    /// Stops it when the job succeeds.
    Stop,
    /// Prepares it without deploying.
    Prepare,
    /// Uses it without deploying.
    Access,
    /// Checks it without deploying.
    Verify,
}

impl Action {
    /// All actions, in the order messages list them.
    pub const ALL: [Self; 5] = [Self::Start, Self::Stop, Self::Prepare, Self::Access, Self::Verify];

    /// The word for it in the file and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Prepare => "prepare",
            Self::Access => "access",
            Self::Verify => "verify",
        }
    }
}
