//! Which of the requests that wait is to have which job.

use super::candidates::{Fitting, Queue};
use crate::wake::{Ticket, Wake};
use crate::{Result, Tx};
use countersign_domain::ids::{ProjectId, RunnerId};
use countersign_store::jobs::Waiting;
use countersign_store::many::MOST;
use countersign_store::runners::{self, Runner};
use std::collections::HashSet;
use std::sync::Arc;

/// What decides which runners may take a job: for two jobs alike in this they are the same.
type Likeness = (ProjectId, String, bool, String);

/// Offers each job that waits to the request that has waited longest of those that may take it, and calls that one alone.
/// `anew` says whether the runners that wait are read again, as somebody else may have changed them.
///
/// # Errors
/// The store's.
pub(crate) fn offers(tx: &mut Tx<'_>, wake: &Wake, anew: bool) -> Result<()> {
    let mut queue = Queue::new(None);
    let Some(first) = queue.next(tx)? else { return Ok(()) };
    let offered = wake.offered();
    if anew {
        read_anew(tx, wake)?;
    }
    let mut standing = wake.standing();
    standing.retain(|(_, runner)| !runner.paused);
    let (mut fitting, mut unfit) = (Fitting::default(), HashSet::<Likeness>::new());
    let mut next = Some(first);
    while let Some(job) = next.filter(|_| !standing.is_empty()) {
        let alike = (job.project_id, job.tags.clone(), job.tag, job.ref_name.clone());
        if !offered.contains(&job.id) && !unfit.contains(&alike) {
            match longest(tx, &mut fitting, &standing, &job)? {
                Some(at) => wake.offer(standing.remove(at).0, job.id),
                None => {
                    unfit.insert(alike);
                }
            }
        }
        next = queue.next(tx)?;
    }
    Ok(())
}

/// The first of the requests whose runner may take the job.
fn longest(
    tx: &mut Tx<'_>,
    fitting: &mut Fitting,
    standing: &[(Ticket, Arc<Runner>)],
    job: &Waiting,
) -> Result<Option<usize>> {
    for (at, (_, runner)) in standing.iter().enumerate() {
        if fitting.fits(tx, runner, job)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn read_anew(tx: &mut Tx<'_>, wake: &Wake) -> Result<()> {
    let asked: HashSet<RunnerId> = wake.standing().into_iter().map(|(_, runner)| runner.id).collect();
    let ids: Vec<i64> = asked.iter().map(|id| id.0).collect();
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(MOST) {
        rows.extend(runners::many(tx, some)?);
    }
    wake.renew(&asked, rows);
    Ok(())
}
