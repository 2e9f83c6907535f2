//! What stands at many environments at once, and what is on its way there.

use super::{Deployment, joined, read, select};
use crate::many::{ids, params};
use crate::{Result, Tx};

/// The latest successful deployment to each of the environments with those ids (at most [`crate::many::MOST`]), by the
/// time it finished: as [`crate::environments::last_success`] tells of one.
pub fn current(tx: &mut Tx<'_>, environments: &[i64]) -> Result<Vec<Deployment>> {
    tx.query(
        select!(concat!(
            "WHERE d.id IN (SELECT (SELECT s.id FROM deployments s WHERE s.environment_id = w.id
               AND s.status = 'success' ORDER BY s.finished_at DESC, s.id DESC LIMIT 1)
               FROM environments w WHERE w.id IN (",
            ids!(),
            "))"
        )),
        &params(environments),
        read,
    )
}

/// What has not ended at the environments with those ids (at most [`crate::many::MOST`]), the latest first.
pub fn unfinished(tx: &mut Tx<'_>, environments: &[i64]) -> Result<Vec<Deployment>> {
    tx.query(
        select!(concat!(
            "WHERE d.environment_id IN (",
            ids!(),
            ") AND d.status IN ('created', 'blocked', 'running') ORDER BY d.id DESC LIMIT 100"
        )),
        &params(environments),
        read,
    )
}
