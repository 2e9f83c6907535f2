//! Access tokens of projects and groups.

use crate::token::{NewToken, Token, TokenScope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An access token of a project or group, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessToken {
    /// The token; `user_id` is its bot.
    #[serde(flatten)]
    pub token: Token,
    /// What its bot may do: 10, 15, 20, 30, 40 or 50.
    pub access_level: i64,
}

/// An access token just created, with the secret that is shown this once.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewAccessToken {
    /// The token, with the secret.
    #[serde(flatten)]
    pub token: NewToken,
    /// What its bot may do: 10, 15, 20, 30, 40 or 50.
    pub access_level: i64,
}

/// Creates an access token of a project or group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateAccessToken {
    /// Its name, and that of its bot.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be used for; not `read_user` and `sudo`.
    #[schema(min_items = 1)]
    pub scopes: Vec<TokenScope>,
    /// What its bot may do: 10, 15, 20, 30, 40 (the default) or 50; not more than whoever creates it.
    pub access_level: Option<i64>,
    /// The first day on which it does not work: at most 365 days from today, which is also the default, unless the
    /// server lets tokens live forever.
    #[schema(format = Date)]
    pub expires_at: Option<String>,
}
