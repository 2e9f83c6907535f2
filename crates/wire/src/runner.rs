//! The runner protocol's JSON types: what a runner and the server say to each other.
//!
//! Decoding is lenient, as in GitLab: an absent or `null` member takes its default, an unknown one is ignored, and only
//! a member of the wrong type is an error. Types that carry a token have no `Debug`, so that none can reach a log.

mod files;
mod info;
mod job;
mod request;

pub use files::{Artifact, ArtifactsFile, Cache, Dependency};
pub use info::{Info, InfoFeatures, RunnerConfig};
pub use job::{
    Credential, DockerOptions, ExecutorOptions, GitInfo, Hook, Image, Job, JobFeatures, JobInfo, KubernetesOptions,
    RunnerInfo, Step, Variable,
};
pub use request::{FailureReason, JobRequest, JobState, Output, UpdateJob, VerifyReply, VerifyRequest};

use serde::{Deserialize, Deserializer};

/// Reads a member that may be `null`, which then counts as absent.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
