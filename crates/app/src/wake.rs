//! Wakes requests that wait: those of runners for a job, and those of pages for something to show.

mod hall;
mod quiet;

pub use hall::{Call, Seat, Ticket};

use countersign_domain::ids::{JobId, RunnerId};
use countersign_domain::time::Timestamp;
use countersign_store::runners::Runner;
use hall::Hall;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::watch;

/// Bells that requests wait for.
#[derive(Debug)]
pub struct Wake {
    rung: watch::Sender<u64>,
    logs: watch::Sender<u64>,
    closing: watch::Sender<bool>,
    hall: Hall,
    quiet: quiet::Quiet,
}

impl Default for Wake {
    fn default() -> Wake {
        Wake {
            rung: watch::channel(0).0,
            logs: watch::channel(0).0,
            closing: watch::channel(false).0,
            hall: Hall::default(),
            quiet: quiet::Quiet::default(),
        }
    }
}

impl Wake {
    /// A job may have been put into the queue: who of those that wait is to have it is looked up anew.
    pub fn runners(&self) {
        ring(&self.rung);
    }

    /// What rings for runners from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.rung.subscribe()
    }

    /// How often it has rung for runners.
    pub fn rung(&self) -> u64 {
        *self.rung.borrow()
    }

    /// The runner with the token of that hash, if nothing has rung since a look of the last seconds found nothing for it.
    pub(crate) fn quiet(&self, hash: &[u8], now: Timestamp) -> Option<Arc<Runner>> {
        self.quiet.runner(hash, self.rung(), now)
    }

    /// A look at the queue, begun when it had rung so often, found nothing for the runner with the token of that hash.
    pub(crate) fn note_quiet(&self, hash: Vec<u8>, runner: &Arc<Runner>, rung: u64, now: Timestamp) {
        self.quiet.note(hash, runner, rung, now);
    }

    /// A seat for a request of that runner, which is called from it when there is a job for it; none once the server ends.
    pub fn seat(&self, runner: Arc<Runner>) -> Option<Seat<'_>> {
        let (ticket, call) = self.hall.enter(runner)?;
        Some(Seat::new(self, ticket, call))
    }

    /// A runner was changed: whatever waits for it looks for itself.
    pub fn runner(&self, id: RunnerId) {
        // No earlier look is good any more.
        self.runners();
        self.hall.recall(|runner| runner.id == id);
    }

    /// Whether any request waits.
    pub(crate) fn is_awaited(&self) -> bool {
        self.hall.is_awaited()
    }

    /// The requests that wait and were not called yet, in the order they came.
    pub(crate) fn standing(&self) -> Vec<(Ticket, Arc<Runner>)> {
        self.hall.standing()
    }

    /// The jobs that were offered to requests which have not said yet what came of it.
    pub(crate) fn offered(&self) -> HashSet<JobId> {
        self.hall.offered()
    }

    /// Calls a request to take a job, unless it has gone.
    pub(crate) fn offer(&self, ticket: Ticket, job: JobId) {
        self.hall.offer(ticket, job);
    }

    /// Goes by these rows of the runners `asked` for from now on; requests of those without a row look for themselves.
    pub(crate) fn renew(&self, asked: &HashSet<RunnerId>, rows: Vec<Runner>) {
        self.hall.renew(asked, rows);
    }

    fn leave(&self, ticket: Ticket, settled: bool) {
        if self.hall.leave(ticket) && !settled {
            // It was offered a job and went away: somebody else is to have it.
            self.runners();
        }
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
        self.hall.close();
        self.runners();
    }

    /// What becomes true when nobody is to wait any longer.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }
}

fn ring(bell: &watch::Sender<u64>) {
    bell.send_modify(|rung| *rung = rung.wrapping_add(1));
}
