//! The job a server hands to a runner.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::files::{Artifact, Cache, Dependency};
use super::or_default;

/// The body of status 201 to `POST jobs/request`: everything a runner needs to run one job.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Job)]
#[serde(default)]
pub struct Job {
    /// The job's id, above 0.
    #[serde(deserialize_with = "or_default")]
    pub id: i64,
    /// The job's token, for its own reports and for git.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
    /// Whether an earlier work tree may be fetched into, where no `GIT_STRATEGY` says otherwise.
    #[serde(deserialize_with = "or_default")]
    pub allow_git_fetch: bool,
    /// What the job is called and where it belongs.
    #[serde(deserialize_with = "or_default")]
    pub job_info: JobInfo,
    /// What to check out.
    #[serde(deserialize_with = "or_default")]
    pub git_info: GitInfo,
    /// Limits for the runner.
    #[serde(deserialize_with = "or_default")]
    pub runner_info: RunnerInfo,
    /// The job's variables; of two with one key the later wins.
    #[serde(deserialize_with = "or_default")]
    pub variables: Vec<Variable>,
    /// What to run, in order; `after_script` runs last and always.
    #[serde(deserialize_with = "or_default")]
    pub steps: Vec<Step>,
    /// The image to run it in, for runners with containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// What to run beside it, for runners with containers.
    #[serde(deserialize_with = "or_default")]
    pub services: Vec<Image>,
    /// Scripts around the steps that are the runner's own.
    #[serde(deserialize_with = "or_default")]
    pub hooks: Vec<Hook>,
    /// The files to upload afterwards.
    #[serde(deserialize_with = "or_default")]
    pub artifacts: Vec<Artifact>,
    /// The files to keep on the runner's side.
    #[serde(deserialize_with = "or_default")]
    pub cache: Vec<Cache>,
    /// The jobs whose files to download before.
    #[serde(deserialize_with = "or_default")]
    pub dependencies: Vec<Dependency>,
    /// What the server understands.
    #[serde(deserialize_with = "or_default")]
    pub features: JobFeatures,
    /// Credentials for registries.
    #[serde(deserialize_with = "or_default")]
    pub credentials: Vec<Credential>,
}

/// What a job is called and where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::JobInfo)]
#[serde(default)]
pub struct JobInfo {
    /// The job's name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The job's stage.
    #[serde(deserialize_with = "or_default")]
    pub stage: String,
    /// The pipeline's id.
    #[serde(deserialize_with = "or_default")]
    pub pipeline_id: i64,
    /// The project's id.
    #[serde(deserialize_with = "or_default")]
    pub project_id: i64,
    /// The project's name.
    #[serde(deserialize_with = "or_default")]
    pub project_name: String,
    /// The project's path with all groups.
    #[serde(deserialize_with = "or_default")]
    pub project_full_path: String,
    /// The id of the project's group or owner.
    #[serde(deserialize_with = "or_default")]
    pub namespace_id: i64,
    /// The id of the outermost group.
    #[serde(deserialize_with = "or_default")]
    pub root_namespace_id: i64,
    /// The id of the user the job runs for.
    #[serde(deserialize_with = "or_default")]
    pub user_id: i64,
    /// How long the job waited, in seconds.
    #[serde(deserialize_with = "or_default")]
    pub time_in_queue_seconds: f64,
    /// How many jobs of the project run on instance runners; a number written as text.
    #[serde(deserialize_with = "or_default")]
    pub project_jobs_running_on_instance_runners_count: String,
}

/// What to check out.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::GitInfo)]
#[serde(default)]
pub struct GitInfo {
    /// The repository's URL, which may hold a user name and password.
    #[serde(deserialize_with = "or_default")]
    pub repo_url: String,
    /// The branch or tag.
    #[serde(rename = "ref", deserialize_with = "or_default")]
    pub reference: String,
    /// The full commit id.
    #[serde(deserialize_with = "or_default")]
    pub sha: String,
    /// The commit id before the push, or 40 zeros.
    #[serde(deserialize_with = "or_default")]
    pub before_sha: String,
    /// `branch` or `tag`.
    #[serde(deserialize_with = "or_default")]
    pub ref_type: String,
    /// What to fetch; empty for the remote's default.
    #[serde(deserialize_with = "or_default")]
    pub refspecs: Vec<String>,
    /// How many commits to fetch; 0 for all.
    #[serde(deserialize_with = "or_default")]
    pub depth: u32,
    /// `sha1` or `sha256`; empty means `sha1`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub repo_object_format: String,
    /// Whether the ref is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
}

