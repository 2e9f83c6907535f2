//! Namespaces: groups, and people's own.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which namespaces are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListNamespaces {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only those that one owns.
    pub owned_only: Option<bool>,
    /// Only those that lie in no other.
    pub top_level_only: Option<bool>,
}

/// Where a path is looked for.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LookForPath {
    /// The group in which the path would lie; at the top if not given.
    pub parent_id: Option<i64>,
}

/// Whether a path is taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PathTaken {
    /// Whether it is.
    pub exists: bool,
    /// If it is, paths like it that are free.
    pub suggests: Vec<String>,
}
