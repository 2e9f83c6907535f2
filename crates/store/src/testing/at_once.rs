//! Two use cases at the same instant.

use crate::{Dialect, Failure, Intent, Result, Store, Tx};
use countersign_domain::event::By;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How often the open transaction looks whether somebody waits for it.
const LOOK: Duration = Duration::from_millis(5);
/// How many looks are enough for anything.
const MOST_LOOKS: usize = 6_000;

/// Tells that something ended, even by a panic.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs a decision, and `second` while its transaction is still open: that is kept so until `second` has ended or waits for
/// it. On SQLite, which has one writer, one runs after the other.
///
/// # Panics
/// If `second` does, or if neither happens.
pub fn at_once<T: Send + 'static, U>(
    store: &Store,
    now: Timestamp,
    first: impl Fn(&mut Tx<'_>) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
    second: impl FnOnce() -> U,
) -> (Result<T, Failure>, U) {
    if store.dialect() == Dialect::Sqlite {
        let ended = store.write_blocking(By::default(), now, Intent::Decide, first);
        return (ended, second());
    }
    let (open, opened) = mpsc::channel();
    let ended = Ended(Arc::new(AtomicBool::new(false)));
    let over = Arc::clone(&ended.0);
    let held = move |tx: &mut Tx<'_>| {
        let ending = first(tx)?;
        let _ = open.send(());
        for _ in 0..MOST_LOOKS {
            if over.load(Ordering::SeqCst) || somebody_waits(tx)? {
                return Ok(ending);
            }
            thread::sleep(LOOK);
        }
        panic!("the second neither ends nor waits");
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| store.write_blocking(By::default(), now, Intent::Decide, held));
        // A first that is refused opens nothing.
        let _ = opened.recv();
        let second = second();
        drop(ended);
        (first.join().expect("the first ends"), second)
    })
}

/// Whether another transaction waits for a lock of this one.
fn somebody_waits(tx: &mut Tx<'_>) -> Result<bool> {
    let sql = "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1";
    Ok(tx.query_opt(sql, &[], |_| Ok(()))?.is_some())
}
