//! Jobs.

use crate::commit::Commit;
use crate::pipeline::{PipelineBasic, PipelineVariable};
use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The runner that has or had a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobRunner {
    /// Its id.
    pub id: i64,
    /// What it is called.
    pub description: String,
    /// `instance_type`, `group_type` or `project_type`.
    pub runner_type: String,
    /// Whether it serves the whole instance.
    pub is_shared: bool,
    /// Whether it gets no jobs for now.
    pub paused: bool,
    /// The opposite of `paused`.
    pub active: bool,
}

/// What of its project's settings matters for a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobProject {
    /// Always false: job tokens reach only the job's own project's resources.
    pub ci_job_token_scope_enabled: bool,
}

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Job {
    /// Its id, unique over all projects.
    pub id: i64,
    /// Its status.
    pub status: String,
    /// The name of its stage.
    pub stage: String,
    /// Its name.
    pub name: String,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The test coverage; not measured.
    pub coverage: Option<f64>,
    /// Whether its failure, or its waiting to be played, does not count.
    pub allow_failure: bool,
    /// When it was created.
    pub created_at: String,
    /// When a runner took it.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// When its log was erased.
    pub erased_at: Option<String>,
    /// How long it ran, in seconds.
    pub duration: Option<f64>,
    /// How long it waited for a runner, in seconds.
    pub queued_duration: Option<f64>,
    /// Who started it.
    pub user: Option<UserBasic>,
    /// The commit.
    pub commit: Option<Commit>,
    /// The pipeline it belongs to.
    pub pipeline: Option<PipelineBasic>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// Its page.
    pub web_url: String,
    /// What of its project's settings matters for it.
    pub project: JobProject,
    /// The files it left.
    pub artifacts: Vec<JobArtifact>,
    /// The archive of its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifacts_file: Option<ArtifactsFile>,
    /// The runner that has or had it.
    pub runner: Option<JobRunner>,
    /// From when on these are gone.
    pub artifacts_expire_at: Option<String>,
    /// Whether it is too old to be tried again; never.
    pub archived: bool,
    /// The tags a runner must have.
    pub tag_list: Vec<String>,
    /// Ours: what whoever plays it is asked to confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual_confirmation: Option<String>,
}

/// A file that a job left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobArtifact {
    /// What it is for: `archive` or `dotenv`.
    pub file_type: String,
    /// How long it is, in bytes.
    pub size: i64,
    /// What it is called.
    pub filename: String,
    /// How it is packed: `zip` or `gzip`.
    pub file_format: String,
}

/// The archive of the files that a job left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArtifactsFile {
    /// What it is called.
    pub filename: String,
    /// How long it is, in bytes.
    pub size: i64,
}

/// Names a job whose files are wanted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ArtifactsOf {
    /// The name of the job.
    pub job: String,
}

/// Plays a manual job.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PlayJob {
    /// Variables for this run; refused where the deployment needed approval.
    pub job_variables_attributes: Option<Vec<PipelineVariable>>,
}

/// A status of jobs to list by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobScope {
    /// Its turn has not come.
    Created,
    /// It waits for a resource that another job has.
    WaitingForResource,
    /// It is being prepared; never.
    Preparing,
    /// It waits to be called back; never.
    WaitingForCallback,
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
}

/// Which jobs are listed, newest first.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListJobs {
    /// In one of those statuses.
    #[param(inline)]
    pub scope: Option<Vec<JobScope>>,
    /// Whether jobs that were tried again are listed too; if not given, only in lists of all jobs of a project.
    pub include_retried: Option<bool>,
}
