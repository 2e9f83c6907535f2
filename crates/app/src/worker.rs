//! What the server does by itself, every few seconds, until it stops.

mod imports;
mod packing;
mod resources;
pub(crate) mod runners;
mod spool;

use crate::{App, Failure, artifacts, day, delayed_jobs, environments, lost_jobs, overdue_jobs, traces};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// How often it looks around.
const EVERY: Duration = Duration::from_secs(3);
/// After how many rounds everything pending is re-evaluated, should something have been decided across midnight.
const ROUNDS_PER_HOUR: u64 = 60 * 20;
/// How many audit records are sealed at once.
const SEAL_BATCH: u32 = 1000;

/// Works until `shutdown` completes; a round that has begun is finished. What fails is logged and tried again.
pub async fn work(app: Arc<App>, shutdown: impl Future<Output = ()> + Send) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shutdown = std::pin::pin!(shutdown);
    let (stop, stopped) = watch::channel(false);
    let spool = tokio::spawn(spool::work(Arc::clone(&app), stopped.clone()));
    let fetches = tokio::spawn(imports::work(Arc::clone(&app), stopped.clone()));
    let packing = tokio::spawn(packing::work(Arc::clone(&app), stopped.clone()));
    let resources = tokio::spawn(resources::work(Arc::clone(&app), stopped.clone()));
    let of = Arc::clone(&app);
    let runners = tokio::spawn(async move { runners::work(&of, stopped).await });
    let listening_since = crate::now();
    let mut round: u64 = 0;
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = ticks.tick() => {}
        }
        note("jobs without a runner", lost_jobs::sweep(&app, listening_since, crate::now()).await);
        note("jobs whose time has come", delayed_jobs::sweep(&app, crate::now()).await);
        note("jobs past their time", overdue_jobs::sweep(&app, crate::now()).await);
        note("files whose time is over", artifacts::sweep(&app, crate::now()).await);
        note("the logs of jobs that are over", traces::sweep(&app, crate::now()).await);
        let again = round.is_multiple_of(ROUNDS_PER_HOUR);
        note("environments whose time has come", environments::sweep(&app, crate::now(), again).await);
        note("the audit chain", seal(&app).await);
        note("the beginning of the day", day::begin(&app, crate::now()).await);
        if round > 0 && round.is_multiple_of(ROUNDS_PER_HOUR) {
            note("deployments that time has changed", day::sweep(&app, crate::now()).await);
        }
        round = round.wrapping_add(1);
    }
    stop.send_replace(true);
    let tasks = [
        ("following the push spool", spool),
        ("fetching from elsewhere", fetches),
        ("packing repositories", packing),
        ("giving resources to jobs", resources),
        ("offering jobs", runners),
    ];
    for (what, task) in tasks {
        if let Err(error) = task.await {
            tracing::error!(%error, what, "a task of the worker broke off");
        }
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
