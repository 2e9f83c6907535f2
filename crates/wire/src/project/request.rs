//! What is asked of projects.

use super::{ImportChanges, ProjectSettingsChanges};
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
    /// From where its repository is fetched.
    #[serde(flatten)]
    pub import: ImportChanges,
    /// What else is chosen for it.
    #[serde(flatten)]
    pub settings: ProjectSettingsChanges,
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
    /// From where its repository is fetched.
    #[serde(flatten)]
    pub import: ImportChanges,
    /// What else is to change.
    #[serde(flatten)]
    pub settings: ProjectSettingsChanges,
}

/// Deletes a project or group.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteNamed {
    /// Its whole address, to be sure; nothing is deleted if it has another.
    pub full_path: Option<String>,
    /// Without effect: what is deleted is gone at once.
    pub permanently_remove: Option<bool>,
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
    /// Only archived projects, or only others.
    pub archived: Option<bool>,
    /// Only projects with a star, of which there are none.
    pub starred: Option<bool>,
    /// Only projects with all these topics.
    pub topic: Option<Vec<String>>,
    /// Only projects in which something happened after that time.
    #[schema(format = DateTime)]
    pub last_activity_after: Option<String>,
    /// Only projects in which nothing happened since that time.
    #[schema(format = DateTime)]
    pub last_activity_before: Option<String>,
    /// Of a group: those of the groups below it, too.
    pub include_subgroups: Option<bool>,
    /// Of a group: those it is invited to, too; so it is if not given.
    pub with_shared: Option<bool>,
    /// In short.
    pub simple: Option<bool>,
    /// Only projects with a greater id.
    pub id_after: Option<i64>,
    /// Only projects with a smaller id.
    pub id_before: Option<i64>,
    /// By what the list is ordered; `created_at` if not given.
    #[param(inline)]
    pub order_by: Option<ProjectOrder>,
    /// The direction; `desc` if not given.
    #[param(inline)]
    pub sort: Option<Sort>,
}

/// Which groups around a project are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListProjectGroups {
    /// Part of the name or path.
    pub search: Option<String>,
    /// All but the groups with these ids.
    pub skip_groups: Option<Vec<i64>>,
    /// Those it is shared with, too.
    pub with_shared: Option<bool>,
}

/// Which people with access to a project are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListProjectUsers {
    /// Part of the name or username.
    pub search: Option<String>,
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
    /// As the id: there are no stars.
    StarCount,
}
