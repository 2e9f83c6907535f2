//! Groups invited to groups and projects.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An invited group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharedWithGroup {
    /// The invited group.
    pub group_id: i64,
    /// Its name.
    pub group_name: String,
    /// Its address.
    pub group_full_path: String,
    /// The most its members get.
    pub group_access_level: i64,
    /// The first day on which the invitation is dead, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
    /// Always null: there are no roles of one's own making.
    pub member_role_id: Option<i64>,
}

/// Invites a group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateShare {
    /// The group to invite.
    pub group_id: i64,
    /// The most its members get: 10, 15, 20, 30, 40 or 50.
    pub group_access: i64,
    /// The first day on which the invitation is dead.
    #[schema(format = Date)]
    pub expires_at: Option<String>,
}

/// An invitation to a project, as its creation answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectShare {
    /// The project.
    pub project_id: i64,
    /// The invited group.
    pub group_id: i64,
    /// The most its members get.
    pub group_access: i64,
    /// The first day on which the invitation is dead, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
}
