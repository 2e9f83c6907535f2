//! Named threads behind a bounded queue.

use super::job::Job;
use crate::error::{Error, Result};
use std::sync::mpsc::{Receiver, RecvError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

enum Message {
    Run(Box<dyn Job>),
    Stop,
}

/// Threads that take jobs from one queue.
pub(crate) struct Threads {
    sender: SyncSender<Message>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl Threads {
    /// Starts one thread for each worker, named `name-0` and so on. The queue holds `capacity` waiting jobs.
    pub(crate) fn start<W>(name: &str, capacity: usize, workers: Vec<W>) -> Result<Threads>
    where
        W: FnOnce(&Queue) + Send + 'static,
    {
        let (sender, receiver) = sync_channel(capacity);
        let queue = Queue(Arc::new(Mutex::new(receiver)));
        let mut handles = Vec::new();
        for (number, worker) in workers.into_iter().enumerate() {
            let queue = queue.clone();
            let handle = thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || worker(&queue))
                .map_err(|e| Error::Unavailable(format!("cannot start the thread {name}-{number}: {e}")))?;
            handles.push(handle);
        }
        Ok(Threads { sender, handles: Mutex::new(handles) })
    }

    /// Puts a job into the queue; [`Error::Busy`] if it is full.
    pub(crate) fn send(&self, job: Box<dyn Job>) -> Result<()> {
        self.sender.try_send(Message::Run(job)).map_err(|e| match e {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => closed(),
        })
    }

    /// Lets the threads finish what is in the queue, and waits for them.
    pub(crate) fn close(&self) {
        let handles = std::mem::take(&mut *lock(&self.handles));
        for _ in &handles {
            // The threads are gone already if nobody takes it.
            let _ = self.sender.send(Message::Stop);
        }
        for handle in handles {
            // The last owner of a store may be a job of its own: that thread ends by itself.
            if handle.thread().id() != thread::current().id() && handle.join().is_err() {
                tracing::error!("a database thread panicked");
            }
        }
    }
}

/// The end of the queue that the threads take from.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Mutex<Receiver<Message>>>);

impl Queue {
    /// Waits for a job; `None` when this thread should end.
    pub(crate) fn next(&self) -> Option<Box<dyn Job>> {
        match lock(&self.0).recv() {
            Ok(Message::Run(job)) => Some(job),
            Ok(Message::Stop) | Err(RecvError) => None,
        }
    }

    /// Waits for a job and takes those that wait behind it, up to `most`; and whether this thread should end after them.
    pub(crate) fn next_group(&self, most: usize) -> (Vec<Box<dyn Job>>, bool) {
        let mut group: Vec<_> = self.next().into_iter().collect();
        if group.is_empty() {
            return (group, true);
        }
        let receiver = lock(&self.0);
        while group.len() < most {
            match receiver.try_recv() {
                Ok(Message::Run(job)) => group.push(job),
                Ok(Message::Stop) => return (group, true),
                Err(_) => break,
            }
        }
        (group, false)
    }
}

/// What callers of a closed store are told.
pub(crate) fn closed() -> Error {
    Error::Unavailable("the store is closed".into())
}

/// Locks a mutex whose content stays valid even if a thread panicked holding it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
