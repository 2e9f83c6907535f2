//! What people choose for a project, besides its name and place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For whom a part of a project is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeatureAccess {
    /// Nobody.
    Disabled,
    /// Members only.
    Private,
    /// Everybody who sees the project.
    Enabled,
}

/// In which order the jobs of a resource group run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProcessMode {
    /// As they become ready.
    Unordered,
    /// The oldest pipeline's first.
    OldestFirst,
    /// The newest pipeline's first.
    NewestFirst,
    /// The newest pipeline's first, of those that are ready.
    NewestReadyFirst,
}

/// Who may give variables to pipelines and to jobs they play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverrideRole {
    /// Nobody.
    NoOneAllowed,
    /// Developers.
    Developer,
    /// Maintainers.
    Maintainer,
    /// Owners.
    Owner,
}

/// Who may cancel pipelines and jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancellationRole {
    /// Developers.
    Developer,
    /// Maintainers.
    Maintainer,
    /// Nobody.
    NoOne,
}

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// It is not.
    Disabled,
    /// It is.
    Enabled,
}

/// What people chose for a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectSettings {
    /// Where its pipelines are written down; null for the usual places.
    pub ci_config_path: Option<String>,
    /// Whether deployment jobs that are older than what was deployed last are kept from running; those of the same commit
    /// are not.
    pub ci_forward_deployment_enabled: bool,
    /// Whether deployment jobs that have ended may be tried again all the same: a rollback.
    pub ci_forward_deployment_rollback_allowed: bool,
    /// For whom environments are there: `disabled`, `private` or `enabled`.
    pub environments_access_level: String,
    /// For whom pipelines are there; `disabled`, none are created.
    pub builds_access_level: String,
    /// Whether pipelines are created.
    pub jobs_enabled: bool,
    /// In which order the jobs of new resource groups run: `unordered`, `oldest_first`, `newest_first` or
    /// `newest_ready_first`.
    pub resource_group_default_process_mode: String,
    /// Who may give variables: `no_one_allowed`, `developer`, `maintainer` or `owner`.
    pub ci_pipeline_variables_minimum_override_role: String,
    /// Whether giving variables takes more than the role that runs pipelines.
    pub restrict_user_defined_variables: bool,
    /// Who may cancel pipelines and jobs: `developer`, `maintainer` or `no_one`.
    pub ci_restrict_pipeline_cancellation_role: String,
    /// Kept for clients: pipelines and jobs are for reporters, whatever it says.
    pub public_jobs: bool,
    /// Whether a new commit cancels what is superfluous in the older pipelines of its branch: `enabled` or `disabled`.
    pub auto_cancel_pending_pipelines: String,
    /// Kept for clients: there are no artifacts yet.
    pub keep_latest_artifact: bool,
    /// How many commits a job fetches, unless it says otherwise; 0 for all.
    pub ci_default_git_depth: i64,
    /// Kept for clients: a job's token is a key to its own project only, whatever it says.
    pub ci_job_token_scope_enabled: bool,
    /// Whether protected branches and tags have caches of their own.
    pub ci_separated_caches: bool,
    /// Kept for clients: there are no forks.
    pub ci_allow_fork_pipelines_to_run_in_parent_project: bool,
    /// Whether the instance's runners serve it.
    pub shared_runners_enabled: bool,
    /// Whether the runners of the groups above serve it.
    pub group_runners_enabled: bool,
}

/// What is chosen for a project; what is not sent stays, or is as usual.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProjectSettingsChanges {
    /// Where its pipelines are written down; empty for the usual places.
    pub ci_config_path: Option<String>,
    /// Whether deployment jobs that are older than what was deployed last are kept from running; those of the same commit
    /// are not.
    pub ci_forward_deployment_enabled: Option<bool>,
    /// Whether deployment jobs that have ended may be tried again all the same: a rollback.
    pub ci_forward_deployment_rollback_allowed: Option<bool>,
    /// For whom environments are there.
    pub environments_access_level: Option<FeatureAccess>,
    /// For whom pipelines are there; `disabled`, none are created.
    pub builds_access_level: Option<FeatureAccess>,
    /// Whether pipelines are created; `builds_access_level` wins.
    pub jobs_enabled: Option<bool>,
    /// In which order the jobs of new resource groups run.
    pub resource_group_default_process_mode: Option<ProcessMode>,
    /// Who may give variables to pipelines and to jobs they play.
    pub ci_pipeline_variables_minimum_override_role: Option<OverrideRole>,
    /// Whether giving variables takes more than the role that runs pipelines; the role wins.
    pub restrict_user_defined_variables: Option<bool>,
    /// Who may cancel pipelines and jobs.
    pub ci_restrict_pipeline_cancellation_role: Option<CancellationRole>,
    /// Kept for clients.
    pub public_jobs: Option<bool>,
    /// Kept for clients, as `public_jobs`, which wins.
    pub public_builds: Option<bool>,
    /// Whether a new commit cancels what is superfluous in the older pipelines of its branch.
    pub auto_cancel_pending_pipelines: Option<Switch>,
    /// Kept for clients: artifacts go when their time is over, whatever it says.
    pub keep_latest_artifact: Option<bool>,
    /// How many commits a job fetches, unless it says otherwise: from 0, for all, to 1000.
    pub ci_default_git_depth: Option<i64>,
    /// Kept for clients.
    pub ci_job_token_scope_enabled: Option<bool>,
    /// Whether protected branches and tags have caches of their own.
    pub ci_separated_caches: Option<bool>,
    /// Kept for clients.
    pub ci_allow_fork_pipelines_to_run_in_parent_project: Option<bool>,
    /// Whether the instance's runners serve it.
    pub shared_runners_enabled: Option<bool>,
    /// Whether the runners of the groups above serve it.
    pub group_runners_enabled: Option<bool>,
    /// What it is about.
    pub topics: Option<Vec<String>>,
    /// As `topics`, which wins.
    pub tag_list: Option<Vec<String>>,
}
