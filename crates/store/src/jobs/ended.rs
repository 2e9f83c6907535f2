//! Jobs in the order in which they ended.

use crate::{Result, Tx};
use countersign_domain::ids::{JobId, ProjectId};
use countersign_domain::time::Timestamp;

/// A job that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When it ended.
    pub at: Timestamp,
    /// Which.
    pub id: JobId,
    /// Its project.
    pub project_id: ProjectId,
}

impl Ended {
    /// The place of a job among those that ended, as a text to keep: when it ended, and its id.
    pub fn place(&self) -> String {
        format!("{} {}", self.at.0, self.id)
    }

    /// Reads what [`Ended::place`] wrote; `None` for anything else.
    pub fn parse_place(text: &str) -> Option<(Timestamp, JobId)> {
        let (at, id) = text.split_once(' ')?;
        Some((Timestamp(at.parse().ok()?), JobId(id.parse().ok()?)))
    }
}

/// At most `limit` jobs that ended by `until`, after that place, in the order in which they ended.
pub fn ended(tx: &mut Tx<'_>, after: Option<(Timestamp, JobId)>, until: Timestamp, limit: i64) -> Result<Vec<Ended>> {
    let (at, id) = after.unwrap_or((Timestamp(i64::MIN), JobId(0)));
    tx.query(
        "SELECT finished_at, id, project_id FROM jobs
         WHERE finished_at IS NOT NULL AND (finished_at, id) > ($1, $2) AND finished_at <= $3
         ORDER BY finished_at, id LIMIT $4",
        &[at.into(), id.into(), until.into(), limit.into()],
        |row| Ok(Ended { at: row.get(0)?, id: row.get(1)?, project_id: row.get(2)? }),
    )
}
