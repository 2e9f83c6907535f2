//! What a file says is to be run: the result of reading it.

mod files;

pub use files::{Artifacts, Cache, CacheKey, CachePolicy, Expiry, SaveWhen};

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
    /// What the pipeline is called, expanded.
    pub name: Option<String>,
    /// Stages in the order they run. All declared ones; `.pre` and `.post` only where a job uses them.
    pub stages: Vec<String>,
    /// The variables of all jobs, later ones win over earlier ones: those of the file, and of the rule of `workflow`.
    pub variables: Vec<Variable>,
    /// The jobs in the order of the file, those made of one by `parallel` next to each other.
    pub jobs: Vec<JobPlan>,
    /// The jobs that are no part of the pipeline.
    pub left_out: Vec<LeftOut>,
    /// What a newer commit on its branch means for the pipeline.
    pub on_new_commit: OnNewCommit,
    /// Whether `workflow:rules` want no pipeline: then there is no job, and none is left out for itself.
    pub unwanted: bool,
}

/// What a newer commit on its branch means for a pipeline, where the project lets it be canceled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnNewCommit {
    /// It is canceled, unless a job has started that is not interruptible.
    #[default]
    Conservative,
    /// Its interruptible jobs are canceled.
    Interruptible,
    /// Nothing.
    None,
}

impl OnNewCommit {
    /// All of them, in the order messages list them.
    pub const ALL: [Self; 3] = [Self::Conservative, Self::Interruptible, Self::None];

    /// The word for it in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conservative => "conservative",
            Self::Interruptible => "interruptible",
            Self::None => "none",
        }
    }
}

/// A job that is no part of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why a job is no part of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The first of its `rules` that is met says `when: never`.
    Rule,
    /// None of its `rules` is met.
    NoRule,
    /// Its `only` does not fit.
    Only,
    /// Its `except` fits.
    Except,
    /// Only jobs in `.pre` and `.post` would be left.
    Alone,
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
    /// Commands that run before the sources are fetched.
    pub pre_get_sources: Vec<String>,
    /// The job's own variables, those of its rule last; later ones win over earlier ones, and all over the plan's.
    pub variables: Vec<Variable>,
    /// Which of the plan's variables the job has.
    pub inherited_variables: Inherit,
    /// When the job runs.
    pub when: When,
    /// How long a delayed job waits, in seconds.
    pub start_in: Option<i64>,
    /// Whether its failure leaves the pipeline unharmed. Where not written: true for manual jobs, else false.
    pub allow_failure: bool,
    /// Codes with which its script may end so that the failure leaves the pipeline unharmed.
    pub allowed_exit_codes: Vec<i64>,
    /// How often, and after what, it is tried again by itself.
    pub retry: Option<Retry>,
    /// How long it may run, in seconds.
    pub timeout: Option<i64>,
    /// Whether it may be canceled while it runs, once a newer pipeline makes its own superfluous.
    pub interruptible: bool,
    /// What whoever plays it is asked to confirm.
    pub manual_confirmation: Option<String>,
    /// The jobs it waits for, by the names they have in the plan; `None` if it waits for the earlier stages.
    pub needs: Option<Vec<String>>,
    /// The jobs whose files it gets, by the names they have in the plan; `None` for all of earlier stages.
    pub files_from: Option<Vec<String>>,
    /// The files it leaves.
    pub artifacts: Option<Artifacts>,
    /// The files that runners keep for it.
    pub caches: Vec<Cache>,
    /// Tags a runner must have, each once.
    pub tags: Vec<String>,
    /// The environment the job names.
    pub environment: Option<EnvironmentPlan>,
    /// The group of jobs of which only one runs at a time; may contain variables still to be expanded.
    pub resource_group: Option<String>,
    /// The image a runner with containers runs it in.
    pub image: Option<Image>,
    /// What a runner with containers runs beside it.
    pub services: Vec<Service>,
    /// Which of how many jobs made of one it is, from 1.
    pub parallel: Option<(usize, usize)>,
    /// The file that has the job's name.
    pub file: Arc<str>,
    /// Line of the job's name in it, from 1.
    pub line: usize,
}

/// What a job takes of what is there for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Inherit {
    /// Everything.
    #[default]
    All,
    /// What has one of these names.
    Only(Vec<String>),
}

impl Inherit {
    /// Whether what has that name is taken.
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|known| known == name),
        }
    }
}

/// How often, and after what, a job is tried again by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retry {
    /// How often at most.
    pub max: u8,
    /// After which failures, by their names in GitLab's API, or `always`.
    pub when: Vec<String>,
    /// After which codes its script ended with.
    pub exit_codes: Vec<i64>,
}

/// An image, with what a runner is told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Its name, with variables.
    pub name: String,
    /// The command that begins in it, with its arguments.
    pub entrypoint: Vec<String>,
    /// When it is pulled: `always`, `if-not-present` or `never`, tried in this order.
    pub pull_policy: Vec<String>,
    /// The platform Docker is asked for.
    pub platform: Option<String>,
    /// As whom Docker runs the job.
    pub user: Option<String>,
    /// As whom Kubernetes runs the job.
    pub kubernetes_user: Option<String>,
}

/// What a runner with containers runs beside a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// The image.
    pub image: Image,
    /// By which name the job reaches it.
    pub alias: Option<String>,
    /// The command that runs in it, with its arguments.
    pub command: Vec<String>,
    /// Variables that only it has.
    pub variables: Vec<Variable>,
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
    /// The job of the pipeline that stops the environment, as defined.
    pub on_stop: Option<String>,
    /// After which time it stops by itself: a span, `never`, or a text with variables.
    pub auto_stop_in: Option<String>,
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
    /// As soon as all before it succeeded.
    #[default]
    OnSuccess,
    /// As soon as all before it ended, if something of it failed.
    OnFailure,
    /// When someone plays it.
    Manual,
    /// As soon as all before it ended, however.
    Always,
    /// As [`When::OnSuccess`], but some time later.
    Delayed,
}

impl When {
    /// The word for it in the file and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSuccess => "on_success",
            Self::OnFailure => "on_failure",
            Self::Manual => "manual",
            Self::Always => "always",
            Self::Delayed => "delayed",
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
