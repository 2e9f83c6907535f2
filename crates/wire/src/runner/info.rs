//! What a runner tells about itself with every call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::or_default;

/// The program behind a runner token: its version, its machine and what it can do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Info)]
#[serde(default)]
pub struct Info {
    /// The program's name, `gitlab-runner` for example.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The program's version; free text, not always a version number.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// The program's source revision.
    #[serde(deserialize_with = "or_default")]
    pub revision: String,
    /// The operating system, `linux` for example.
    #[serde(deserialize_with = "or_default")]
    pub platform: String,
    /// The processor, `amd64` for example.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    /// How jobs are run, `shell` for example.
    #[serde(deserialize_with = "or_default")]
    pub executor: String,
    /// The shell that runs scripts, `bash` for example.
    #[serde(deserialize_with = "or_default")]
    pub shell: String,
    /// What the runner can do.
    #[serde(deserialize_with = "or_default")]
    pub features: InfoFeatures,
    /// Settings of the runner that a server may show.
    #[serde(deserialize_with = "or_default")]
    pub config: RunnerConfig,
    /// Labels from the runner's configuration.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// Settings of a runner that a server may show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = runner::Config)]
#[serde(default)]
pub struct RunnerConfig {
    /// The graphics processors given to jobs, empty for none.
    #[serde(deserialize_with = "or_default")]
    pub gpus: String,
}

/// Declares the feature bits once: every one is an absent-means-false boolean.
macro_rules! features {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What a runner can do. An absent member means that it cannot.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = runner::InfoFeatures)]
        #[serde(default)]
        pub struct InfoFeatures {
            $($(#[$doc])* #[serde(deserialize_with = "or_default")] pub $name: bool,)+
        }
    };
}

features! {
    /// Exports the job's variables.
    variables,
    /// Runs jobs in container images.
    image,
    /// Starts service containers.
    services,
    /// Passes options to service containers.
    service_executor_opts,
    /// Passes variables to service containers.
    service_variables,
    /// Gives a service container several names.
    service_multiple_aliases,
    /// Passes options to the job's container.
    image_executor_opts,
    /// Uploads and downloads artifacts.
    artifacts,
    /// Excludes paths from artifacts.
    artifacts_exclude,
    /// Uploads several artifact archives of one job.
    upload_multiple_artifacts,
    /// Uploads artifacts without an archive around them.
    upload_raw_artifacts,
    /// Keeps a cache between jobs.
    cache,
    /// Falls back to other cache keys.
    fallback_cache_keys,
    /// Jobs of one runner share a machine.
    shared,
    /// Offers interactive sessions.
    session,
    /// Offers a terminal in a session.
    terminal,
    /// Proxies requests to services of a job.
    proxy,
    /// Fetches the refspecs the job names.
    refspecs,
    /// Replaces masked values in the log.
    masking,
    /// Leaves values marked raw unexpanded.
    raw_variables,
    /// Runs several steps.
    multi_build_steps,
    /// Sends the log again after status 412.
    trace_reset,
    /// Sends the log's checksum.
    trace_checksum,
    /// Sends the log's size.
    trace_size,
    /// Reads secrets from a vault.
    vault_secrets,
    /// Ends a job when told so.
    cancelable,
    /// Understands the `canceling` job status and runs `after_script` then.
    cancel_gracefully,
    /// Reports the exit code of a failed script.
    return_exit_code,
    /// Runs native steps.
    native_steps_integration,
    /// Acknowledges a job before it runs it.
    two_phase_job_commit,
    /// Interpolates job inputs.
    job_inputs,
}
