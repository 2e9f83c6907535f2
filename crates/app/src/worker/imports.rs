//! Fetches repositories from elsewhere when their time has come, a few at a time.

use super::note;
use crate::App;
use crate::imports::{self, Claimed};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(1);
/// After how many of these looks it is said again that the fetches under way are.
const LOOKS_PER_RENEWAL: u64 = 15;
/// How many are fetched at the same time.
const AT_ONCE: usize = 4;

/// Works until `stopped` changes. The server's end ends the fetches under way, which are begun anew later.
pub(super) async fn work(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut fetches, mut claims): (JoinSet<()>, HashMap<Id, Claimed>) = Default::default();
    let mut looks: u64 = 0;
    loop {
        tokio::select! {
            // It only ever changes to "stop"; that its other end is gone means the same.
            _ = stopped.changed() => break,
            Some(ended) = fetches.join_next_with_id() => {
                if let Err(error) = &ended {
                    tracing::error!(%error, "a fetch from elsewhere broke off");
                }
                claims.remove(&ended.map_or_else(|e| e.id(), |(id, ())| id));
                continue;
            }
            _ = ticks.tick() => {}
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(LOOKS_PER_RENEWAL) && !claims.is_empty() {
            let held = claims.values().copied().collect();
            note("fetches under way", imports::renew(&app, held, crate::now()).await);
        }
        match imports::claim(&app, AT_ONCE - claims.len().min(AT_ONCE), crate::now()).await {
            Err(error) => note("fetches that are due", Err(error)),
            Ok(due) => {
                for claim in due {
                    let shared = Arc::clone(&app);
                    let task = fetches.spawn_blocking(move || imports::run(&shared, claim));
                    claims.insert(task.id(), claim);
                }
            }
        }
    }
    while fetches.join_next().await.is_some() {}
}
