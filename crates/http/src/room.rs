//! Room for so many at once of what is slow or large. Who finds none waits for a while.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for room.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A place in a room; given back when dropped.
pub(crate) type Place = OwnedSemaphorePermit;

/// Room for so many.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    /// For that many.
    pub(crate) fn of(places: usize) -> Room {
        Room(Arc::new(Semaphore::new(places)))
    }

    /// A place, waited for as long as `patience`. Work that goes on when its client has gone must hold it itself.
    pub(crate) async fn enter(&self, patience: Duration) -> Option<Place> {
        let place = tokio::time::timeout(patience, Arc::clone(&self.0).acquire_owned()).await;
        place.ok().and_then(Result::ok)
    }

    /// One that nobody gets into, and that nobody waits for.
    #[cfg(test)]
    pub(crate) fn closed() -> Room {
        let room = Room::of(0);
        room.0.close();
        room
    }
}
