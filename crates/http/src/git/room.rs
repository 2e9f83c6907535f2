//! How many git processes may serve clients at once.

use super::{Failure, Service};
use crate::room::{self, Place};
use std::time::Duration;

/// How many clones and fetches are served at once.
const FETCHES: usize = 16;
/// How many pushes are served at once. They have room of their own, since anybody may fetch what is public.
const PUSHES: usize = 8;

/// Room for git processes.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    fetches: room::Room,
    pushes: room::Room,
}

impl Default for Room {
    fn default() -> Room {
        Room::of(FETCHES, PUSHES)
    }
}

impl Room {
    /// For so many fetches and pushes.
    pub(super) fn of(fetches: usize, pushes: usize) -> Room {
        Room { fetches: room::Room::of(fetches), pushes: room::Room::of(pushes) }
    }

    /// A place for one process, waited for as long as `patience`; it is given back when dropped.
    pub(super) async fn enter(&self, to: Service, patience: Duration) -> Result<Place, Failure> {
        let room = match to {
            Service::UploadPack => &self.fetches,
            Service::ReceivePack => &self.pushes,
        };
        room.enter(patience).await.ok_or(Failure::Busy)
    }
}
