//! Projects whose repository is fetched from elsewhere.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// From where a project's repository is fetched; what is not sent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ImportChanges {
    /// The URL it is fetched from: `https://`, with credentials if need be; `ssh://`, with the project's deploy key; or of
    /// administrators `file://`. Empty for not from elsewhere any more.
    pub import_url: Option<String>,
    /// Whether it is fetched again and again, and only read here.
    pub mirror: Option<bool>,
    /// The keys of the host, as `ssh-keyscan` prints them; empty for the one it shows at the next fetch.
    pub ssh_known_hosts: Option<String>,
}

/// How it stands with the fetch of a project's repository from elsewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PullMirror {
    /// The project.
    pub id: i64,
    /// How the fetch stands: `scheduled`, `started`, `finished` or `failed`.
    pub update_status: String,
    /// From where it is fetched, without credentials.
    pub url: String,
    /// Why the last fetch failed.
    pub last_error: Option<String>,
    /// When the last fetch ended.
    pub last_update_at: Option<String>,
    /// When the last fetch began.
    pub last_update_started_at: Option<String>,
    /// When a fetch from there last came to a good end.
    pub last_successful_update_at: Option<String>,
    /// Whether it is fetched again and again, and only read here.
    pub enabled: bool,
    /// Always true: new commits get pipelines, as if whoever set the URL had pushed them.
    pub mirror_trigger_builds: bool,
    /// Always false: all branches and tags are followed.
    pub only_mirror_protected_branches: bool,
    /// Whether branches become what they are there, whatever they were here: those of a mirror.
    pub mirror_overwrites_diverged_branches: bool,
    /// Always null: all branches and tags are followed.
    pub mirror_branch_regex: Option<String>,
    /// Who set the URL: as them it is fetched.
    pub user_id: i64,
    /// The public part of the deploy key, to be added where it is fetched from; null unless that is over SSH.
    pub ssh_public_key: Option<String>,
    /// The keys of the host that are believed; empty for the one it shows at the next fetch.
    pub ssh_known_hosts: String,
}
