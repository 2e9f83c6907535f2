//! What the jobs of a commit say of it.

use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use countersign_store::projects::Project;

/// Which jobs of a commit are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The commit, named in full.
    pub sha: String,
    /// Of that branch or tag.
    pub ref_name: Option<String>,
    /// Of that stage.
    pub stage: Option<String>,
    /// Of that name.
    pub name: Option<String>,
    /// Of that pipeline.
    pub pipeline: Option<i64>,
    /// Whether those that were tried again are wanted too.
    pub retried: bool,
}

/// The jobs of a commit, newest first.
///
/// # Errors
/// The actor may not see the project's pipelines.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, wanted: &Wanted, now: Timestamp) -> Result<(Project, Vec<Job>)> {
    let project = authorize::project(tx, actor, at, Action::ReadDeployments, now)?.project;
    let mut found = jobs::of_commit(tx, project.id, &wanted.sha, wanted.ref_name.as_deref(), wanted.retried)?;
    found.retain(|job| {
        wanted.stage.as_ref().is_none_or(|stage| *stage == job.stage)
            && wanted.name.as_ref().is_none_or(|name| *name == job.name)
            && wanted.pipeline.is_none_or(|id| id == job.pipeline_id.0)
    });
    Ok((project, found))
}
