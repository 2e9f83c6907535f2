//! Files whose time is over go away.

use super::shelf::Shelf;
use crate::{App, Failure, Result, Tx};
use countersign_domain::time::Timestamp;
use countersign_store::artifacts;

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
        let gone = over.clone();
        let forget = move |tx: &mut Tx<'_>| {
            gone.iter().try_for_each(|artifact| artifacts::delete(tx, artifact)).map_err(Failure::from)
        };
        app.store.housekeeping(forget).await?;
        let shelf = Shelf::of(&app.config);
        for artifact in &over {
            if let Err(why) = shelf.remove(artifact) {
                tracing::warn!(job = artifact.job_id.0, %why, "a file whose time is over is still there");
            }
        }
    }
}
