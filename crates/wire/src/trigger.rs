//! Trigger tokens, and the pipelines they create.

use crate::user::UserBasic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A trigger token.
#[derive(Clone, Serialize, ToSchema)]
pub struct Trigger {
    /// Its id.
    pub id: i64,
    /// What it is for.
    pub description: String,
    /// When it was created.
    pub created_at: String,
    /// When its description last changed.
    pub updated_at: String,
    /// When it last created a pipeline.
    pub last_used: Option<String>,
    /// The secret, when it is created; later only its first four characters.
    pub token: String,
    /// As whom it creates pipelines.
    pub owner: Option<UserBasic>,
}

/// Creates a trigger token.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateTrigger {
    /// What it is for.
    pub description: String,
}

/// Changes a trigger token.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateTrigger {
    /// What it is for.
    pub description: Option<String>,
}

/// Creates a pipeline with a trigger token.
#[derive(Clone, Deserialize, ToSchema)]
pub struct TriggerPipeline {
    /// The branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: String,
    /// The trigger token.
    pub token: String,
    /// Variables for its jobs; the project says who may give them.
    pub variables: Option<BTreeMap<String, String>>,
    /// Inputs; refused if there are any, as no configuration declares them here.
    pub inputs: Option<BTreeMap<String, serde_json::Value>>,
}

/// Creates a pipeline of the branch or tag in the address with a trigger token.
#[derive(Clone, Deserialize, ToSchema)]
pub struct TriggerPipelineOfRef {
    /// The trigger token.
    pub token: String,
    /// Variables for its jobs; the project says who may give them.
    pub variables: Option<BTreeMap<String, String>>,
    /// Inputs; refused if there are any, as no configuration declares them here.
    pub inputs: Option<BTreeMap<String, serde_json::Value>>,
}
