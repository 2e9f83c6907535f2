//! Users.

use serde::Serialize;
use utoipa::ToSchema;

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
