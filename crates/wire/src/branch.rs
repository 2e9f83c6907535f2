//! Branches and tags of a repository.

use crate::commit::Commit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A branch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// The commit at its tip.
    pub commit: Commit,
    /// Whether all its commits are in the default branch too.
    pub merged: bool,
    /// Whether it is protected.
    pub protected: bool,
    /// Whether its protection lets developers push.
    pub developers_can_push: bool,
    /// Whether its protection lets developers merge.
    pub developers_can_merge: bool,
    /// Whether whoever asks may push.
    pub can_push: bool,
    /// Whether it is the default branch.
    pub default: bool,
    /// Its page.
    pub web_url: String,
}

/// The order of a list of branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BranchSort {
    /// By name.
    #[default]
    NameAsc,
    /// The oldest first.
    UpdatedAsc,
    /// The newest first.
    UpdatedDesc,
}

/// Which branches are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListBranches {
    /// A part of the name; `^x` for names that begin so, `x$` for names that end so.
    pub search: Option<String>,
    /// A regular expression that the name must match.
    pub regex: Option<String>,
    /// The order; by name without.
    #[param(inline)]
    pub sort: Option<BranchSort>,
}

/// Makes a branch.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateBranch {
    /// Its name.
    pub branch: String,
    /// The branch, tag or commit it starts at.
    #[serde(rename = "ref")]
    pub ref_name: String,
}

/// A tag.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What an annotated tag says; empty for a lightweight one.
    pub message: String,
    /// The tag object; the commit of a lightweight tag.
    pub target: String,
    /// The commit it stands for; none for a tag of a file.
    pub commit: Option<Commit>,
    /// Always null: there are no releases.
    pub release: Option<String>,
    /// Whether it is protected.
    pub protected: bool,
    /// When an annotated tag was made.
    pub created_at: Option<String>,
}

/// By what tags are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TagOrder {
    /// By name.
    Name,
    /// By time.
    #[default]
    Updated,
    /// By name, whose numbers count as such.
    Version,
}

/// Which tags are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListTags {
    /// A part of the name; `^x` for names that begin so, `x$` for names that end so.
    pub search: Option<String>,
    /// By what they are ordered; by time without.
    #[param(inline)]
    pub order_by: Option<TagOrder>,
    /// The direction; the highest first without.
    #[param(inline)]
    pub sort: Option<crate::sort::Sort>,
}

/// Makes a tag.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateTag {
    /// Its name.
    pub tag_name: String,
    /// The branch, tag or commit it stands for.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// What it says; a tag without is lightweight.
    #[schema(max_length = 65536)]
    pub message: Option<String>,
}
