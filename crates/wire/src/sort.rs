//! The direction of a list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The lowest first.
    Asc,
    /// The highest first.
    Desc,
}
