//! Gives resources that became free to the jobs that wait for them: as soon as anything rings that may have freed one.

use super::{EVERY, note};
use crate::{App, resource_groups};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::timeout;

/// Works until `stopped` changes.
pub(super) async fn work(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    loop {
        let mut bell = app.wake.listen();
        note("resources that are free", resource_groups::sweep(&app, crate::now()).await);
        tokio::select! {
            // It only ever changes to "stop"; that its other end is gone means the same.
            _ = stopped.changed() => break,
            // Whether it rang or the time was up, it looks again.
            _ = timeout(EVERY, bell.changed()) => {}
        }
    }
}
