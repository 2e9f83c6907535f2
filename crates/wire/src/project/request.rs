//! What is asked of projects.

use crate::sort::Sort;
use crate::visibility::Visibility;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Creates a project. At least one of `name` and `path` is needed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateProject {
    /// The name people call it; as `path` if not given.
    pub name: Option<String>,
    /// The last part of its address; made of `name` if not given.
    pub path: Option<String>,
    /// The group or personal namespace it lies in; one's own if not given.
    pub namespace_id: Option<i64>,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it; `private` if not given.
    pub visibility: Option<Visibility>,
    /// Whether it begins with a commit that holds a `README.md`.
    pub initialize_with_readme: Option<bool>,
    /// The branch that clones check out; `main` if not given.
    pub default_branch: Option<String>,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: Option<bool>,
    /// How long a job may run, in seconds: from 600 to 2678400.
    pub build_timeout: Option<i64>,
}

/// Changes a project; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateProject {
    /// The name people call it.
    pub name: Option<String>,
    /// The last part of its address.
    pub path: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it.
    pub visibility: Option<Visibility>,
    /// The branch that clones check out.
    pub default_branch: Option<String>,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: Option<bool>,
    /// How long a job may run, in seconds: from 600 to 2678400.
    pub build_timeout: Option<i64>,
}

/// Moves a project.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct TransferProject {
    /// The id or the address of the new namespace.
    pub namespace: String,
}

/// Which projects are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListProjects {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only projects that whoever asks belongs to.
    pub membership: Option<bool>,
    /// Only projects that whoever asks owns.
    pub owned: Option<bool>,
    /// Only projects on which whoever asks has at least this level.
    pub min_access_level: Option<i64>,
    /// Only projects of that visibility.
    pub visibility: Option<Visibility>,
    /// Only archived projects, of which there are none; or only others.
    pub archived: Option<bool>,
    /// In short.
    pub simple: Option<bool>,
    /// Only projects with a greater id.
    pub id_after: Option<i64>,
    /// Only projects with a smaller id.
    pub id_before: Option<i64>,
    /// By what the list is ordered; `created_at` if not given.
    pub order_by: Option<ProjectOrder>,
    /// The direction; `desc` if not given.
    pub sort: Option<Sort>,
}

/// By what projects are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectOrder {
    /// The time it was created: as the id.
    #[default]
    CreatedAt,
    /// The id.
    Id,
    /// The name.
    Name,
    /// The last part of the address.
    Path,
    /// The time the settings last changed.
    UpdatedAt,
    /// The time anything last happened in it.
    LastActivityAt,
    /// As the name.
    Similarity,
}
