//! Jobs that wait for a runner, and jobs that runners have.

use super::{Job, job, select};
use crate::directory::columns_of;
use crate::reach::projects_in;
use crate::{Result, Row, Tx};
use countersign_domain::access::Place;
use countersign_domain::ids::{JobId, ProjectId, RunnerId};
use countersign_domain::time::Timestamp;

/// A job that waits for a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub id: JobId,
    /// Its project.
    pub project_id: ProjectId,
    /// The tags a runner must have, as a JSON list.
    pub tags: String,
    /// The branch or tag it runs on.
    pub ref_name: String,
    /// Whether that is a tag.
    pub tag: bool,
    /// Whether the instance's runners serve its project.
    pub shared_runners: bool,
    /// Whether the runners of the groups above serve its project.
    pub group_runners: bool,
}

macro_rules! waiting {
    ($tail:expr) => {
        concat!(
            "SELECT j.id, j.project_id, j.tags, p.shared_runners_enabled, p.group_runners_enabled, q.ref, q.tag
             FROM jobs j JOIN projects p ON p.id = j.project_id JOIN pipelines q ON q.id = j.pipeline_id
             WHERE j.status = 'pending' AND ",
            $tail
        )
    };
}

/// The jobs that wait for a runner after the job `after`, oldest first, at most `limit`; if a runner is given, of the
/// projects that it was made for or given to.
pub fn waiting(tx: &mut Tx<'_>, runner: Option<RunnerId>, after: JobId, limit: i64) -> Result<Vec<Waiting>> {
    let sql = waiting!(
        "j.id > $1 AND (CAST($2 AS BIGINT) IS NULL
           OR j.project_id IN (SELECT project_id FROM runner_projects WHERE runner_id = $2)) ORDER BY j.id LIMIT $3"
    );
    tx.query(sql, &[after.into(), runner.into(), limit.into()], waits)
}

/// That job, if it waits for a runner.
pub fn waiting_one(tx: &mut Tx<'_>, id: JobId) -> Result<Option<Waiting>> {
    tx.query_opt(waiting!("j.id = $1"), &[id.into()], waits)
}

fn waits(row: &Row<'_>) -> Result<Waiting> {
    Ok(Waiting {
        id: row.get(0)?,
        project_id: row.get(1)?,
        tags: row.get(2)?,
        shared_runners: row.get(3)?,
        group_runners: row.get(4)?,
        ref_name: row.get(5)?,
        tag: row.get(6)?,
    })
}

/// The jobs that runners have but have not taken up since `unacknowledged`, or not spoken of since `silent`.
pub fn claimed(tx: &mut Tx<'_>, unacknowledged: Timestamp, silent: Timestamp) -> Result<Vec<JobId>> {
    tx.query(
        "SELECT id FROM jobs WHERE status IN ('running', 'canceling')
         AND ((acknowledged_at IS NULL AND started_at <= $1) OR (acknowledged_at IS NOT NULL AND contacted_at <= $2))
         ORDER BY id",
        &[unacknowledged.into(), silent.into()],
        |row| row.get(0),
    )
}

/// The jobs of a project, or of all below a group, that runners have.
pub fn claimed_in(tx: &mut Tx<'_>, place: Place) -> Result<Vec<Job>> {
    let sql = select!(concat!(
        "WHERE status IN ('running', 'canceling') AND project_id IN (",
        projects_in!(),
        ") ORDER BY id"
    ));
    tx.query(sql, &columns_of(place), job)
}

/// The jobs that waited for a time which has come.
pub fn due(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<JobId>> {
    tx.query(
        "SELECT id FROM jobs WHERE status = 'scheduled' AND scheduled_at <= $1 ORDER BY scheduled_at, id",
        &[now.into()],
        |row| row.get(0),
    )
}

/// The jobs that runners have whose time was up at `by`: their own or that of their project; or of their runner, if that
/// is shorter.
pub fn overdue(tx: &mut Tx<'_>, by: Timestamp) -> Result<Vec<JobId>> {
    tx.query(
        "SELECT j.id FROM jobs j JOIN projects p ON p.id = j.project_id LEFT JOIN runners r ON r.id = j.runner_id
         WHERE j.status IN ('running', 'canceling') AND j.started_at + 1000 *
           CASE WHEN r.maximum_timeout < COALESCE(j.timeout, p.build_timeout) THEN r.maximum_timeout
             ELSE COALESCE(j.timeout, p.build_timeout) END <= $1
         ORDER BY j.id",
        &[by.into()],
        |row| row.get(0),
    )
}
