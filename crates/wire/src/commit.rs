//! Commits.

use serde::Serialize;
use utoipa::ToSchema;

/// A commit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Commit {
    /// Its full id.
    pub id: String,
    /// Its first eight characters.
    pub short_id: String,
    /// When it was committed.
    pub created_at: String,
    /// The ids of its parents.
    pub parent_ids: Vec<String>,
    /// The first line of its message.
    pub title: String,
    /// Its message.
    pub message: String,
    /// Who wrote it.
    pub author_name: String,
    /// Their address.
    pub author_email: String,
    /// When they did.
    pub authored_date: String,
    /// Who committed it.
    pub committer_name: String,
    /// Their address.
    pub committer_email: String,
    /// When they did.
    pub committed_date: String,
    /// Its page.
    pub web_url: String,
}
