//! The history of a repository, and its directories.

use crate::commit::Commit;
use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many lines a commit changed.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct CommitStats {
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// Both together.
    pub total: u64,
}

/// A commit of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListedCommit {
    /// As it is shown everywhere.
    #[serde(flatten)]
    pub commit: Commit,
    /// How many lines it changed, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<CommitStats>,
}

/// The order of a list of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommitOrder {
    /// The newest first.
    #[default]
    Default,
    /// No commit before its descendants.
    Topo,
}

/// Which commits are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListCommits {
    /// The branch, tag or commit; the default branch without.
    pub ref_name: Option<String>,
    /// Only commits from this time on.
    pub since: Option<String>,
    /// Only commits up to this time.
    pub until: Option<String>,
    /// Only commits that changed what is at this path.
    pub path: Option<String>,
    /// Only commits whose author's name or address holds this text.
    pub author: Option<String>,
    /// Whether the history of all branches and tags is wanted.
    pub all: Option<bool>,
    /// Whether the changed lines are counted.
    pub with_stats: Option<bool>,
    /// Whether only the first parents of merges are followed.
    pub first_parent: Option<bool>,
    /// The order.
    #[param(inline)]
    pub order: Option<CommitOrder>,
}

/// Which refs of a commit are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RefKind {
    /// Branches.
    Branch,
    /// Tags.
    Tag,
    /// Both.
    #[default]
    All,
}

/// Which refs of a commit are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListRefs {
    /// Of which kind; both without.
    #[serde(rename = "type")]
    #[param(inline)]
    pub kind: Option<RefKind>,
}

/// A branch or tag that holds a commit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitRef {
    /// `branch` or `tag`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Which statuses of a commit are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListStatuses {
    /// Of that branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Of that stage.
    pub stage: Option<String>,
    /// Of that job.
    pub name: Option<String>,
    /// Of that pipeline.
    pub pipeline_id: Option<i64>,
    /// Whether jobs that were tried again are listed too.
    pub all: Option<bool>,
}

/// The status of a commit: what a job says of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitStatus {
    /// The id of the job.
    pub id: i64,
    /// The commit.
    pub sha: String,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// The status.
    pub status: String,
    /// The name of the job.
    pub name: String,
    /// The page of the job.
    pub target_url: String,
    /// Always null: jobs have no description.
    pub description: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// When it started.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Whether its failure does not count.
    pub allow_failure: bool,
    /// The test coverage; not measured.
    pub coverage: Option<f64>,
    /// The pipeline.
    pub pipeline_id: Option<i64>,
    /// Who started it.
    pub author: Option<UserBasic>,
}

/// Which directory is listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListTree {
    /// The directory; the root without.
    pub path: Option<String>,
    /// The branch, tag or commit; the default branch without.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Whether what lies in directories below is listed too.
    pub recursive: Option<bool>,
}

/// One entry of a directory.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TreeEntry {
    /// The object.
    pub id: String,
    /// The last part of its path.
    pub name: String,
    /// `tree`, `blob` or `commit`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its path.
    pub path: String,
    /// Its mode in octal digits, such as `100644`.
    pub mode: String,
}
