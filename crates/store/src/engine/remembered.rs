//! What transactions remember for each other: who is who, how groups lie, and which rules protect what. Nothing of it is
//! ever out of date, because everything is remembered under the *policy stamp*.
//!
//! The stamp is a random number in the database. Triggers draw a new one whenever a row changes that could change what is
//! remembered (see the end of the first migration), in the transaction that changes it. Whoever reads the stamp in their
//! own transaction and finds something remembered under it finds what they would have read themselves. A transaction that
//! is rolled back takes its stamp with it: what was remembered under that is never found again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use crate::commits::Commit;
use crate::directory::{Known, Surroundings};
use crate::projects::Project;
use crate::tokens::{Presented, Token};
use crate::users::User;
use countersign_domain::access::Place;
use countersign_domain::ids::{ProjectId, TokenId, UserId};
use countersign_domain::protection::Protection;

/// How many things a shelf holds. A full one is emptied: what is in use comes back by itself.
const ROOM: usize = 10_000;

/// The shelves, one for each kind of thing.
#[derive(Default)]
pub(crate) struct Remembered {
    /// Users.
    pub(crate) users: Shelf<UserId, Option<User>>,
    /// People with all their memberships.
    pub(crate) people: Shelf<UserId, Option<Known>>,
    /// Who administers the instance.
    pub(crate) administrators: Shelf<(), Vec<UserId>>,
    /// Projects.
    pub(crate) projects: Shelf<ProjectId, Option<Project>>,
    /// What lies around a place.
    pub(crate) surroundings: Shelf<Place, Surroundings>,
    /// The protections that can apply to a project.
    pub(crate) protections: Shelf<ProjectId, Vec<Protection>>,
    /// Tokens by the hash of their secret.
    pub(crate) presented: Shelf<Vec<u8>, Option<Presented>>,
    /// Tokens by id.
    pub(crate) tokens: Shelf<TokenId, Option<Token>>,
    /// Commits of projects. No commit ever changes and no id of a project is used again: they need no stamp.
    pub(crate) commits: Shelf<(ProjectId, String), Commit>,
}

/// Things of one kind, each with the stamp under which it was read.
pub(crate) struct Shelf<K, V> {
    things: RwLock<HashMap<K, (i64, Arc<V>)>>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Shelf<K, V> {
        Shelf { things: RwLock::default() }
    }
}

impl<K: Eq + Hash, V> Shelf<K, V> {
    /// What was remembered under that stamp.
    pub(crate) fn get(&self, stamp: i64, key: &K) -> Option<Arc<V>> {
        let things = self.things.read().unwrap_or_else(PoisonError::into_inner);
        things.get(key).filter(|(under, _)| *under == stamp).map(|(_, thing)| Arc::clone(thing))
    }

    /// Remembers something under a stamp, in place of what was remembered under another.
    pub(crate) fn put(&self, stamp: i64, key: K, thing: Arc<V>) {
        let mut things = self.things.write().unwrap_or_else(PoisonError::into_inner);
        if things.len() >= ROOM {
            things.clear();
        }
        things.insert(key, (stamp, thing));
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Shelf};
    use std::sync::Arc;

    #[test]
    fn finds_only_what_has_the_stamp() {
        let shelf = Shelf::default();
        shelf.put(7, "a", Arc::new(1));
        assert_eq!(shelf.get(7, &"a").as_deref(), Some(&1));
        assert_eq!(shelf.get(8, &"a"), None);
        shelf.put(8, "a", Arc::new(2));
        assert_eq!(shelf.get(7, &"a"), None);
        assert_eq!(shelf.get(8, &"a").as_deref(), Some(&2));
    }

    #[test]
    fn never_holds_more_than_there_is_room_for() {
        let shelf = Shelf::default();
        for key in 0..ROOM + 10 {
            shelf.put(1, key, Arc::new(key));
        }
        assert!(shelf.get(1, &0).is_none());
        assert!(shelf.get(1, &(ROOM + 9)).is_some());
    }
}
