//! Where requests of runners wait for a job, in the order they came. Whoever is called has one job offered to it alone, so
//! that a job that becomes ready wakes one of a thousand requests and not all of them. An offer decides nothing: the
//! transaction that hands the job out does.

use super::Wake;
use countersign_domain::ids::{JobId, RunnerId};
use countersign_store::runners::Runner;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Which request waits; earlier ones are smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What a request that waits is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// To take that job.
    Take(JobId),
    /// To look for itself: its runner was changed.
    Look,
    /// To go home: the server ends.
    Leave,
}

/// The requests that wait.
#[derive(Debug, Default)]
pub(super) struct Hall(Mutex<Room>);

#[derive(Debug, Default)]
struct Room {
    closed: bool,
    tickets: u64,
    waiting: BTreeMap<Ticket, Waiting>,
    offered: HashSet<JobId>,
}

#[derive(Debug)]
struct Waiting {
    runner: Arc<Runner>,
    /// Gone once it was called.
    caller: Option<oneshot::Sender<Call>>,
    offer: Option<JobId>,
}

impl Waiting {
    fn call(&mut self, what: Call) {
        if let Some(caller) = self.caller.take() {
            // One that does not listen any more is about to leave its seat.
            let _ = caller.send(what);
        }
    }
}

impl Hall {
    fn room(&self) -> MutexGuard<'_, Room> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request in; none once the hall is closed.
    pub(super) fn enter(&self, runner: Arc<Runner>) -> Option<(Ticket, oneshot::Receiver<Call>)> {
        let (caller, call) = oneshot::channel();
        let mut room = self.room();
        if room.closed {
            return None;
        }
        room.tickets += 1;
        let ticket = Ticket(room.tickets);
        room.waiting.insert(ticket, Waiting { runner, caller: Some(caller), offer: None });
        Some((ticket, call))
    }

    /// Whether anybody is there.
    pub(super) fn is_awaited(&self) -> bool {
        !self.room().waiting.is_empty()
    }

    /// Those that were not called yet, in the order they came.
    pub(super) fn standing(&self) -> Vec<(Ticket, Arc<Runner>)> {
        let room = self.room();
        let standing = room.waiting.iter().filter(|(_, it)| it.caller.is_some());
        standing.map(|(ticket, it)| (*ticket, Arc::clone(&it.runner))).collect()
    }

    pub(super) fn offered(&self) -> HashSet<JobId> {
        self.room().offered.clone()
    }

    /// Offers a job to a request, unless that has gone or was called already, or the job is offered to another.
    pub(super) fn offer(&self, ticket: Ticket, job: JobId) {
        let room = &mut *self.room();
        let Some(waiting) = room.waiting.get_mut(&ticket).filter(|it| it.caller.is_some()) else { return };
        if room.offered.insert(job) {
            waiting.offer = Some(job);
            waiting.call(Call::Take(job));
        }
    }

    /// Makes the requests of some runners look for themselves.
    pub(super) fn recall(&self, which: impl Fn(&Runner) -> bool) {
        for waiting in self.room().waiting.values_mut().filter(|it| which(&it.runner)) {
            waiting.call(Call::Look);
        }
    }

    /// Goes by these rows of the runners `asked` for; requests of those without a row look for themselves.
    pub(super) fn renew(&self, asked: &HashSet<RunnerId>, rows: Vec<Runner>) {
        let rows: HashMap<RunnerId, Arc<Runner>> = rows.into_iter().map(|row| (row.id, Arc::new(row))).collect();
        for waiting in self.room().waiting.values_mut().filter(|it| asked.contains(&it.runner.id)) {
            match rows.get(&waiting.runner.id) {
                Some(row) => waiting.runner = Arc::clone(row),
                None => waiting.call(Call::Look),
            }
        }
    }

    /// Lets a request go; whether it had an offer.
    pub(super) fn leave(&self, ticket: Ticket) -> bool {
        let mut room = self.room();
        let offer = room.waiting.remove(&ticket).and_then(|gone| gone.offer);
        offer.is_some_and(|job| room.offered.remove(&job))
    }

    pub(super) fn close(&self) {
        let mut room = self.room();
        room.closed = true;
        for waiting in room.waiting.values_mut() {
            waiting.call(Call::Leave);
        }
    }
}

/// A request's place in the hall, until it is dropped.
#[derive(Debug)]
pub struct Seat<'w> {
    wake: &'w Wake,
    ticket: Ticket,
    call: oneshot::Receiver<Call>,
    settled: bool,
}

impl<'w> Seat<'w> {
    pub(super) fn new(wake: &'w Wake, ticket: Ticket, call: oneshot::Receiver<Call>) -> Seat<'w> {
        Seat { wake, ticket, call, settled: false }
    }

    /// Waits until it is called; not to be asked again after that.
    pub async fn called(&mut self) -> Call {
        (&mut self.call).await.unwrap_or(Call::Leave)
    }

    /// What was offered was tried, so that nobody else needs to be called for it.
    pub fn settle(mut self) {
        self.settled = true;
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.wake.leave(self.ticket, self.settled);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fixture::runner;

    const JOB: JobId = JobId(7);

    #[tokio::test]
    async fn a_job_calls_one_request_and_the_next_if_that_one_goes_away() {
        let wake = Wake::default();
        let mut first = wake.seat(Arc::new(runner(1))).unwrap();
        let mut second = wake.seat(Arc::new(runner(2))).unwrap();
        assert_eq!(wake.standing().len(), 2);
        wake.offer(first.ticket, JOB);
        // While it is offered, nobody else is called for it.
        wake.offer(second.ticket, JOB);
        assert_eq!(first.called().await, Call::Take(JOB));
        assert_eq!(wake.standing().iter().map(|(_, runner)| runner.id.0).collect::<Vec<_>>(), [2]);
        assert!(wake.offered().contains(&JOB));
        let rung = wake.rung();
        drop(first);
        assert!(wake.offered().is_empty() && wake.rung() != rung);
        wake.offer(second.ticket, JOB);
        assert_eq!(second.called().await, Call::Take(JOB));
        let rung = wake.rung();
        second.settle();
        assert!(wake.offered().is_empty() && wake.rung() == rung && wake.standing().is_empty());
    }

    #[tokio::test]
    async fn changed_runners_look_for_themselves_and_closing_sends_home() {
        let wake = Wake::default();
        let [mut one, mut two, mut three] = [1, 2, 3].map(|id| wake.seat(Arc::new(runner(id))).unwrap());
        wake.runner(RunnerId(1));
        assert_eq!(one.called().await, Call::Look);
        wake.renew(&HashSet::from([2, 3].map(RunnerId)), vec![Runner { paused: true, ..runner(3) }]);
        assert_eq!(two.called().await, Call::Look);
        assert!(wake.standing().iter().all(|(_, runner)| runner.paused));
        wake.close();
        assert_eq!(three.called().await, Call::Leave);
        assert!(wake.seat(Arc::new(runner(4))).is_none());
    }
}
