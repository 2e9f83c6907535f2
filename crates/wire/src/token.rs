//! Personal access tokens.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A personal access token, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Token {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was created.
    pub created_at: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// Whom it belongs to.
    pub user_id: i64,
    /// When it was last used, give or take ten minutes.
    pub last_used_at: Option<String>,
    /// Whether it works.
    pub active: bool,
    /// The first day on which it does not work, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
}

/// A token just created, with the secret that is shown this once.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewToken {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// The secret.
    #[serde(rename = "token")]
    pub secret: String,
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Everything over the API.
    Api,
    /// Reading over the API.
    ReadApi,
    /// Reading the own profile.
    ReadUser,
    /// Reading repositories by git.
    ReadRepository,
    /// Reading and writing repositories by git.
    WriteRepository,
    /// Creating runners.
    CreateRunner,
    /// Managing runners.
    ManageRunner,
    /// Acting as another user.
    Sudo,
    /// Accepted for clients that ask for it; it gives nothing.
    K8sProxy,
    /// Replacing the very token by another.
    SelfRotate,
}

/// Creates a token.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateToken {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be used for.
    #[schema(min_items = 1)]
    pub scopes: Vec<TokenScope>,
    /// The first day on which it does not work: at most 365 days from today, which is also the default, unless the
    /// server lets tokens live forever.
    #[schema(format = Date)]
    pub expires_at: Option<String>,
}

/// Replaces a token by another.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RotateToken {
    /// The first day on which the new one does not work: a week from today if not sent, at most 365 days from today.
    #[schema(format = Date)]
    pub expires_at: Option<String>,
}

/// Which tokens are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListTokens {
    /// Whose; other people's are for administrators.
    pub user_id: Option<i64>,
    /// Only those that work, or only those that do not.
    #[param(inline)]
    pub state: Option<TokenState>,
    /// Only revoked ones, or only others.
    pub revoked: Option<bool>,
    /// Part of the name.
    pub search: Option<String>,
    /// By what the list is ordered; the oldest first if not given.
    #[param(inline)]
    pub sort: Option<TokenSort>,
    /// Created after that time.
    #[schema(format = DateTime)]
    pub created_after: Option<String>,
    /// Created before that time.
    #[schema(format = DateTime)]
    pub created_before: Option<String>,
    /// Dead only from a day after that.
    #[schema(format = Date)]
    pub expires_after: Option<String>,
    /// Dead from a day before that.
    #[schema(format = Date)]
    pub expires_before: Option<String>,
    /// Last used after that time.
    #[schema(format = DateTime)]
    pub last_used_after: Option<String>,
    /// Last used before that time.
    #[schema(format = DateTime)]
    pub last_used_before: Option<String>,
}

/// By what tokens are ordered, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenSort {
    /// The oldest first.
    CreatedAsc,
    /// The newest first.
    CreatedDesc,
    /// Whatever ends first.
    ExpiresAsc,
    /// Whatever ends last.
    ExpiresDesc,
    /// Used longest ago first.
    LastUsedAsc,
    /// Used last first.
    LastUsedDesc,
    /// By name.
    NameAsc,
    /// By name, backwards.
    NameDesc,
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenState {
    /// It does.
    Active,
    /// It was revoked, or its last day has passed.
    Inactive,
}
