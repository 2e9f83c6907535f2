//! Protected environments of projects and groups.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Who may deploy: one user, group or role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeployAccessLevel {
    /// Its id, stable through updates.
    pub id: i64,
    /// 30, 40 or 60 for a role; null beside a user or group, unless the request itself gave one.
    pub access_level: Option<i64>,
    /// What the entry is called: the role, or the name of the user or group.
    pub access_level_description: String,
    /// The user it names.
    pub user_id: Option<i64>,
    /// The group it names.
    pub group_id: Option<i64>,
    /// 0: direct members of the group only; 1: members of its ancestors too.
    pub group_inheritance_type: i64,
    /// Ours: whether what it names was deleted; it then blocks until it is replaced.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub orphaned: bool,
}

/// Who must approve, and how many of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalRule {
    /// Its id, stable through updates.
    pub id: i64,
    /// The user it names.
    pub user_id: Option<i64>,
    /// The group it names.
    pub group_id: Option<i64>,
    /// 30, 40 or 60 for a role; null beside a user or group, unless the request itself gave one.
    pub access_level: Option<i64>,
    /// What the rule is called: the role, or the name of the user or group.
    pub access_level_description: String,
    /// How many approvals it wants.
    pub required_approvals: i64,
    /// 0: direct members of the group only; 1: members of its ancestors too.
    pub group_inheritance_type: i64,
    /// Ours: whether what it names was deleted; it then blocks until it is replaced.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub orphaned: bool,
}

/// A protected environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProtectedEnvironment {
    /// The name of the environment, or on a group the tier.
    pub name: String,
    /// Who may deploy, in the order in which they were added.
    pub deploy_access_levels: Vec<DeployAccessLevel>,
    /// The unified count: how many of those who may deploy must approve. Rules win over it.
    pub required_approval_count: i64,
    /// Who must approve, in the order in which they were added.
    pub approval_rules: Vec<ApprovalRule>,
    /// Ours: `automatic` or `manual`, whether approved automatic jobs start by themselves.
    pub run_after_approval: String,
    /// Ours: what is odd about it, though legal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One entry of either list in a request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct EntryParams {
    /// The entry to change or delete; a new one without.
    pub id: Option<i64>,
    /// Deletes the entry with that id.
    #[serde(rename = "_destroy")]
    pub destroy: Option<bool>,
    /// A user.
    pub user_id: Option<i64>,
    /// A group.
    pub group_id: Option<i64>,
    /// A role: 30, 40 or 60.
    pub access_level: Option<i64>,
    /// 0: direct members of the group only; 1: members of its ancestors too.
    pub group_inheritance_type: Option<i64>,
    /// For rules: how many approvals, at least 1.
    pub required_approvals: Option<i64>,
}

/// Whether approved automatic jobs start by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunAfterApproval {
    /// The last approval enqueues the job.
    Automatic,
    /// Somebody allowed to deploy plays it.
    Manual,
}

/// Protects an environment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProtectEnvironment {
    /// The name of the environment, or on a group the tier.
    pub name: String,
    /// Who may deploy: at least one entry.
    pub deploy_access_levels: Vec<EntryParams>,
    /// The unified count, 0 or more.
    pub required_approval_count: Option<i64>,
    /// Who must approve.
    pub approval_rules: Option<Vec<EntryParams>>,
    /// Whether approved automatic jobs start by themselves.
    pub run_after_approval: Option<RunAfterApproval>,
}

/// Changes a protected environment. Lists are partial: entries that are not named stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateProtectedEnvironment {
    /// If given, the name it has: it cannot be changed.
    pub name: Option<String>,
    /// Entries to add, change (with `id`) or delete (with `id` and `_destroy`).
    pub deploy_access_levels: Option<Vec<EntryParams>>,
    /// The unified count, 0 or more.
    pub required_approval_count: Option<i64>,
    /// Rules to add, change (with `id`) or delete (with `id` and `_destroy`).
    pub approval_rules: Option<Vec<EntryParams>>,
    /// Whether approved automatic jobs start by themselves.
    pub run_after_approval: Option<RunAfterApproval>,
}

/// Which protected environments are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListProtectedEnvironments {
    /// A part of the name, in any case of letters.
    pub search: Option<String>,
}
