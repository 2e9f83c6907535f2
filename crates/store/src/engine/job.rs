//! A use case on its way to the thread that runs it, and its answer on the way back.

use super::tx::Tx;
use crate::error::Error;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// What a change decides about, and so what it must not run beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Decides under the rules as they are (a vote, a claim, a start): runs beside other decisions.
    Decide,
    /// Changes the rules or who fulfils them (a protection, a membership, a transfer): runs alone.
    Edit,
}

/// What sort of transaction a job needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One snapshot, no changes.
    Read,
    /// A recorded change. The key, which its records carry, settles a commit whose outcome is unknown.
    Write { intent: Intent, key: Option<String> },
    /// A change nobody decides: no record, and no lock on the rules.
    Housekeeping,
}

/// What a job made of its transaction.
pub(crate) struct Settled<T, E> {
    /// Whether its changes are to be kept.
    pub(crate) keep: bool,
    /// What the caller is told, once that is durable.
    pub(crate) answer: Result<T, E>,
}

impl<T, E> Settled<T, E> {
    /// Keeps nothing.
    pub(crate) fn drop_with(answer: Result<T, E>) -> Settled<T, E> {
        Settled { keep: false, answer }
    }
}

/// A use case with its caller, whatever its types.
pub(crate) trait Job: Send {
    /// What sort of transaction it needs.
    fn mode(&self) -> &Mode;
    /// Runs it, holding back its answer; whether its changes are to be kept. May be called again if they were not.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Gives the caller the answer of the last run.
    fn answer(self: Box<Self>);
    /// Gives the caller this error instead.
    fn fail(self: Box<Self>, error: Error);
}

struct Task<T, E, F> {
    mode: Mode,
    work: F,
    answer: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

/// A job that does `work`, and where its answer will arrive.
pub(crate) fn task<T, E, F>(mode: Mode, work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(&mut Tx<'_>) -> Settled<T, E> + Send + 'static,
{
    let (caller, answer) = oneshot::channel();
    (Box::new(Task { mode, work, answer: None, caller }), answer)
}

impl<T, E, F> Job for Task<T, E, F>
where
    T: Send,
    E: From<Error> + Send,
    F: Fn(&mut Tx<'_>) -> Settled<T, E> + Send,
{
    fn mode(&self) -> &Mode {
        &self.mode
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let settled = guarded(tx, &self.work);
        self.answer = Some(settled.answer);
        settled.keep
    }

    fn answer(self: Box<Self>) {
        let answer = self.answer.unwrap_or_else(|| Err(Error::Unavailable("the request was not run".into()).into()));
        // A caller that went away needs no answer.
        let _ = self.caller.send(answer);
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.caller.send(Err(error.into()));
    }
}

/// Runs `work`; keeps nothing of one that panicked or that passed over a failed statement.
pub(crate) fn guarded<T, E: From<Error>>(
    tx: &mut Tx<'_>,
    work: &impl Fn(&mut Tx<'_>) -> Settled<T, E>,
) -> Settled<T, E> {
    // Unwind safe: a transaction that was panicked through is rolled back and never looked at again.
    let settled = match catch_unwind(AssertUnwindSafe(|| work(tx))) {
        Ok(settled) => settled,
        Err(panic) => return Settled::drop_with(Err(panicked(panic.as_ref()).into())),
    };
    match tx.fault() {
        None => settled,
        Some(fault) => {
            let answer = settled.answer.and_then(|_| Err(fault.error.clone().into()));
            Settled::drop_with(answer)
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into());
    tracing::error!(panic = %text, "a use case panicked; its changes were rolled back");
    Error::Database(format!("panicked: {text}"))
}
