//! Offers jobs to the requests of runners that wait: as soon as anything rings that may have put one into the queue.

use super::note;
use crate::{App, Failure, claim};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// The queue is looked at this often even if nothing rings: other servers may share the database.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Works until `stopped` changes.
pub(crate) async fn work(app: &App, mut stopped: watch::Receiver<bool>) {
    let mut anew = false;
    loop {
        let mut bell = app.wake.listen();
        note("offering jobs to runners", offer(app, anew).await);
        anew = tokio::select! {
            // It only ever changes to "stop"; that its other end is gone means the same.
            _ = stopped.changed() => break,
            rang = timeout(LOOK_EVERY, bell.changed()) => rang.is_err(),
        };
    }
}

async fn offer(app: &App, anew: bool) -> Result<(), Failure> {
    if !app.wake.is_awaited() {
        return Ok(());
    }
    let wake = Arc::clone(&app.wake);
    app.store.read(move |tx| claim::offers(tx, &wake, anew)).await
}