/// Limits for the runner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::RunnerInfo)]
#[serde(default)]
pub struct RunnerInfo {
    /// How long the job may run, in seconds; 0 or less means two hours.
    #[serde(deserialize_with = "or_default")]
    pub timeout: i64,
}

/// A variable of a job.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Variable)]
#[serde(default)]
pub struct Variable {
    /// The variable's name.
    #[serde(deserialize_with = "or_default")]
    pub key: String,
    /// The variable's value.
    #[serde(deserialize_with = "or_default")]
    pub value: String,
    /// Whether the value may be shown.
    #[serde(deserialize_with = "or_default")]
    pub public: bool,
    /// Whether to write the value to a file and export that file's path instead.
    #[serde(deserialize_with = "or_default")]
    pub file: bool,
    /// Whether to hide the value in the log.
    #[serde(deserialize_with = "or_default")]
    pub masked: bool,
    /// Whether to leave `$X` in the value as it is.
    #[serde(deserialize_with = "or_default")]
    pub raw: bool,
}

/// One script of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Step)]
#[serde(default)]
pub struct Step {
    /// `script` or `after_script`; unique within the job.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The commands, in order.
    #[serde(deserialize_with = "or_default")]
    pub script: Vec<String>,
    /// How long the step may run, in seconds; runners look at the job's timeout instead.
    #[serde(deserialize_with = "or_default")]
    pub timeout: i64,
    /// `on_success` or `always`; runners go by the name instead.
    #[serde(deserialize_with = "or_default")]
    pub when: String,
    /// Whether a failure counts; runners go by the name instead.
    #[serde(deserialize_with = "or_default")]
    pub allow_failure: bool,
}

/// An image to run a job in, or beside it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Image)]
#[serde(default)]
pub struct Image {
    /// Its name, with variables for the runner to replace.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// By which name the job reaches it; only for services.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub alias: String,
    /// The command that runs in it; only for services.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The command that begins in it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// When it is pulled, tried in this order.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub pull_policy: Vec<String>,
    /// Variables that only it has; only for services.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// Options of single executors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executor_opts: Option<ExecutorOptions>,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its variables may hold a secret.
        f.debug_struct("Image").field("name", &self.name).field("alias", &self.alias).finish_non_exhaustive()
    }
}

/// Options of single executors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::ExecutorOptions)]
#[serde(default)]
pub struct ExecutorOptions {
    /// Those of Docker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker: Option<DockerOptions>,
    /// Those of Kubernetes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<KubernetesOptions>,
}

/// Options of Docker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::DockerOptions)]
#[serde(default)]
pub struct DockerOptions {
    /// The platform to ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// As whom to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// Options of Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::KubernetesOptions)]
#[serde(default)]
pub struct KubernetesOptions {
    /// As whom to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// A script around the steps that are the runner's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Hook)]
#[serde(default)]
pub struct Hook {
    /// When it runs: `pre_get_sources_script`.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The commands, in order.
    #[serde(deserialize_with = "or_default")]
    pub script: Vec<String>,
}

/// What the server understands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::JobFeatures)]
#[serde(default)]
pub struct JobFeatures {
    /// Whether the log may hold section markers.
    #[serde(deserialize_with = "or_default")]
    pub trace_sections: bool,
    /// More beginnings of tokens to hide in the log.
    #[serde(deserialize_with = "or_default")]
    pub token_mask_prefixes: Vec<String>,
    /// The codes of the failure reasons the server understands.
    #[serde(deserialize_with = "or_default")]
    pub failure_reasons: Vec<String>,
}

/// Credentials for a registry.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Credential)]
#[serde(default)]
pub struct Credential {
    /// What the credential opens, `registry` for example.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// The address it is for.
    #[serde(deserialize_with = "or_default")]
    pub url: String,
    /// The user name.
    #[serde(deserialize_with = "or_default")]
    pub username: String,
    /// The password.
    #[serde(deserialize_with = "or_default")]
    pub password: String,
}
