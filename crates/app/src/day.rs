//! What a new day changes. Memberships and invitations end at 00:00 UTC without anybody doing anything, and with them the
//! approvals that pending deployments have: that is stored when a day begins, before any list is read on it.

use crate::{App, Result, reassess};
use countersign_domain::event::By;
use countersign_domain::outcome::Ending;
use countersign_domain::time::{Date, Timestamp};
use countersign_store::Intent;
use tokio::sync::Mutex;

/// The last day on which everything pending was re-evaluated; none since the server started.
#[derive(Debug, Default)]
pub struct Day(Mutex<Option<Date>>);

/// Re-evaluates everything pending, if that was not done yet on the day of `now`. Whoever comes meanwhile waits for it.
///
/// # Errors
/// The store's; the next call tries again.
pub async fn begin(app: &App, now: Timestamp) -> Result<()> {
    let mut begun = app.day.0.lock().await;
    if begun.is_none_or(|day| day < now.date()) {
        sweep(app, now).await?;
        *begun = Some(now.date());
    }
    Ok(())
}

/// Re-evaluates everything pending.
///
/// # Errors
/// The store's.
pub async fn sweep(app: &App, now: Timestamp) -> Result<()> {
    let everything = move |tx: &mut crate::Tx<'_>| Ok(Ending::from_events((), reassess::everything(tx, now)?));
    app.store.write(By::default(), now, Intent::Decide, everything).await
}
