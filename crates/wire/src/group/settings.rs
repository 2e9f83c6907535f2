//! What people choose for a group, besides its name and place.

use crate::project::FeatureAccess;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may create projects in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProjectCreation {
    /// Nobody.
    #[serde(rename = "noone")]
    NoOne,
    /// Administrators.
    Administrator,
    /// Owners.
    Owner,
    /// Maintainers.
    Maintainer,
    /// Developers.
    Developer,
}

/// Who may create groups in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubgroupCreation {
    /// Owners.
    Owner,
    /// Maintainers.
    Maintainer,
}

/// What people chose for a group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupSettings {
    /// Whether projects in it can have no members of their own.
    pub membership_lock: bool,
    /// Whether projects in it cannot be shared with other groups.
    pub share_with_group_lock: bool,
    /// Who creates projects: `noone`, `administrator`, `owner`, `maintainer` or `developer`.
    pub project_creation_level: String,
    /// Who creates subgroups: `owner` or `maintainer`.
    pub subgroup_creation_level: String,
    /// The branch that clones of new projects below it check out; null for what the group above says.
    pub default_branch: Option<String>,
    /// Kept for clients: the default branch of every project is protected, whatever it says.
    pub default_branch_protection: i64,
    /// As `default_branch_protection`, in detail.
    pub default_branch_protection_defaults: BranchProtectionDefaults,
    /// Kept for clients: there is no large file storage.
    pub lfs_enabled: bool,
    /// Kept for clients: nobody asks for access here.
    pub request_access_enabled: bool,
    /// Kept for clients: there is no second factor.
    pub require_two_factor_authentication: bool,
    /// Kept for clients, in hours: there is no second factor.
    pub two_factor_grace_period: i64,
    /// Kept for clients: pipelines come from the repository only.
    pub auto_devops_enabled: bool,
    /// Kept for clients: the server sends no mail.
    pub emails_enabled: bool,
    /// The opposite of `emails_enabled`.
    pub emails_disabled: bool,
    /// Kept for clients: nobody is mentioned here.
    pub mentions_disabled: bool,
    /// Kept for clients: there are no forks.
    pub prevent_forking_outside_group: bool,
    /// Kept for clients: there are no wikis.
    pub wiki_access_level: String,
}

/// How default branches are said to be protected.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BranchProtectionDefaults {
    /// Who pushes.
    pub allowed_to_push: Vec<BranchAccess>,
    /// Who merges.
    pub allowed_to_merge: Vec<BranchAccess>,
    /// Always false.
    pub allow_force_push: bool,
    /// Whether developers push the first commit.
    pub developer_can_initial_push: bool,
}

/// A least level on a branch.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct BranchAccess {
    /// The level.
    pub access_level: i64,
}

/// What is chosen for a group; what is not sent stays, or is as usual.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct GroupSettingsChanges {
    /// Whether projects in it can have no members of their own.
    pub membership_lock: Option<bool>,
    /// Whether projects in it cannot be shared with other groups.
    pub share_with_group_lock: Option<bool>,
    /// Who may create projects directly in it.
    pub project_creation_level: Option<ProjectCreation>,
    /// Who may create groups directly in it.
    pub subgroup_creation_level: Option<SubgroupCreation>,
    /// The branch that clones of new projects below it check out; empty for what the group above says.
    pub default_branch: Option<String>,
    /// Kept for clients.
    #[schema(minimum = 0, maximum = 4)]
    pub default_branch_protection: Option<i64>,
    /// Kept for clients.
    pub lfs_enabled: Option<bool>,
    /// Kept for clients.
    pub request_access_enabled: Option<bool>,
    /// Kept for clients.
    pub require_two_factor_authentication: Option<bool>,
    /// Kept for clients, in hours.
    #[schema(minimum = 0)]
    pub two_factor_grace_period: Option<i64>,
    /// Kept for clients.
    pub auto_devops_enabled: Option<bool>,
    /// Kept for clients.
    pub emails_enabled: Option<bool>,
    /// Kept for clients: the opposite of `emails_enabled`, which wins.
    pub emails_disabled: Option<bool>,
    /// Kept for clients.
    pub mentions_disabled: Option<bool>,
    /// Kept for clients.
    pub prevent_forking_outside_group: Option<bool>,
    /// Kept for clients.
    pub wiki_access_level: Option<FeatureAccess>,
}
