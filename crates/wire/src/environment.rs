//! Environments.

use crate::deployment::Deployment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An environment as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Environment {
    /// Its id.
    pub id: i64,
    /// Its name, unique in the project.
    pub name: String,
    /// Its slug, unique in the project.
    pub slug: String,
    /// What it is for.
    pub description: Option<String>,
    /// `available`, `stopping` or `stopped`.
    pub state: String,
    /// `production`, `staging`, `testing`, `development` or `other`.
    pub tier: String,
    /// Where it can be seen.
    pub external_url: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// Always null: environments do not stop by themselves yet.
    pub auto_stop_at: Option<String>,
}

/// One environment with what it has now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnvironmentDetails {
    /// The environment.
    #[serde(flatten)]
    pub environment: Environment,
    /// The latest successful deployment.
    pub last_deployment: Option<Deployment>,
}

/// A tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Where the real users are.
    Production,
    /// The last stop before it.
    Staging,
    /// Where it is tested.
    Testing,
    /// Where it is developed.
    Development,
    /// Anything else.
    Other,
}

/// A state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentState {
    /// It can be deployed to.
    Available,
    /// Its stop jobs run.
    Stopping,
    /// It was stopped.
    Stopped,
}

/// Creates an environment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateEnvironment {
    /// Its name, unique in the project.
    pub name: String,
    /// Where it can be seen: http or https.
    pub external_url: Option<String>,
    /// Its tier; inferred from the name if not given.
    pub tier: Option<Tier>,
    /// What it is for.
    #[schema(max_length = 10000)]
    pub description: Option<String>,
    /// Not accepted: slugs are made from the name.
    pub slug: Option<String>,
}

/// Which environments are listed.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListEnvironments {
    /// The exact name; not together with `search`.
    pub name: Option<String>,
    /// How the name begins, at least three characters.
    pub search: Option<String>,
    /// The state.
    pub states: Option<EnvironmentState>,
}

/// Stops an environment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct StopEnvironment {
    /// Stops it without running its stop jobs. There are none yet, so it makes no difference.
    pub force: Option<bool>,
}
