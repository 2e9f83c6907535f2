//! Wakes the requests of runners that wait for a job.

use tokio::sync::watch;

/// A bell that any change rings that may have put a job into the queue.
#[derive(Debug)]
pub struct Wake(watch::Sender<u64>);

impl Default for Wake {
    fn default() -> Wake {
        Wake(watch::channel(0).0)
    }
}

impl Wake {
    /// Rings: whoever waits looks into the queue again.
    pub fn runners(&self) {
        self.0.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    /// What rings whenever the bell is rung from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
