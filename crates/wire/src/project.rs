//! Projects.

mod mirror;
mod request;
mod settings;

pub use mirror::{ImportChanges, PullMirror};
pub use request::{
    CreateProject, DeleteNamed, ListProjectGroups, ListProjectUsers, ListProjects, ProjectOrder, TransferProject,
    UpdateProject,
};
pub use settings::{
    CancellationRole, FeatureAccess, OverrideRole, ProcessMode, ProjectSettings, ProjectSettingsChanges, Switch,
};

use crate::share::SharedWithGroup;
use crate::user::UserBasic;
use serde::Serialize;
use utoipa::ToSchema;

/// A project as short lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectSimple {
    /// Its id.
    pub id: i64,
    /// What it is for.
    pub description: Option<String>,
    /// The name people call it.
    pub name: String,
    /// "Group / Name".
    pub name_with_namespace: String,
    /// The last part of its address.
    pub path: String,
    /// Its whole address.
    pub path_with_namespace: String,
    /// When it was created.
    pub created_at: String,
    /// When anything last happened in it.
    pub last_activity_at: String,
    /// The branch that clones check out.
    pub default_branch: String,
    /// What it is about.
    pub topics: Vec<String>,
    /// As `topics`.
    pub tag_list: Vec<String>,
    /// Always empty: repositories are served over HTTP.
    pub ssh_url_to_repo: String,
    /// Where git clones it from.
    pub http_url_to_repo: String,
    /// Its page.
    pub web_url: String,
    /// Always null.
    pub readme_url: Option<String>,
    /// Its picture; there is none.
    pub avatar_url: Option<String>,
    /// Always 0: there are no forks.
    pub forks_count: i64,
    /// Always 0: there are no stars.
    pub star_count: i64,
    /// `private`, `internal` or `public`.
    pub visibility: String,
    /// Where it lies.
    pub namespace: ProjectNamespace,
}

/// Where a project lies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectNamespace {
    /// Its id; of a group, the group's.
    pub id: i64,
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// `group` or `user`.
    pub kind: String,
    /// Its whole address.
    pub full_path: String,
    /// The group above.
    pub parent_id: Option<i64>,
    /// Its picture; there is none.
    pub avatar_url: Option<String>,
    /// Its page.
    pub web_url: String,
}

/// A project with everything.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Project {
    /// The project.
    #[serde(flatten)]
    pub simple: ProjectSimple,
    /// When its settings last changed.
    pub updated_at: String,
    /// Who created it.
    pub creator_id: Option<i64>,
    /// Whose personal namespace it lies in; absent for projects of groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserBasic>,
    /// Whether its repository has no branch.
    pub empty_repo: bool,
    /// The groups invited to it.
    pub shared_with_groups: Vec<SharedWithGroup>,
    /// What whoever asks is there.
    pub permissions: Permissions,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// How long a job may run, in seconds.
    pub build_timeout: i64,
    /// Whether it can only be read.
    pub archived: bool,
    /// What else people chose for it.
    #[serde(flatten)]
    pub settings: ProjectSettings,
    /// How it stands with the fetch of its repository from elsewhere: `none`, `scheduled`, `started`, `finished` or
    /// `failed`.
    pub import_status: String,
    /// Whether its repository follows another one, and is only read here.
    pub mirror: bool,
    /// From where its repository is fetched, without credentials; null unless one manages the project.
    pub import_url: Option<String>,
    /// `git` if its repository is fetched from elsewhere.
    pub import_type: Option<String>,
    /// Why the last fetch failed; null unless one manages the project.
    pub import_error: Option<String>,
    /// Where its resources are.
    #[serde(rename = "_links")]
    pub links: Links,
    /// What else clients look for.
    #[serde(flatten)]
    pub fixed: ProjectFixed,
}

/// What somebody is on a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Permissions {
    /// By their own membership.
    pub project_access: Option<Access>,
    /// By the project's group.
    pub group_access: Option<Access>,
}

/// A level held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Access {
    /// The level.
    pub access_level: i64,
    /// Always 3: nobody chose anything else.
    pub notification_level: i64,
}

/// Where a project's resources are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Links {
    /// The project.
    #[serde(rename = "self")]
    pub itself: String,
    /// Its members.
    pub members: String,
    /// The branches of its repository.
    pub repo_branches: String,
}

/// What clients look for in a project, and what is the same for all projects here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectFixed {
    /// Always null: what is deleted is gone at once.
    pub marked_for_deletion_at: Option<String>,
    /// Always null, as `marked_for_deletion_at`.
    pub marked_for_deletion_on: Option<String>,
    /// Always null: runners are created with tokens of their own.
    pub runners_token: Option<String>,
    /// Always false: there is no large file storage.
    pub lfs_enabled: bool,
    /// Always false: nobody asks for access here.
    pub request_access_enabled: bool,
    /// Always false.
    pub issues_enabled: bool,
    /// Always false.
    pub merge_requests_enabled: bool,
    /// Always false.
    pub wiki_enabled: bool,
    /// Always false.
    pub snippets_enabled: bool,
}

/// A project, to those whom only a protection lets see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectNamed {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// Its whole address.
    pub path_with_namespace: String,
    /// Where people look at it.
    pub web_url: String,
}

/// One project, as much of it as one may see.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ProjectSeen {
    /// All of it.
    Full(Box<Project>),
    /// What a protection that names the person lets them see.
    Named(Box<ProjectNamed>),
}

/// A project, as much of it as was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ProjectShown {
    /// With everything.
    Full(Box<Project>),
    /// In short.
    Simple(Box<ProjectSimple>),
}

/// How it stands with the fetch of a project's repository from elsewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectImport {
    /// The project.
    pub id: i64,
    /// What it is for.
    pub description: Option<String>,
    /// Its name.
    pub name: String,
    /// "Group / Name".
    pub name_with_namespace: String,
    /// The last part of its address.
    pub path: String,
    /// Its whole address.
    pub path_with_namespace: String,
    /// When it was created.
    pub created_at: String,
    /// `none`, `scheduled`, `started`, `finished` or `failed`.
    pub import_status: String,
    /// `git` if it is fetched from elsewhere.
    pub import_type: Option<String>,
    /// Why the last fetch failed; null unless one manages the project.
    pub import_error: Option<String>,
    /// Always empty.
    pub failed_relations: Vec<String>,
}

/// A group above a project, or one it is shared with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectGroup {
    /// Its id.
    pub id: i64,
    /// The name people call it.
    pub name: String,
    /// Its picture; there is none.
    pub avatar_url: Option<String>,
    /// Its page.
    pub web_url: String,
    /// "Parent / Child".
    pub full_name: String,
    /// Its whole address.
    pub full_path: String,
}
