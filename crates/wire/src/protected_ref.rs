//! Protected branches and tags.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One access level of a protected branch or tag.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefAccessLevel {
    /// Its id, stable through updates.
    pub id: i64,
    /// 0 nobody, 30 developers, 40 maintainers, 60 administrators.
    pub access_level: i64,
    /// What the level is called.
    pub access_level_description: String,
    /// Always null: levels name roles.
    pub user_id: Option<i64>,
    /// Always null: levels name roles.
    pub group_id: Option<i64>,
}

/// A protected branch, or a pattern of such.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProtectedBranch {
    /// Its id.
    pub id: i64,
    /// The name of the branch, or a pattern with `*`.
    pub name: String,
    /// Who may push.
    pub push_access_levels: Vec<RefAccessLevel>,
    /// Who may merge; here: who may run its pipelines without pushing.
    pub merge_access_levels: Vec<RefAccessLevel>,
    /// Who may change and lift the protection; maintainers where the list is empty.
    pub unprotect_access_levels: Vec<RefAccessLevel>,
    /// Whether whoever may push may also rewrite history.
    pub allow_force_push: bool,
    /// Always false: there are no code owners.
    pub code_owner_approval_required: bool,
    /// Always false: branches are protected by projects.
    pub inherited: bool,
}

/// A protected tag, or a pattern of such.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProtectedTag {
    /// The name of the tag, or a pattern with `*`.
    pub name: String,
    /// Who may create it.
    pub create_access_levels: Vec<RefAccessLevel>,
}

/// One access level in a request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RefLevelParams {
    /// The level to change or delete; a new one without.
    pub id: Option<i64>,
    /// Deletes the level with that id.
    #[serde(rename = "_destroy")]
    pub destroy: Option<bool>,
    /// 0, 30, 40 or 60.
    pub access_level: Option<i64>,
    /// Refused: levels name roles.
    pub user_id: Option<i64>,
    /// Refused: levels name roles.
    pub group_id: Option<i64>,
    /// Refused: there are no deploy keys.
    pub deploy_key_id: Option<i64>,
}

/// Protects a branch. A right for which nothing is given is that of maintainers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProtectBranch {
    /// The name of the branch, or a pattern with `*`.
    pub name: String,
    /// Who may push: 0, 30, 40 or 60.
    pub push_access_level: Option<i64>,
    /// Who may merge: 0, 30, 40 or 60.
    pub merge_access_level: Option<i64>,
    /// Who may change and lift the protection: 30, 40 or 60; always at least maintainers.
    pub unprotect_access_level: Option<i64>,
    /// Whether whoever may push may also rewrite history.
    pub allow_force_push: Option<bool>,
    /// Refused when true: there are no code owners.
    pub code_owner_approval_required: Option<bool>,
    /// Who may push, as a list.
    pub allowed_to_push: Option<Vec<RefLevelParams>>,
    /// Who may merge, as a list.
    pub allowed_to_merge: Option<Vec<RefLevelParams>>,
    /// Who may change and lift the protection, as a list.
    pub allowed_to_unprotect: Option<Vec<RefLevelParams>>,
}

/// Changes a protected branch. Lists are partial: levels that are not named stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateProtectedBranch {
    /// Whether whoever may push may also rewrite history.
    pub allow_force_push: Option<bool>,
    /// Refused when true: there are no code owners.
    pub code_owner_approval_required: Option<bool>,
    /// Levels to add, change (with `id`) or delete (with `id` and `_destroy`).
    pub allowed_to_push: Option<Vec<RefLevelParams>>,
    /// Levels to add, change (with `id`) or delete (with `id` and `_destroy`).
    pub allowed_to_merge: Option<Vec<RefLevelParams>>,
    /// Levels to add, change (with `id`) or delete (with `id` and `_destroy`).
    pub allowed_to_unprotect: Option<Vec<RefLevelParams>>,
}

/// Protects a tag.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProtectTag {
    /// The name of the tag, or a pattern with `*`.
    pub name: String,
    /// Who may create it: 0, 30, 40 or 60; maintainers without.
    pub create_access_level: Option<i64>,
    /// Who may create it, as a list.
    pub allowed_to_create: Option<Vec<RefLevelParams>>,
}

/// Which protected branches are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListProtectedBranches {
    /// A part of the name.
    pub search: Option<String>,
}
