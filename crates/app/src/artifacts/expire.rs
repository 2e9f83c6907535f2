//! Files whose time is over go away.

use super::shelf::Shelf;
use crate::{App, Failure, Result, Tx};
use countersign_domain::time::Timestamp;
use countersign_store::artifacts::{self, Artifact};

/// How many are removed at once.
const AT_ONCE: i64 = 100;

/// Removes the files whose time is over: first what is known of them, so that nobody is sent to one that is gone.
///
/// # Errors
/// The store's. A file that cannot be removed is only logged.
pub async fn sweep(app: &App, now: Timestamp) -> Result<()> {
    loop {
        let over = app.store.scan(move |tx: &mut Tx<'_>| artifacts::expired(tx, now, AT_ONCE)).await?;
        if over.is_empty() {
            return Ok(());
        }
        remove(app, over, now).await?;
    }
}

/// Removes those of the files whose time is over that nobody has kept since they were listed.
pub(crate) async fn remove(app: &App, over: Vec<Artifact>, now: Timestamp) -> Result<()> {
    let forget = move |tx: &mut Tx<'_>| {
        let mut gone = Vec::new();
        for artifact in &over {
            if artifacts::delete_expired(tx, artifact, now)? {
                gone.push(artifact.clone());
            }
        }
        Ok::<_, Failure>(gone)
    };
    let shelf = Shelf::of(&app.config);
    for artifact in app.store.housekeeping(forget).await? {
        if let Err(why) = shelf.remove(&artifact) {
            tracing::warn!(job = artifact.job_id.0, %why, "a file whose time is over is still there");
        }
    }
    Ok(())
}
