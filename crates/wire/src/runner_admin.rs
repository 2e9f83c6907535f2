//! Runners, as people manage them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// Whether it is bound to its project.
    pub locked: Option<bool>,
    /// The longest it may take for a job, in seconds; at least 600.
    #[schema(minimum = 600)]
    pub maximum_timeout: Option<i64>,
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
