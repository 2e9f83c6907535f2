//! How many streams may be open: in all, of one person, and of one session.

use crate::reply::ApiError;
use countersign_domain::ids::{SessionId, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many streams may be open at once. Each takes a connection, of which the listener has eight times as many.
const IN_ALL: usize = 1000;
/// How many of one session: browsers open no more connections to one server.
const OF_SESSION: usize = 6;
/// How many of one person, with all their browsers.
const OF_PERSON: usize = 24;
/// After how many seconds a client may try again that has too many.
const TRY_AGAIN: u64 = 30;

/// Room for streams.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    all: Arc<Semaphore>,
    open: Arc<Mutex<HashMap<Key, usize>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Session(SessionId),
    Person(UserId),
}

/// The place of one stream; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    open: Arc<Mutex<HashMap<Key, usize>>>,
    keys: Vec<Key>,
}

impl Default for Room {
    fn default() -> Room {
        Room::of(IN_ALL)
    }
}

impl Room {
    /// For so many streams in all.
    pub(super) fn of(in_all: usize) -> Room {
        Room { all: Arc::new(Semaphore::new(in_all)), open: Arc::default() }
    }

    /// A place for a stream of that session and person.
    ///
    /// # Errors
    /// 429 if they have as many open as they may, 503 if all together do.
    pub(super) fn enter(&self, session: SessionId, person: Option<UserId>) -> Result<Place, ApiError> {
        let limits = [Some((Key::Session(session), OF_SESSION)), person.map(|id| (Key::Person(id), OF_PERSON))];
        let mut open = lock(&self.open);
        for (key, most) in limits.into_iter().flatten() {
            if open.get(&key).is_some_and(|count| *count >= most) {
                let why = format!("{most} open pages are kept up to date already; close some");
                return Err(ApiError::too_many_requests(TRY_AGAIN, &why).code("rate.streams"));
            }
        }
        let permit = Arc::clone(&self.all).try_acquire_owned();
        let permit = permit.map_err(|_| ApiError::unavailable(&"as many pages as may be are kept up to date"))?;
        let keys: Vec<Key> = limits.into_iter().flatten().map(|(key, _)| key).collect();
        for key in &keys {
            *open.entry(*key).or_default() += 1;
        }
        Ok(Place { _permit: permit, open: Arc::clone(&self.open), keys })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        for key in &self.keys {
            if let Some(count) = open.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    open.remove(key);
                }
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::http::StatusCode;

    fn refused(of: &Result<Place, ApiError>) -> Option<StatusCode> {
        of.as_ref().err().map(ApiError::status)
    }

    #[test]
    fn each_session_and_each_person_has_their_share() {
        let room = Room::default();
        let mine: Vec<Place> = (0..OF_SESSION).map(|_| room.enter(SessionId(1), Some(UserId(7))).unwrap()).collect();
        assert_eq!(refused(&room.enter(SessionId(1), Some(UserId(7)))), Some(StatusCode::TOO_MANY_REQUESTS));
        assert!(room.enter(SessionId(2), Some(UserId(8))).is_ok());
        let next = (0..OF_PERSON - OF_SESSION).map(|n| room.enter(SessionId(10 + n as i64), Some(UserId(7))).unwrap());
        let others: Vec<Place> = next.collect();
        assert_eq!(refused(&room.enter(SessionId(99), Some(UserId(7)))), Some(StatusCode::TOO_MANY_REQUESTS));
        drop(mine);
        assert!(room.enter(SessionId(1), Some(UserId(7))).is_ok());
        drop(others);
        assert!(lock(&room.open).is_empty());
    }

    #[test]
    fn all_together_have_no_more_than_there_is() {
        let room = Room::of(2);
        let held: Vec<Place> = (0..2).map(|n| room.enter(SessionId(n), Some(UserId(n))).unwrap()).collect();
        assert_eq!(refused(&room.enter(SessionId(5), Some(UserId(5)))), Some(StatusCode::SERVICE_UNAVAILABLE));
        drop(held);
        assert!(room.enter(SessionId(5), Some(UserId(5))).is_ok());
    }
}
