//! Wakes the requests of runners that wait for a job.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// A bell that any change rings that may have put a job into the queue.
#[derive(Debug)]
pub struct Wake {
    rung: watch::Sender<u64>,
    closing: AtomicBool,
}

impl Default for Wake {
    fn default() -> Wake {
        Wake { rung: watch::channel(0).0, closing: AtomicBool::new(false) }
    }
}

impl Wake {
    /// Rings: whoever waits looks into the queue again.
    pub fn runners(&self) {
        self.rung.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    /// What rings whenever the bell is rung from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }

    /// Sends everybody home who waits, now and later: the server ends.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.runners();
    }

    /// Whether nobody is to wait any longer.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }
}
