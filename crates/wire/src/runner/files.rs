//! The files that jobs leave for others, and those that runners keep.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::or_default;

/// Files to upload when the steps have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Artifact)]
#[serde(default)]
pub struct Artifact {
    /// What the file is called, with variables, without an ending; empty for `artifacts`.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Whether all files that git does not know are among them.
    #[serde(deserialize_with = "or_default")]
    pub untracked: bool,
    /// Patterns below the work tree, with variables.
    #[serde(deserialize_with = "or_default")]
    pub paths: Vec<String>,
    /// Patterns of what is left out.
    #[serde(deserialize_with = "or_default")]
    pub exclude: Vec<String>,
    /// `on_success`, `on_failure` or `always`.
    #[serde(deserialize_with = "or_default")]
    pub when: String,
    /// `archive` or `dotenv`.
    #[serde(deserialize_with = "or_default")]
    pub artifact_type: String,
    /// `zip` or `gzip`.
    #[serde(deserialize_with = "or_default")]
    pub artifact_format: String,
    /// How long to keep them, as written; empty for the server's own time.
    #[serde(deserialize_with = "or_default")]
    pub expire_in: String,
}

/// Files that a runner keeps between jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Cache)]
#[serde(default)]
pub struct Cache {
    /// What the cache is called, with variables.
    #[serde(deserialize_with = "or_default")]
    pub key: String,
    /// Whether all files that git does not know are among them.
    #[serde(deserialize_with = "or_default")]
    pub untracked: bool,
    /// Patterns below the work tree, with variables.
    #[serde(deserialize_with = "or_default")]
    pub paths: Vec<String>,
    /// `pull-push`, `pull` or `push`.
    #[serde(deserialize_with = "or_default")]
    pub policy: String,
    /// `on_success`, `on_failure` or `always`.
    #[serde(deserialize_with = "or_default")]
    pub when: String,
    /// Keys to fall back to.
    #[serde(deserialize_with = "or_default")]
    pub fallback_keys: Vec<String>,
}

/// A job whose files to download before the steps. Without `Debug`: it holds a token.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Dependency)]
#[serde(default)]
pub struct Dependency {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: i64,
    /// The token to download with.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// What it is called.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Its archive.
    #[serde(deserialize_with = "or_default")]
    pub artifacts_file: ArtifactsFile,
}

/// An archive of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::ArtifactsFile)]
#[serde(default)]
pub struct ArtifactsFile {
    /// What it is called.
    #[serde(deserialize_with = "or_default")]
    pub filename: String,
    /// How long it is, in bytes.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
}
