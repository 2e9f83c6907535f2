//! How many git processes may serve clients at once, and how many of them one client: some read or send so slowly that
//! theirs last as long as any may.

use super::{Failure, Service};
use crate::places::network;
use crate::room;
use countersign_domain::access::Actor;
use countersign_domain::ids::UserId;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How many clones and fetches are served at once.
const FETCHES: usize = 16;
/// How many pushes are served at once. They have room of their own, since anybody may fetch what is public.
const PUSHES: usize = 8;

/// Who has processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    /// A person or a bot.
    User(UserId),
    /// Somebody unknown, by their network.
    Network(Option<IpAddr>),
}

/// A client of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    whose: Whose,
    /// Whether it is a job of theirs.
    job: bool,
}

impl Client {
    /// Whoever asks, from that address.
    pub(super) fn of(actor: &Actor, address: Option<SocketAddr>) -> Client {
        let whose = actor.user().map_or(Whose::Network(address.map(network)), Whose::User);
        Client { whose, job: actor.is_job() }
    }
}

/// What one client may have of a room. A person's jobs may have what that person leaves of three quarters: slow clients
/// of their own do not keep these waiting, and both together never keep others out.
#[derive(Debug)]
struct Share {
    own: room::Room,
    all: room::Room,
}

impl Share {
    fn of(places: usize) -> Share {
        Share { own: room::Room::of((places / 2).max(1)), all: room::Room::of((places * 3 / 4).max(1)) }
    }
}

/// A place for one process; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _taken: (Option<room::Place>, room::Place, room::Place),
    _share: Arc<Share>,
}

/// Room for one service.
#[derive(Debug, Clone)]
struct Shared {
    places: usize,
    room: room::Room,
    /// Of those who have a place, or wait for one.
    shares: Arc<Mutex<HashMap<Whose, Weak<Share>>>>,
}

impl Shared {
    fn of(places: usize) -> Shared {
        Shared { places, room: room::Room::of(places), shares: Arc::default() }
    }

    fn share(&self, whose: Whose) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shares.get(&whose).and_then(Weak::upgrade) {
            return known;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Share::of(self.places));
        shares.insert(whose, Arc::downgrade(&share));
        share
    }

    async fn enter(&self, client: Client, patience: Duration) -> Option<Place> {
        let share = self.share(client.whose);
        let own = if client.job { None } else { Some(share.own.enter(patience).await?) };
        let all = share.all.enter(patience).await?;
        let place = self.room.enter(patience).await?;
        Some(Place { _taken: (own, all, place), _share: share })
    }
}

/// Room for git processes.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    fetches: Shared,
    pushes: Shared,
}

impl Default for Room {
    fn default() -> Room {
        Room::of(FETCHES, PUSHES)
    }
}

impl Room {
    /// For so many fetches and pushes.
    pub(super) fn of(fetches: usize, pushes: usize) -> Room {
        Room { fetches: Shared::of(fetches), pushes: Shared::of(pushes) }
    }

    /// A place for one process of a client, waited for as long as `patience`; it is given back when dropped.
    pub(super) async fn enter(&self, to: Service, client: Client, patience: Duration) -> Result<Place, Failure> {
        let room = match to {
            Service::UploadPack => &self.fetches,
            Service::ReceivePack => &self.pushes,
        };
        let entered = tokio::time::timeout(patience, room.enter(client, patience)).await;
        entered.ok().flatten().ok_or(Failure::Busy)
    }
}

#[cfg(test)]
impl Client {
    /// The person with that number.
    pub(super) fn person(number: i64) -> Client {
        Client { whose: Whose::User(UserId(number)), job: false }
    }

    /// A job of theirs.
    pub(super) fn job(self) -> Client {
        Client { job: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::access::{Person, Via};
    use countersign_domain::event::By;
    use countersign_domain::ids::{JobId, ProjectId};

    /// Places for as many as get one at once.
    async fn places(room: &Room, to: Service, client: Client) -> Vec<Place> {
        let mut taken = Vec::new();
        while let Ok(place) = room.enter(to, client, Duration::ZERO).await {
            taken.push(place);
        }
        taken
    }

    #[tokio::test]
    async fn one_client_leaves_room_for_their_jobs_and_for_others() {
        let room = Room::default();
        let (ann, bob) = (Client::person(1), Client::person(2));
        let mut hers = places(&room, Service::UploadPack, ann).await;
        let jobs = places(&room, Service::UploadPack, ann.job()).await;
        let his = places(&room, Service::UploadPack, bob.job()).await;
        assert_eq!((hers.len(), jobs.len(), his.len()), (8, 4, 4));
        assert_eq!(places(&room, Service::ReceivePack, ann).await.len(), 4);
        // What is given back goes to whoever comes.
        hers.truncate(7);
        assert_eq!(places(&room, Service::UploadPack, bob).await.len(), 1);
        drop((hers, jobs, his));
        assert_eq!(places(&room, Service::UploadPack, ann.job()).await.len(), 12);
        // Nobody is remembered who has nothing.
        drop(room.enter(Service::UploadPack, bob, Duration::ZERO).await);
        assert_eq!(room.fetches.shares.lock().unwrap().len(), 1);
    }

    #[test]
    fn whoever_is_unknown_is_told_by_their_network() {
        let at = |text: &str| Client::of(&Actor::anonymous(), Some(text.parse().unwrap()));
        assert_eq!(at("192.0.2.1:1"), at("192.0.2.1:2"));
        assert_ne!(at("192.0.2.1:1"), at("192.0.2.2:1"));
        assert_eq!(at("[2001:db8::1]:1"), at("[2001:db8::2]:1"));
        let person = Some(Person { id: UserId(7), admin: false, bot: false, active: true, external: false });
        let job = Actor { person, via: Via::Job(JobId(1), ProjectId(1)), by: By::default() };
        assert_eq!(Client::of(&job, None), Client::person(7).job());
    }
}
