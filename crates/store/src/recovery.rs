//! What is looked at again at a start, or when a push is seen a second time.

use crate::many::{ids, params};
use crate::{Result, Tx};
use countersign_domain::ids::{JobId, PipelineId, ProjectId};

/// A pipeline whose commit is still needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// The commit.
    pub sha: String,
}

/// The pipelines that have not ended, oldest first.
pub fn open_pipelines(tx: &mut Tx<'_>) -> Result<Vec<Open>> {
    tx.query(
        "SELECT id, project_id, sha FROM pipelines
         WHERE status IN ('created', 'pending', 'running', 'canceling', 'manual') ORDER BY id",
        &[],
        |row| Ok(Open { id: row.get(0)?, project_id: row.get(1)?, sha: row.get(2)? }),
    )
}

/// All projects.
pub fn projects(tx: &mut Tx<'_>) -> Result<Vec<ProjectId>> {
    tx.query("SELECT id FROM projects ORDER BY id", &[], |row| row.get(0))
}

/// The newest job.
pub fn newest_job(tx: &mut Tx<'_>) -> Result<Option<JobId>> {
    tx.query_opt("SELECT id FROM jobs ORDER BY id DESC LIMIT 1", &[], |row| row.get(0))
}

/// Those of at most a hundred jobs that are there and were not erased.
pub fn unerased(tx: &mut Tx<'_>, jobs: &[i64]) -> Result<Vec<JobId>> {
    let of = concat!("SELECT id FROM jobs WHERE erased_at IS NULL AND id IN (", ids!(), ")");
    tx.query(of, &params(jobs), |row| row.get(0))
}

/// Whether a push of that ref from one commit to another made a pipeline.
pub fn was_pushed(tx: &mut Tx<'_>, project: ProjectId, at: (&str, bool), before: &str, sha: &str) -> Result<bool> {
    let (ref_name, tag) = at;
    let found = tx.query(
        "SELECT id FROM pipelines WHERE project_id = $1 AND sha = $2 AND before_sha = $3 AND ref = $4 AND tag = $5
         AND source = 'push' LIMIT 1",
        &[project.into(), sha.into(), before.into(), ref_name.into(), tag.into()],
        |_| Ok(()),
    )?;
    Ok(!found.is_empty())
}
