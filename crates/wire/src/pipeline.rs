//! Pipelines.

use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A pipeline as lists and jobs show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PipelineBasic {
    /// Its id, unique over all projects.
    pub id: i64,
    /// Its number within the project.
    pub iid: i64,
    /// The project it belongs to.
    pub project_id: i64,
    /// The commit.
    pub sha: String,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Its status.
    pub status: String,
    /// What created it.
    pub source: String,
    /// When it was created.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// Its page.
    pub web_url: String,
}

/// How a status is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DetailedStatus {
    /// The icon.
    pub icon: String,
    /// The word.
    pub text: String,
    /// The word with more detail.
    pub label: String,
    /// The status.
    pub group: String,
    /// The word to show on hover.
    pub tooltip: String,
    /// Whether there is a page.
    pub has_details: bool,
    /// The path of that page.
    pub details_path: String,
    /// A picture; there is none.
    pub favicon: Option<String>,
}

/// A pipeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pipeline {
    /// As lists show it.
    #[serde(flatten)]
    pub basic: PipelineBasic,
    /// The commit the ref was at before.
    pub before_sha: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// What is wrong with its configuration.
    pub yaml_errors: Option<String>,
    /// Who created it.
    pub user: Option<UserBasic>,
    /// When its first job started.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// When its commit was committed; not kept.
    pub committed_at: Option<String>,
    /// How long it ran, in seconds.
    pub duration: Option<i64>,
    /// How long it waited, in seconds.
    pub queued_duration: Option<i64>,
    /// The test coverage; not measured.
    pub coverage: Option<String>,
    /// How its status is shown.
    pub detailed_status: DetailedStatus,
}

/// A variable of a new pipeline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PipelineVariable {
    /// Its name: letters, digits and `_`.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Creates a pipeline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreatePipeline {
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Variables for its jobs; needs maintainer.
    pub variables: Option<Vec<PipelineVariable>>,
}

/// A status of pipelines to list by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PipelineStatus {
    /// Nothing has started.
    Created,
    /// It waits for a resource; never.
    WaitingForResource,
    /// It is being prepared; never.
    Preparing,
    /// It waits to be called back; never.
    WaitingForCallback,
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
    /// It waits for somebody.
    Manual,
    /// It waits for a time; never.
    Scheduled,
}

/// Which pipelines are listed, newest first.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListPipelines {
    /// Of that branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// For that commit.
    pub sha: Option<String>,
    /// In that status.
    pub status: Option<PipelineStatus>,
    /// Created by that: `push` or `api`.
    pub source: Option<String>,
}
