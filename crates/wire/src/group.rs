//! Groups.

mod settings;

pub use settings::{
    BranchAccess, BranchProtectionDefaults, GroupSettings, GroupSettingsChanges, ProjectCreation, SubgroupCreation,
};

use crate::project::Project;
use crate::share::SharedWithGroup;
use crate::sort::Sort;
use crate::visibility::Visibility;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A group as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Group {
    /// Its id.
    pub id: i64,
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// What it is for.
    pub description: String,
    /// `private`, `internal` or `public`.
    pub visibility: String,
    /// "Parent / Child".
    pub full_name: String,
    /// Its whole address.
    pub full_path: String,
    /// The group above.
    pub parent_id: Option<i64>,
    /// Its page.
    pub web_url: String,
    /// Its picture; there is none.
    pub avatar_url: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// What else people chose for it.
    #[serde(flatten)]
    pub settings: GroupSettings,
    /// What else clients look for.
    #[serde(flatten)]
    pub fixed: GroupFixed,
}

/// What clients look for in a group, and what is the same for all groups here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupFixed {
    /// Always `enabled`: each project decides which runners serve it.
    pub shared_runners_setting: String,
    /// Always null: runners are created with tokens of their own.
    pub runners_token: Option<String>,
    /// Always empty: addresses are not restricted.
    pub ip_restriction_ranges: String,
    /// Always empty, as `ip_restriction_ranges`.
    pub allowed_email_domains_list: String,
    /// Always null: what is deleted is gone at once.
    pub marked_for_deletion_on: Option<String>,
}

/// One group with its surroundings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupDetails {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// The groups invited to it.
    pub shared_with_groups: Vec<SharedWithGroup>,
    /// The first 100 projects in it that whoever asks may see; only where one group is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<Project>>,
    /// The first 100 projects it is invited to that whoever asks may see; only where one group is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_projects: Option<Vec<Project>>,
}

/// Creates a group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateGroup {
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// The group above.
    pub parent_id: Option<i64>,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it; `private`, or as wide as that of the parent, if not given.
    pub visibility: Option<Visibility>,
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: Option<bool>,
    /// What else is chosen for it.
    #[serde(flatten)]
    pub settings: GroupSettingsChanges,
}

/// Changes a group; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateGroup {
    /// The name people call it.
    pub name: Option<String>,
    /// The last part of its address.
    pub path: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it.
    pub visibility: Option<Visibility>,
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: Option<bool>,
    /// What else is to change.
    #[serde(flatten)]
    pub settings: GroupSettingsChanges,
}

/// Moves a group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct TransferGroup {
    /// The new parent; not sent for the top.
    pub group_id: Option<i64>,
}

/// Which groups are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListGroups {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only groups that whoever asks owns.
    pub owned: Option<bool>,
    /// Only groups that lie in no other.
    pub top_level_only: Option<bool>,
    /// Whether groups count that one sees without belonging to them; administrators and nobody see them if not given.
    pub all_available: Option<bool>,
    /// All but the groups with these ids.
    pub skip_groups: Option<Vec<i64>>,
    /// Only groups on which whoever asks has at least this level.
    pub min_access_level: Option<i64>,
    /// Only groups of that visibility.
    pub visibility: Option<Visibility>,
    /// By what the list is ordered; `name` if not given.
    #[param(inline)]
    pub order_by: Option<GroupOrder>,
    /// The direction; `asc` if not given.
    #[param(inline)]
    pub sort: Option<Sort>,
}

/// By what groups are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupOrder {
    /// The name.
    #[default]
    Name,
    /// The address.
    Path,
    /// The id.
    Id,
    /// As the name.
    Similarity,
}
