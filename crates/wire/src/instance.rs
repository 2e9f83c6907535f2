//! What the server says of itself.

use serde::Serialize;
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
