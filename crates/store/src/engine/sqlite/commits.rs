//! How many commits this process has made, so that readers know without a look whether anything can have changed.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count of commits, between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count(u64);

/// Counts commits.
#[derive(Debug, Default)]
pub(super) struct Commits(
    /// Twice the number of those made, and one more while one is under way.
    AtomicU64,
);

impl Commits {
    /// How many there were; none while one is under way, as nobody knows then whether readers see it already.
    pub(super) fn count(&self) -> Option<Count> {
        let count = self.0.load(Ordering::SeqCst);
        count.is_multiple_of(2).then_some(Count(count))
    }

    /// Commits: only one at a time.
    pub(super) fn during<T>(&self, commit: impl FnOnce() -> T) -> T {
        self.0.fetch_add(1, Ordering::SeqCst);
        let done = commit();
        self.0.fetch_add(1, Ordering::SeqCst);
        done
    }
}
