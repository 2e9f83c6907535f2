//! Runners, as people manage them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whom a runner serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunnerType {
    /// All projects.
    InstanceType,
    /// The projects of a group and its subgroups.
    GroupType,
    /// One project.
    ProjectType,
}

/// Creates a runner.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateRunner {
    /// Whom it serves.
    pub runner_type: RunnerType,
    /// The group it serves; needed for `group_type`.
    pub group_id: Option<i64>,
    /// The project it serves; needed for `project_type`.
    pub project_id: Option<i64>,
    /// What it is called.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// Its tags.
    pub tag_list: Option<Vec<String>>,
    /// Whether it takes jobs without tags; true without.
    pub run_untagged: Option<bool>,
    /// Whether it gets no jobs for now.
    pub paused: Option<bool>,
    /// Whether it is bound to the projects it serves.
    pub locked: Option<bool>,
    /// The longest it may take for a job, in seconds; at least 600.
    #[schema(minimum = 600)]
    pub maximum_timeout: Option<i64>,
    /// Which refs it serves; all without.
    pub access_level: Option<RunnerAccess>,
    /// What those who look after it note about it.
    #[schema(max_length = 1024)]
    pub maintenance_note: Option<String>,
}

/// A new runner. Its token is shown only here.
#[derive(Clone, Serialize, ToSchema)]
pub struct CreatedRunner {
    /// Its id.
    pub id: i64,
    /// Its token.
    pub token: String,
    /// When its token expires: never.
    pub token_expires_at: Option<String>,
}

/// Which refs a runner serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunnerAccess {
    /// All.
    NotProtected,
    /// Protected branches and tags only.
    RefProtected,
}

/// How a runner stands by when it was last heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunnerStatus {
    /// Heard of in the last two hours.
    Online,
    /// Silent for longer.
    Offline,
    /// Silent for a week.
    Stale,
    /// Never heard of.
    NeverContacted,
    /// Not paused.
    Active,
    /// Paused.
    Paused,
}

/// Which runners are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListRunners {
    /// Only those of that kind.
    #[serde(rename = "type")]
    #[param(inline)]
    pub runner_type: Option<RunnerType>,
    /// Only those in that status.
    #[param(inline)]
    pub status: Option<RunnerStatus>,
    /// As `status`.
    #[param(inline)]
    pub scope: Option<RunnerStatus>,
    /// Only paused ones, or only others.
    pub paused: Option<bool>,
    /// Only those with all these tags.
    pub tag_list: Option<Vec<String>>,
}

/// A runner in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Runner {
    /// Its id.
    pub id: i64,
    /// What it is called.
    pub description: String,
    /// The address of the machine last heard of; null in lists.
    pub ip_address: Option<String>,
    /// Whether it gets jobs.
    pub active: bool,
    /// Whether it gets no jobs for now.
    pub paused: bool,
    /// Whether it serves all projects.
    pub is_shared: bool,
    /// `instance_type`, `group_type` or `project_type`.
    pub runner_type: String,
    /// Always `gitlab-runner`.
    pub name: String,
    /// Whether it was heard of in the last two hours.
    pub online: bool,
    /// `online`, `offline`, `stale` or `never_contacted`.
    pub status: String,
    /// When it was created.
    pub created_at: String,
}

/// A group that a runner serves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunnerGroup {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its page.
    pub web_url: String,
}

/// A runner with everything.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunnerDetails {
    /// What lists show.
    #[serde(flatten)]
    pub runner: Runner,
    /// When it was last heard of.
    pub contacted_at: Option<String>,
    /// Its tags.
    pub tag_list: Vec<String>,
    /// Whether it takes jobs without tags.
    pub run_untagged: bool,
    /// Whether it is bound to the projects it serves.
    pub locked: bool,
    /// `not_protected` or `ref_protected`.
    pub access_level: RunnerAccess,
    /// The longest it may take for a job, in seconds.
    pub maximum_timeout: Option<i64>,
    /// What those who look after it note about it.
    pub maintenance_note: Option<String>,
    /// The version of the machine last heard of.
    pub version: Option<String>,
    /// The revision that machine's program was built from.
    pub revision: Option<String>,
    /// The operating system of that machine.
    pub platform: Option<String>,
    /// The processor of that machine.
    pub architecture: Option<String>,
    /// How that machine runs jobs.
    pub executor: Option<String>,
    /// The projects it was created for or given to, of those that one may see.
    pub projects: Vec<crate::project::ProjectNamed>,
    /// The group it serves.
    pub groups: Vec<RunnerGroup>,
}

/// A machine that uses a runner's token.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunnerManager {
    /// Its number.
    pub id: i64,
    /// What it calls itself.
    pub system_id: String,
    /// The version of its program.
    pub version: String,
    /// The revision its program was built from.
    pub revision: Option<String>,
    /// Its operating system.
    pub platform: Option<String>,
    /// Its processor.
    pub architecture: Option<String>,
    /// How it runs jobs.
    pub executor: Option<String>,
    /// The address it was last heard from.
    pub ip_address: Option<String>,
    /// When it was last heard of.
    pub contacted_at: String,
    /// `online`, `offline` or `stale`.
    pub status: String,
}

/// Lets a runner serve one more project.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct JoinProject {
    /// The runner: one that was created for a project.
    pub runner_id: i64,
}

/// Which jobs of a runner are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListRunnerJobs {
    /// Only those in that status.
    #[param(inline)]
    pub status: Option<crate::job::JobScope>,
    /// Ordered by `id`, as without.
    #[param(inline)]
    pub order_by: Option<RunnerJobsOrder>,
    /// `asc` or `desc`; `desc` without.
    #[param(inline)]
    pub sort: Option<crate::sort::Sort>,
}

/// By what the jobs of a runner are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunnerJobsOrder {
    /// Their ids.
    Id,
}

/// A runner's new token, shown only here.
#[derive(Clone, Serialize, ToSchema)]
pub struct RunnerToken {
    /// The token.
    pub token: String,
    /// When it expires: never.
    pub token_expires_at: Option<String>,
}
