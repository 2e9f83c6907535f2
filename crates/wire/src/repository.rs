//! Repositories: commits made over the API, and files.

use crate::commit::Commit;
use crate::history::CommitStats;
use crate::pipeline::PipelineBasic;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What is done to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileAction {
    /// Make a file that is not there yet.
    Create,
    /// Replace the content of a file.
    Update,
    /// Remove a file.
    Delete,
    /// Rename a file, and replace its content if there is one.
    Move,
    /// Set or clear the executable bit.
    Chmod,
}

/// How the content of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As text.
    #[default]
    Text,
    /// In base64.
    Base64,
}

/// One step of a commit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CommitAction {
    /// What is done.
    pub action: FileAction,
    /// The file, relative to the root of the repository.
    pub file_path: String,
    /// The former path; only for a move.
    pub previous_path: Option<String>,
    /// The new content.
    pub content: Option<String>,
    /// How the content is written; text without.
    pub encoding: Option<Encoding>,
    /// The last commit known to have changed the file; refused when there was a later one.
    pub last_commit_id: Option<String>,
    /// Whether the file shall be executable.
    pub execute_filemode: Option<bool>,
}

/// Makes a commit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateCommit {
    /// The branch that receives it.
    pub branch: String,
    /// Its message.
    pub commit_message: String,
    /// The steps, in order.
    #[schema(min_items = 1, max_items = 1000)]
    pub actions: Vec<CommitAction>,
    /// The branch a new branch starts at.
    pub start_branch: Option<String>,
    /// The commit a new branch starts at.
    pub start_sha: Option<String>,
    /// The name of the author; the person who asks without.
    pub author_name: Option<String>,
    /// The address of the author.
    pub author_email: Option<String>,
}

/// One commit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitDetails {
    /// As it is shown everywhere.
    #[serde(flatten)]
    pub commit: Commit,
    /// The project.
    pub project_id: i64,
    /// How many lines it changed.
    pub stats: CommitStats,
    /// The status of its newest pipeline.
    pub status: Option<String>,
    /// Its newest pipeline.
    pub last_pipeline: Option<PipelineBasic>,
}

/// Which version of a file is wanted.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReadFile {
    /// The branch, tag or commit; the default branch without.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
}

/// A file of a commit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct File {
    /// The last part of its path.
    pub file_name: String,
    /// Its path.
    pub file_path: String,
    /// Its length in bytes.
    pub size: u64,
    /// How its content is written: always `base64`.
    pub encoding: String,
    /// Its content.
    pub content: String,
    /// The SHA-256 of its content.
    pub content_sha256: String,
    /// The branch, tag or commit asked for.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// The object that holds its content.
    pub blob_id: String,
    /// The commit it was read from.
    pub commit_id: String,
    /// The last commit that changed it.
    pub last_commit_id: String,
    /// Whether it is executable.
    pub execute_filemode: bool,
}
