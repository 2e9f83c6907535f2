//! Deployments and their approvals.

use crate::environment::EnvironmentBasic;
use crate::job::Job;
use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A vote on a deployment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Approval {
    /// Who voted.
    pub user: Option<UserBasic>,
    /// `approved` or `rejected`.
    pub status: String,
    /// When.
    pub created_at: String,
    /// Why, in their words.
    pub comment: Option<String>,
    /// The rule they spoke for.
    pub represented_as: Option<String>,
}

/// A rule of a deployment with the votes that fill it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalSummaryRule {
    /// The rule's id.
    pub id: i64,
    /// The user it names.
    pub user_id: Option<i64>,
    /// The group it names.
    pub group_id: Option<i64>,
    /// The role it names.
    pub access_level: Option<i64>,
    /// What it is called.
    pub access_level_description: String,
    /// How many approvals it wants.
    pub required_approvals: i64,
    /// 0: direct members of the group only; 1: members of its ancestors too.
    pub group_inheritance_type: i64,
    /// The votes that fill it.
    pub deployment_approvals: Vec<Approval>,
    /// Ours: whether what it names was deleted; it then blocks until it is replaced.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub orphaned: bool,
}

/// The rules of a deployment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalSummary {
    /// The rules of all protections that apply.
    pub rules: Vec<ApprovalSummaryRule>,
}

/// Ours: something that holds a deployment up, and who or what can clear it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlockedReason {
    /// The stable code.
    pub code: String,
    /// What it is.
    pub message: String,
    /// Who or what can clear it.
    pub cleared_by: String,
}

/// Ours: the commit of a deployment, for those too who may not see its job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeploymentCommit {
    /// Its full id.
    pub id: String,
    /// Its first eight characters.
    pub short_id: String,
    /// The first line of its message.
    pub title: String,
    /// Who wrote it.
    pub author_name: String,
}

/// A deployment as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Deployment {
    /// Its id, unique over all projects.
    pub id: i64,
    /// Its number within the project.
    pub iid: i64,
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// The commit.
    pub sha: String,
    /// When it came into being.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// `created`, `running`, `success`, `failed`, `canceled`, `skipped` or `blocked`.
    pub status: String,
    /// Who triggered it.
    pub user: Option<UserBasic>,
    /// The environment.
    pub environment: EnvironmentBasic,
    /// Its job; null for one that an outside tool makes, or for those who may not see it.
    pub deployable: Option<Job>,
    /// Ours: the commit.
    pub commit: Option<DeploymentCommit>,
    /// Ours: whether it happened without the approval it needed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unapproved: bool,
}

/// One deployment with its approvals.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeploymentDetails {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// The number of open slots over all rules.
    pub pending_approval_count: i64,
    /// The standing votes in order of time.
    pub approvals: Vec<Approval>,
    /// The rules, if approval goes by rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_summary: Option<ApprovalSummary>,
    /// Ours: what holds it up.
    pub blocked_reasons: Vec<BlockedReason>,
}

/// How far a new deployment of an outside tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewStatus {
    /// Announced only (ours).
    Created,
    /// It runs.
    Running,
    /// It succeeded.
    Success,
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
}

/// How far a deployment of an outside tool is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdatedStatus {
    /// It runs.
    Running,
    /// It succeeded.
    Success,
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
}

/// A status to list by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ListedStatus {
    /// Its turn has not come, or it waits to be started.
    Created,
    /// It runs.
    Running,
    /// It succeeded.
    Success,
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
    /// Its job was skipped.
    Skipped,
    /// It waits for approval.
    Blocked,
}

/// By what deployments are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentOrder {
    /// The id.
    #[default]
    Id,
    /// The number within the project.
    Iid,
    /// When it came into being.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// When it ended.
    FinishedAt,
    /// The branch or tag.
    Ref,
}

/// Ascending or descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentSort {
    /// Lowest first.
    #[default]
    Asc,
    /// Highest first.
    Desc,
}

/// Which deployments are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListDeployments {
    /// By what they are ordered.
    #[param(inline)]
    pub order_by: Option<DeploymentOrder>,
    /// Ascending or descending.
    #[param(inline)]
    pub sort: Option<DeploymentSort>,
    /// The exact name of the environment.
    pub environment: Option<String>,
    /// The status.
    #[param(inline)]
    pub status: Option<ListedStatus>,
    /// Changed after that time; needs `order_by=updated_at`.
    #[schema(format = DateTime)]
    pub updated_after: Option<String>,
    /// Changed before that time; needs `order_by=updated_at`.
    #[schema(format = DateTime)]
    pub updated_before: Option<String>,
    /// Ended at or after that time; needs `order_by=finished_at` and `status=success`.
    #[schema(format = DateTime)]
    pub finished_after: Option<String>,
    /// Ended before that time; needs `order_by=finished_at` and `status=success`.
    #[schema(format = DateTime)]
    pub finished_before: Option<String>,
}

/// Records a deployment that an outside tool makes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateDeployment {
    /// The name of the environment; created if there is none.
    pub environment: String,
    /// The commit.
    #[schema(min_length = 1, max_length = 255)]
    pub sha: String,
    /// The branch or tag.
    #[serde(rename = "ref")]
    #[schema(min_length = 1, max_length = 255)]
    pub ref_name: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// How far it is.
    pub status: NewStatus,
}

/// Takes a deployment of an outside tool further.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateDeployment {
    /// How far it is now.
    pub status: UpdatedStatus,
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalStatus {
    /// Yes.
    Approved,
    /// No; one suffices.
    Rejected,
}

/// Approves or rejects a blocked deployment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateApproval {
    /// Yes or no.
    pub status: ApprovalStatus,
    /// Why, at most 255 characters.
    #[schema(max_length = 255)]
    pub comment: Option<String>,
    /// The name of the user, group or role among the rules to speak for.
    pub represented_as: Option<String>,
}
