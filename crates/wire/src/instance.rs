//! What the server says of itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version that clients tell features by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Version {
    /// The version of the API spoken.
    pub version: String,
    /// The version of the server.
    pub revision: String,
}

/// The version, and what belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Metadata {
    /// The version.
    #[serde(flatten)]
    pub version: Version,
    /// The agent server.
    pub kas: Kas,
    /// Always true: what is spoken includes protected environments and approvals.
    pub enterprise: bool,
}

/// The agent server; there is none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Kas {
    /// Always false.
    pub enabled: bool,
    /// Always null.
    #[serde(rename = "externalUrl")]
    pub external_url: Option<String>,
    /// Always null.
    #[serde(rename = "externalK8sProxyUrl")]
    pub external_k8s_proxy_url: Option<String>,
    /// Always null.
    pub version: Option<String>,
}

/// The settings of the instance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApplicationSettings {
    /// Always 1.
    pub id: i64,
    /// The least role that manages the protected environments of groups.
    pub group_protection_min_role: MinRole,
    /// How default branches are protected at first: 3, maintainers push and developers merge.
    pub default_branch_protection: i64,
    /// The branch that clones of a new project check out.
    pub default_branch_name: String,
    /// How many projects a person may have in their own namespace.
    pub default_projects_limit: i64,
    /// Who sees a new project, unless it says otherwise.
    pub default_project_visibility: String,
    /// Who sees a new group, unless it says otherwise.
    pub default_group_visibility: String,
    /// Always false: administrators create users.
    pub signup_enabled: bool,
    /// Whether every token of a person ends.
    pub require_personal_access_token_expiry: bool,
    /// The longest life of a token, in days; null if tokens need not end.
    pub max_personal_access_token_lifetime: Option<u64>,
}

/// Changes the settings of the instance; what is not sent stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateApplicationSettings {
    /// The least role that manages the protected environments of groups; not below what the server was started with.
    pub group_protection_min_role: Option<MinRole>,
}

/// A role that can manage the protected environments of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MinRole {
    /// Maintainers of the group.
    Maintainer,
    /// Owners of the group.
    Owner,
}
