//! Resource groups.

use crate::project::ProcessMode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A resource group: of its jobs, one runs at a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResourceGroup {
    /// Its id.
    pub id: i64,
    /// What it is called, unique in the project.
    pub key: String,
    /// In which order its jobs run: `unordered`, `oldest_first`, `newest_first` or `newest_ready_first`.
    pub process_mode: String,
    /// When it was created.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// Changes a resource group; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateResourceGroup {
    /// In which order its jobs run from now on.
    pub process_mode: Option<ProcessMode>,
}
