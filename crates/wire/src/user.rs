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
    /// `active` or `blocked`.
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
    /// Always false: there are no external users.
    pub external: bool,
    /// Always false: all profiles are equally visible.
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
    /// How many projects they may have of their own: as good as any number.
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
    /// Only `false` is accepted: there are no external users.
    pub external: Option<bool>,
    /// A note for administrators.
    pub note: Option<String>,
    /// Accepted; addresses need no confirmation anyway.
    pub skip_confirmation: Option<bool>,
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
    /// Created after that time.
    #[schema(format = DateTime)]
    pub created_after: Option<String>,
    /// Created before that time.
    #[schema(format = DateTime)]
    pub created_before: Option<String>,
    /// By what the list is ordered; `id` if not given.
    pub order_by: Option<UserOrder>,
    /// The direction; `desc` if not given.
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
    /// As the id.
    UpdatedAt,
}
