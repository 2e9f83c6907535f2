//! Who may see a group or project without belonging to it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may see a group or project without belonging to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Members only.
    Private,
    /// Any signed-in user.
    Internal,
    /// Anybody.
    Public,
}
