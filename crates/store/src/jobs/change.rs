//! Changes of single columns of a job.

use crate::{Result, Tx};
use countersign_domain::ids::JobId;
use countersign_domain::time::Timestamp;

/// Notes that the runner took a job up, if it had not yet.
pub fn acknowledge(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE jobs SET acknowledged_at = $2, contacted_at = $2
         WHERE id = $1 AND acknowledged_at IS NULL AND status IN ('running', 'canceling')",
        &[id.into(), now.into()],
    )
    .map(drop)
}

/// Saves what a job runs, as JSON: variables may be added when it is played.
pub fn set_script(tx: &mut Tx<'_>, id: JobId, script: &str) -> Result<()> {
    tx.execute("UPDATE jobs SET script = $2 WHERE id = $1", &[id.into(), script.into()]).map(drop)
}

/// Saves where the environment of a job can be seen.
pub fn set_environment_url(tx: &mut Tx<'_>, id: JobId, url: Option<&str>) -> Result<()> {
    tx.execute("UPDATE jobs SET environment_url = $2 WHERE id = $1", &[id.into(), url.into()]).map(drop)
}

/// Notes that the log of a job was erased.
pub fn erase(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE jobs SET erased_at = $2, updated_at = $2 WHERE id = $1", &[id.into(), now.into()]).map(drop)
}
