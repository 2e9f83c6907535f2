//! Wakes requests that wait: those of runners for a job, and those of pages for something to show.

use tokio::sync::watch;

/// Bells that requests wait for.
#[derive(Debug)]
pub struct Wake {
    rung: watch::Sender<u64>,
    logs: watch::Sender<u64>,
    closing: watch::Sender<bool>,
}

impl Default for Wake {
    fn default() -> Wake {
        Wake { rung: watch::channel(0).0, logs: watch::channel(0).0, closing: watch::channel(false).0 }
    }
}

impl Wake {
    /// A job may have been put into the queue: whoever waits looks into it again.
    pub fn runners(&self) {
        ring(&self.rung);
    }

    /// What rings for runners from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }

    /// A log has grown.
    pub fn readers(&self) {
        ring(&self.logs);
    }

    /// What rings for readers of logs from now on.
    pub fn logs(&self) -> watch::Receiver<u64> {
        self.logs.subscribe()
    }

    /// Sends everybody home who waits, now and later: the server ends.
    pub fn close(&self) {
        self.closing.send_replace(true);
        self.runners();
    }

    /// Whether nobody is to wait any longer.
    pub fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// What becomes true when nobody is to wait any longer.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }
}

fn ring(bell: &watch::Sender<u64>) {
    bell.send_modify(|rung| *rung = rung.wrapping_add(1));
}
