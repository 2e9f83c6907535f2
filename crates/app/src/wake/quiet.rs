//! Runners for which nothing waited when they asked last: until something comes into the queue there is no need to look.

use countersign_domain::time::Timestamp;
use countersign_store::runners::Runner;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a look is good for, in milliseconds: what other servers do to a runner is noticed after that.
const GOOD_FOR: i64 = 5_000;
/// How many runners are remembered before all are forgotten.
const MOST: usize = 20_000;

/// What was found for whom.
#[derive(Debug, Default)]
pub(super) struct Quiet(Mutex<HashMap<Vec<u8>, Look>>);

/// A look at the queue that found nothing.
#[derive(Debug)]
struct Look {
    runner: Arc<Runner>,
    /// How often it had rung before the look.
    rung: u64,
    at: Timestamp,
}

impl Quiet {
    /// The runner with the token of that hash, if nothing has rung since a late look found nothing for it.
    pub(super) fn runner(&self, hash: &[u8], rung: u64, now: Timestamp) -> Option<Arc<Runner>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look = known.get(hash).filter(|look| look.rung == rung && (0..GOOD_FOR).contains(&now.since(look.at)))?;
        Some(Arc::clone(&look.runner))
    }

    /// A look found nothing for the runner with the token of that hash.
    pub(super) fn note(&self, hash: Vec<u8>, runner: &Arc<Runner>, rung: u64, at: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(hash, Look { runner: Arc::clone(runner), rung, at });
    }
}
