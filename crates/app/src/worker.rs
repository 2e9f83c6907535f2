//! What the server does by itself, every few seconds, until it stops.

use crate::{App, Failure, day, lost_jobs, push};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often it looks around.
const EVERY: Duration = Duration::from_secs(3);
/// After how many rounds pushes are followed that were not.
const ROUNDS_PER_MINUTE: u64 = 20;
/// After how many rounds everything pending is re-evaluated, should something have been decided across midnight.
const ROUNDS_PER_HOUR: u64 = 60 * ROUNDS_PER_MINUTE;
/// How many audit records are sealed at once.
const SEAL_BATCH: u32 = 1000;

/// Works until `shutdown` completes; a round that has begun is finished. What fails is logged and tried again.
pub async fn work(app: Arc<App>, shutdown: impl Future<Output = ()> + Send) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shutdown = std::pin::pin!(shutdown);
    let mut round: u64 = 0;
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = ticks.tick() => {}
        }
        note("jobs without a runner", lost_jobs::sweep(&app, crate::now()).await);
        note("the audit chain", seal(&app).await);
        note("the beginning of the day", day::begin(&app, crate::now()).await);
        if round.is_multiple_of(ROUNDS_PER_MINUTE) {
            settle_spool(&app).await;
        }
        if round > 0 && round.is_multiple_of(ROUNDS_PER_HOUR) {
            note("deployments that time has changed", day::sweep(&app, crate::now()).await);
        }
        round = round.wrapping_add(1);
    }
}

fn note(what: &str, done: Result<(), Failure>) {
    if let Err(error) = done {
        tracing::error!(%error, what, "the worker failed; it tries again");
    }
}

async fn seal(app: &App) -> Result<(), Failure> {
    while app.store.seal_audit(SEAL_BATCH).await? >= SEAL_BATCH as usize {}
    Ok(())
}

async fn settle_spool(app: &Arc<App>) {
    let app = Arc::clone(app);
    match tokio::task::spawn_blocking(move || push::settle_spool(&app)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the push spool could not be followed; it is tried again"),
        Err(error) => tracing::error!(%error, "following the push spool broke off"),
    }
}
