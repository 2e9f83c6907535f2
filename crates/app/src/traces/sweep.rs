//! The logs of jobs that are over: packed a while after, removed when their time is over.

use super::{TAIL, Traces, is_erased};
use crate::{App, Result, Tx};
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{Ended, ended};
use countersign_store::settings;
use std::io;

/// How many jobs are looked at in one transaction.
const AT_ONCE: i64 = 100;
/// How long after its end the log of a job is packed, in milliseconds: what may still come of it has come.
const PACKED_AFTER: i64 = 2 * TAIL;

/// What happens to the logs of jobs that ended long enough ago, in the order in which they ended.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pack,
    Remove,
}

/// Packs and removes the logs whose time has come. How far each of both has come is kept in the store.
///
/// # Errors
/// The store's. A log that cannot be packed or removed is only logged, and left as it is.
pub async fn sweep(app: &App, now: Timestamp) -> Result<()> {
    go_on(app, Step::Pack, now.plus_ms(-PACKED_AFTER)).await?;
    match app.config.logs_live_ms {
        Some(life) => go_on(app, Step::Remove, now.plus_ms(-life.max(PACKED_AFTER))).await,
        None => Ok(()),
    }
}

async fn go_on(app: &App, step: Step, until: Timestamp) -> Result<()> {
    loop {
        let look = move |tx: &mut Tx<'_>| {
            let after = settings::get(tx, step.key())?.and_then(|text| Ended::parse_place(&text));
            ended(tx, after, until, AT_ONCE)
        };
        let jobs = app.store.scan(look).await?;
        let Some(last) = jobs.last().copied() else { return Ok(()) };
        for job in jobs {
            let traces = Traces::of(&app.config);
            let done = tokio::task::spawn_blocking(move || step.take(&traces, job)).await;
            let done = done.unwrap_or_else(|gone| Err(io::Error::other(gone)));
            if let Err(why) = done {
                tracing::warn!(job = job.id.0, %why, ?step, "the log of a job that is over was left as it is");
            }
            if is_erased(app, job.id).await? {
                // It was erased while it was packed.
                Traces::of(&app.config).remove(job.project_id, job.id).ok();
            }
        }
        let come = move |tx: &mut Tx<'_>| Ok(settings::set(tx, step.key(), &last.place())?);
        app.store.housekeeping(come).await?;
    }
}

impl Step {
    /// Where it is kept how far this has come.
    fn key(self) -> &'static str {
        match self {
            Step::Pack => "logs_packed_until",
            Step::Remove => "logs_removed_until",
        }
    }

    fn take(self, traces: &Traces, job: Ended) -> io::Result<()> {
        match self {
            Step::Pack => traces.pack(job.project_id, job.id),
            Step::Remove => traces.remove(job.project_id, job.id),
        }
    }
}
