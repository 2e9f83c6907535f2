//! Users.

use crate::sort::Sort;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A user, as far as everybody may know.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserBasic {
    /// Their id.
    pub id: i64,
    /// The unique name they sign in with.
    pub username: String,
    /// The name people call them.
    pub name: String,
    /// `active`, `blocked`, `deactivated`, `banned`, or `deleted` for somebody who is only told of.
    pub state: String,
    /// Whether they are locked out.
    pub locked: bool,
    /// Their picture; there is none.
    pub avatar_url: Option<String>,
    /// Their page.
    pub web_url: String,
}

/// A user's profile, as anybody signed in may see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserProfile {
    /// The user.
    #[serde(flatten)]
    pub basic: UserBasic,
    /// When they were created.
    pub created_at: String,
    /// Whether they are a bot.
    pub bot: bool,
    /// Empty: profiles hold no such text.
    pub bio: String,
    /// Empty, as `bio`.
    pub location: String,
    /// Always null: mail addresses are not public.
    pub public_email: Option<String>,
    /// Empty, as `bio`.
    pub website_url: String,
    /// Empty, as `bio`.
    pub organization: String,
    /// Empty, as `bio`.
    pub job_title: String,
}

/// A user with everything: for themselves and for administrators.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserDetails {
    /// The profile.
    #[serde(flatten)]
    pub profile: UserProfile,
    /// The mail address.
    pub email: String,
    /// Whether they administer the instance.
    pub is_admin: bool,
    /// Always false: there are no auditors.
    pub is_auditor: bool,
    /// Whether they see of what is internal only what they belong to.
    pub external: bool,
    /// Whether others see no more of their profile than their name.
    pub private_profile: bool,
    /// What administrators noted about them; null for others.
    pub note: Option<String>,
    /// The personal namespace.
    pub namespace_id: Option<i64>,
    /// Who created them.
    pub created_by: Option<UserBasic>,
    /// Whether they may create groups.
    pub can_create_group: bool,
    /// Whether they may create projects.
    pub can_create_project: bool,
    /// How many projects they may have of their own.
    pub projects_limit: i64,
    /// Always 1: there are no themes.
    pub theme_id: i64,
    /// Always 1, as `theme_id`.
    pub color_scheme_id: i64,
    /// The day they were last seen, `YYYY-MM-DD`.
    pub last_activity_on: Option<String>,
    /// Always null: sign-ins are not kept.
    pub last_sign_in_at: Option<String>,
    /// Always null, as `last_sign_in_at`.
    pub current_sign_in_at: Option<String>,
    /// Always null, as `last_sign_in_at`.
    pub last_sign_in_ip: Option<String>,
    /// Always null, as `last_sign_in_at`.
    pub current_sign_in_ip: Option<String>,
    /// When they were created: addresses need no confirmation.
    pub confirmed_at: String,
    /// Always false: there is no second factor.
    pub two_factor_enabled: bool,
    /// Always empty: there are no outside identities.
    pub identities: Vec<String>,
}

/// A user, as much of them as whoever asks may see.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum UserShown {
    /// With everything.
    Details(Box<UserDetails>),
    /// The profile.
    Profile(Box<UserProfile>),
    /// No more than the name: the profile is private.
    Basic(Box<UserBasic>),
}

/// Creates a user. One of `password`, `reset_password` and `force_random_password` is needed.
#[derive(Clone, Deserialize, ToSchema)]
pub struct CreateUser {
    /// The mail address.
    pub email: String,
    /// The unique name they sign in with.
    pub username: String,
    /// The name people call them.
    pub name: String,
    /// The password: 8 to 128 characters.
    pub password: Option<String>,
    /// Leaves the user without a password, until they are given one.
    pub reset_password: Option<bool>,
    /// As `reset_password`.
    pub force_random_password: Option<bool>,
    /// Whether they administer the instance.
    pub admin: Option<bool>,
    /// Whether they see of what is internal only what they belong to, and create nothing of their own.
    pub external: Option<bool>,
    /// Whether others see no more of their profile than their name.
    pub private_profile: Option<bool>,
    /// Whether they may create groups in no other; they may if not sent.
    pub can_create_group: Option<bool>,
    /// How many projects they may have of their own: 0 to 100,000, which is the default.
    pub projects_limit: Option<i64>,
    /// A note for administrators.
    pub note: Option<String>,
    /// Accepted; addresses need no confirmation anyway.
    pub skip_confirmation: Option<bool>,
}

/// How a user is deleted.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteUser {
    /// Whether the groups go too that nobody else owns; without it, the user is not deleted then.
    pub hard_delete: Option<bool>,
}

/// Which of a user's memberships are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListMemberships {
    /// Only those of projects, or only those of groups.
    #[serde(rename = "type")]
    pub source_type: Option<MembershipSource>,
}

/// What somebody is a member of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum MembershipSource {
    /// A project.
    Project,
    /// A group.
    Namespace,
}

/// A direct membership of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Membership {
    /// The id of the group or project.
    pub source_id: i64,
    /// Its name.
    pub source_name: String,
    /// Which of the two it is.
    pub source_type: MembershipSource,
    /// The level: 5, 10, 15, 20, 30, 40 or 50.
    pub access_level: i64,
}

/// Which users are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListUsers {
    /// The exact username, in any case.
    pub username: Option<String>,
    /// Part of the name or username; for administrators also the whole mail address.
    pub search: Option<String>,
    /// Only active users.
    pub active: Option<bool>,
    /// Only blocked users.
    pub blocked: Option<bool>,
    /// Only administrators; for administrators.
    pub admins: Option<bool>,
    /// Only people, no bots.
    pub humans: Option<bool>,
    /// Only people, no bots.
    pub without_project_bots: Option<bool>,
    /// Only bots, no people.
    pub exclude_humans: Option<bool>,
    /// Accepted: the server itself is no user, so there are no internal ones.
    pub exclude_internal: Option<bool>,
    /// Only users who are not active.
    pub exclude_active: Option<bool>,
    /// Only external users; for administrators.
    pub external: Option<bool>,
    /// No external users; for administrators.
    pub exclude_external: Option<bool>,
    /// Only users who have access to no project; for administrators.
    pub without_projects: Option<bool>,
    /// Only users with a second factor, or only those without; nobody has one.
    #[param(inline)]
    pub two_factor: Option<TwoFactor>,
    /// Only users of an outside identity of that name; nobody has one.
    pub extern_uid: Option<String>,
    /// Where that identity is from.
    pub provider: Option<String>,
    /// Created after that time.
    #[schema(format = DateTime)]
    pub created_after: Option<String>,
    /// Created before that time.
    #[schema(format = DateTime)]
    pub created_before: Option<String>,
    /// By what the list is ordered; `id` if not given.
    #[param(inline)]
    pub order_by: Option<UserOrder>,
    /// The direction; `desc` if not given.
    #[param(inline)]
    pub sort: Option<Sort>,
}

/// By what users are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserOrder {
    /// The id.
    #[default]
    Id,
    /// The name.
    Name,
    /// The username.
    Username,
    /// The time they were created: as the id.
    CreatedAt,
    /// The time what is kept of them last changed.
    UpdatedAt,
}

/// Whether users have a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TwoFactor {
    /// They have.
    Enabled,
    /// They have none.
    Disabled,
}
