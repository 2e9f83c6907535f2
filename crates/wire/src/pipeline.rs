//! Pipelines.

use crate::sort::Sort;
use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// What people call it.
    pub name: Option<String>,
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
    /// Who created it; a ghost, where nobody knows any more.
    pub user: UserBasic,
    /// When its first job started.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// When its commit was committed.
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

/// How a variable reaches a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariableType {
    /// Its value is in the environment.
    #[default]
    EnvVar,
    /// Its value is in a file whose path is in the environment.
    File,
}

/// A variable for a new pipeline, or for a job that is played.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PipelineVariable {
    /// Its name: letters, digits and `_`.
    pub key: String,
    /// Its value.
    pub value: String,
    /// How it reaches the jobs; `env_var` if not given.
    pub variable_type: Option<VariableType>,
}

/// A variable that a pipeline was created with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PipelineVariableShown {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// How it reaches the jobs.
    pub variable_type: VariableType,
    /// Whether `$` in the value has no meaning.
    pub raw: bool,
}

/// Creates a pipeline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreatePipeline {
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Variables for its jobs; the project says who may give them.
    pub variables: Option<Vec<PipelineVariable>>,
    /// Inputs; refused if there are any, as no configuration declares them here.
    pub inputs: Option<BTreeMap<String, serde_json::Value>>,
}

/// Gives a pipeline a name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RenamePipeline {
    /// The name, of at most 255 characters; none, if it is empty.
    pub name: String,
}

/// A branch or tag.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LatestPipeline {
    /// The branch or tag; the default branch if not given.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
}

/// The reports of the tests of a pipeline: no job leaves any.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TestReport {
    /// How long the tests took, in seconds.
    pub total_time: f64,
    /// How many there were.
    pub total_count: i64,
    /// How many went well.
    pub success_count: i64,
    /// How many failed.
    pub failed_count: i64,
    /// How many were skipped.
    pub skipped_count: i64,
    /// How many broke.
    pub error_count: i64,
    /// The suites.
    pub test_suites: Vec<serde_json::Value>,
}

/// The reports of the tests of a pipeline in short: no job leaves any.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TestReportSummary {
    /// All suites together.
    pub total: TestReportTotal,
    /// The suites.
    pub test_suites: Vec<serde_json::Value>,
}

/// All suites together.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TestReportTotal {
    /// How long the tests took, in seconds.
    pub time: f64,
    /// How many there were.
    pub count: i64,
    /// How many went well.
    pub success: i64,
    /// How many failed.
    pub failed: i64,
    /// How many were skipped.
    pub skipped: i64,
    /// How many broke.
    pub error: i64,
    /// What is wrong with the reports.
    pub suite_error: Option<String>,
}

/// A kind of pipelines to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PipelineScope {
    /// Those that go on.
    Running,
    /// Those that wait for a runner.
    Pending,
    /// Those that have ended.
    Finished,
    /// The newest of each branch there is.
    Branches,
    /// The newest of each tag there is.
    Tags,
}

/// By what pipelines are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PipelineOrder {
    /// The id.
    #[default]
    Id,
    /// The status.
    Status,
    /// The branch or tag.
    Ref,
    /// The time of the last change.
    UpdatedAt,
    /// The id of who created it.
    UserId,
}

/// A status of pipelines to list by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PipelineStatus {
    /// Nothing has started.
    Created,
    /// It waits for a resource that another job has.
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
    /// It waits for the time of a job.
    Scheduled,
}

/// Which pipelines are listed, and in which order.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListPipelines {
    /// Of that kind.
    #[param(inline)]
    pub scope: Option<PipelineScope>,
    /// Of that branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// For that commit.
    pub sha: Option<String>,
    /// In that status.
    #[param(inline)]
    pub status: Option<PipelineStatus>,
    /// Created by that: `push`, `api` or `trigger`.
    pub source: Option<String>,
    /// Created by the user of that name.
    pub username: Option<String>,
    /// Of that name.
    pub name: Option<String>,
    /// Whether their configuration was broken.
    pub yaml_errors: Option<bool>,
    /// Changed after that time (ISO 8601).
    pub updated_after: Option<String>,
    /// Changed before that time (ISO 8601).
    pub updated_before: Option<String>,
    /// Created after that time (ISO 8601).
    pub created_after: Option<String>,
    /// Created before that time (ISO 8601).
    pub created_before: Option<String>,
    /// By what they are ordered; `id` if not given.
    #[param(inline)]
    pub order_by: Option<PipelineOrder>,
    /// The direction; `desc` if not given.
    #[param(inline)]
    pub sort: Option<Sort>,
}
