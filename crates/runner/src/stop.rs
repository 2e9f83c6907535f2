//! The order to end a running job early, and who may give it.

use tokio::sync::watch;

/// Why a job is to end early; a later kind overrules an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    /// The job was cancelled: end its script, then run `after_script`.
    Cancel,
    /// The runner is stopped: end the script and nothing more.
    Shutdown,
    /// The job is over for the server: end everything.
    Abort,
}

/// The giving end of the order.
pub(crate) struct Stopper(watch::Sender<Option<Stop>>);

/// The obeying end of the order.
#[derive(Clone)]
pub(crate) struct Stopped(watch::Receiver<Option<Stop>>);

/// Both ends, with no order given yet.
pub(crate) fn channel() -> (Stopper, Stopped) {
    let (sender, receiver) = watch::channel(None);
    (Stopper(sender), Stopped(receiver))
}

impl Stopper {
    /// Gives the order, unless one as strong was given before.
    pub(crate) fn raise(&self, stop: Stop) {
        self.0.send_if_modified(|given| {
            let stronger = *given < Some(stop);
            if stronger {
                *given = Some(stop);
            }
            stronger
        });
    }
}

impl Stopped {
    /// The strongest order given.
    pub(crate) fn given(&self) -> Option<Stop> {
        *self.0.borrow()
    }

    /// Waits for an order stronger than `heeded`. When nobody is left to give one, the job has no owner: abort.
    pub(crate) async fn stronger_than(&mut self, heeded: Option<Stop>) -> Stop {
        match self.0.wait_for(|given| *given > heeded).await {
            Ok(given) => given.unwrap_or(Stop::Abort),
            Err(_) => Stop::Abort,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Stop, channel};

    #[tokio::test]
    async fn a_stronger_order_overrules_a_weaker_one() {
        let (stopper, mut stopped) = channel();
        assert_eq!(stopped.given(), None);
        stopper.raise(Stop::Shutdown);
        stopper.raise(Stop::Cancel);
        assert_eq!(stopped.stronger_than(None).await, Stop::Shutdown);
        drop(stopper);
        assert_eq!(stopped.stronger_than(Some(Stop::Shutdown)).await, Stop::Abort);
    }
}
