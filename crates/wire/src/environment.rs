//! Environments.

use crate::deployment::Deployment;
use crate::project::ProjectNamed;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An environment in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnvironmentBasic {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Where it can be seen.
    pub external_url: Option<String>,
    /// When it was created.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

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
    /// When it stops by itself, as `auto_stop_in` of the jobs that deploy to it says.
    pub auto_stop_at: Option<String>,
    /// Ours: why it did not stop when its time had come, and who or what can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_stop_problem: Option<String>,
    /// `always`, or `with_action`: only if a job stops it.
    pub auto_stop_setting: String,
    /// Always null: there are no Kubernetes clusters here.
    pub cluster_agent: Option<String>,
    /// Always null.
    pub kubernetes_namespace: Option<String>,
    /// Always null.
    pub flux_resource_path: Option<String>,
}

/// One environment with what it has now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnvironmentDetails {
    /// The environment.
    #[serde(flatten)]
    pub environment: Environment,
    /// The latest successful deployment.
    pub last_deployment: Option<Deployment>,
    /// The project it belongs to.
    pub project: ProjectNamed,
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

/// When an environment stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutoStopSetting {
    /// In any case.
    Always,
    /// Only if a job stops it.
    WithAction,
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
    /// What it is for, at most 10000 characters.
    pub description: Option<String>,
    /// Whether it stops by itself in any case once its time has come, or only if a job stops it. `with_action` for
    /// production and staging if not given, else `always`.
    pub auto_stop_setting: Option<AutoStopSetting>,
    /// Not accepted: slugs are made from the name.
    pub slug: Option<String>,
    /// Only null: there are no Kubernetes clusters here.
    pub cluster_agent_id: Option<i64>,
    /// Only null.
    pub kubernetes_namespace: Option<String>,
    /// Only null.
    pub flux_resource_path: Option<String>,
}

/// Stops what nobody has used for long.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct StopStale {
    /// Environments that were changed or deployed to since then stay: from ten years to one week ago.
    #[schema(format = DateTime)]
    pub before: String,
}

/// Deletes stopped environments of reviews.
#[derive(Debug, Clone, Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteReviewApps {
    /// Environments created before then; 30 days ago if not given.
    #[schema(format = DateTime)]
    pub before: Option<String>,
    /// At most so many, the oldest; 100 if not given.
    #[schema(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only says what would go; so it is if not given.
    pub dry_run: Option<bool>,
}

/// What becomes of stopped environments of reviews.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeletedReviewApps {
    /// They go.
    pub scheduled_entries: Vec<EnvironmentBasic>,
    /// They stay: whoever asks may not deploy there, or a deployment runs.
    pub unprocessable_entries: Vec<EnvironmentBasic>,
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
    #[param(inline)]
    pub states: Option<EnvironmentState>,
}

/// Stops an environment.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct StopEnvironment {
    /// Whether it counts as stopped at once, without the jobs that stop it.
    pub force: Option<bool>,
}
