//! How many git processes may serve clients at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Failure, Service};

/// How many clones and fetches are served at once.
const FETCHES: usize = 16;
/// How many pushes are served at once. They have room of their own, since anybody may fetch what is public.
const PUSHES: usize = 8;

/// Room for git processes.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    fetches: Arc<Semaphore>,
    pushes: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Room {
        Room::of(FETCHES, PUSHES)
    }
}

impl Room {
    /// For so many fetches and pushes.
    pub(super) fn of(fetches: usize, pushes: usize) -> Room {
        Room { fetches: Arc::new(Semaphore::new(fetches)), pushes: Arc::new(Semaphore::new(pushes)) }
    }

    /// A place for one process, waited for as long as `patience`; it is given back when dropped.
    pub(super) async fn enter(&self, to: Service, patience: Duration) -> Result<OwnedSemaphorePermit, Failure> {
        let places = match to {
            Service::UploadPack => &self.fetches,
            Service::ReceivePack => &self.pushes,
        };
        let place = tokio::time::timeout(patience, Arc::clone(places).acquire_owned()).await;
        place.ok().and_then(Result::ok).ok_or(Failure::Busy)
    }
}
