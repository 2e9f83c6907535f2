//! The order in which the pushes of one project are followed.

use countersign_domain::ids::ProjectId;
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Keeps the pushes of one project from being followed at the same time, so that the ledger moves in order. Projects do
/// not wait for each other.
#[derive(Debug, Default)]
pub struct Turns {
    taken: Mutex<BTreeSet<ProjectId>>,
    returned: Condvar,
}

/// The turn of a project; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn<'t> {
    of: &'t Turns,
    project: ProjectId,
}

impl Turns {
    /// Waits for the turn of a project.
    pub(super) fn take(&self, project: ProjectId) -> Turn<'_> {
        let free = self.returned.wait_while(self.taken(), |taken| taken.contains(&project));
        free.unwrap_or_else(PoisonError::into_inner).insert(project);
        Turn { of: self, project }
    }

    fn taken(&self) -> MutexGuard<'_, BTreeSet<ProjectId>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.of.taken().remove(&self.project);
        self.of.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    #[test]
    fn a_project_waits_for_its_own_turn_and_for_no_others() {
        let (turns, ended) = (Turns::default(), AtomicBool::new(false));
        let first = turns.take(ProjectId(1));
        drop(turns.take(ProjectId(17)));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _second = turns.take(ProjectId(1));
                assert!(ended.load(Ordering::SeqCst));
            });
            std::thread::sleep(Duration::from_millis(50));
            ended.store(true, Ordering::SeqCst);
            drop(first);
        });
    }
}
