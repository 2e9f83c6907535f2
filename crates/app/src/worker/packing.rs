//! Looks now and then for repositories in which much lies about.

use crate::{App, packing};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10 * 60);

/// Works until `stopped` changes.
pub(super) async fn work(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first comes at once, when a server has better things to do.
    ticks.tick().await;
    loop {
        tokio::select! {
            // It only ever changes to "stop"; that its other end is gone means the same.
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        let shared = Arc::clone(&app);
        if let Err(error) = tokio::task::spawn_blocking(move || packing::sweep(&shared)).await {
            tracing::error!(%error, "packing repositories broke off");
        }
    }
}
