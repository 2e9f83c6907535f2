//! Members of groups and projects.

use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A member of a group or project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Member {
    /// The user.
    #[serde(flatten)]
    pub user: UserBasic,
    /// The level: 5, 10, 15, 20, 30, 40 or 50.
    pub access_level: i64,
    /// When the membership was made.
    pub created_at: String,
    /// Who made it.
    pub created_by: Option<UserBasic>,
    /// The first day on which it is dead, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
    /// The mail address; only for administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Always null: mail addresses are not public.
    pub public_email: Option<String>,
    /// Always null: there are no roles of one's own making.
    pub member_role: Option<String>,
    /// Always `active`.
    pub membership_state: String,
}

/// Several members were added.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MembersAdded {
    /// Always `success`.
    pub status: String,
}

/// What adding members answers: the member, or of several that it went well.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Added {
    /// The one member.
    One(Box<Member>),
    /// Several.
    Several(MembersAdded),
}

/// Adds members. Exactly one of `user_id` and `username` is needed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateMember {
    /// The user's id, or several with commas between.
    pub user_id: Option<String>,
    /// The username, or several with commas between.
    pub username: Option<String>,
    /// The level: 10, 15, 20, 30, 40 or 50; 5 only on a group in no other.
    pub access_level: i64,
    /// The first day on which the membership is dead.
    #[schema(format = Date)]
    pub expires_at: Option<String>,
}

/// Which members are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListMembers {
    /// Part of the name or username.
    pub query: Option<String>,
    /// Only these users.
    pub user_ids: Option<Vec<i64>>,
}

/// How a member is removed from a group.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemoveMember {
    /// Whether memberships in what lies below the group stay; they end too if not sent.
    pub skip_subresources: Option<bool>,
}
