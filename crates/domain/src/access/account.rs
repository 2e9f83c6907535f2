//! How much of somebody's account somebody else sees.

use super::Actor;
use crate::ids::UserId;

/// How much of an account is shown, from little to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountSight {
    /// What everybody signed in sees: the names and the state.
    Profile,
    /// The mail address and the settings too: one's own account.
    Own,
    /// The notes too that administrators keep of it.
    Administered,
}

impl Actor {
    /// How much of a person's account is shown to the actor. A job's token opens no account, not even that of whoever
    /// started the job.
    pub fn account_sight(&self, of: UserId) -> AccountSight {
        if self.is_admin() {
            AccountSight::Administered
        } else if self.user() == Some(of) && !self.is_job() {
            AccountSight::Own
        } else {
            AccountSight::Profile
        }
    }

    /// Whether the actor may ask the list of users who administers the instance, or search it by mail address.
    pub fn searches_accounts(&self) -> bool {
        self.is_admin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Person, Via};
    use crate::event::By;
    use crate::ids::{JobId, ProjectId};

    fn actor(id: i64, admin: bool, via: Via) -> Actor {
        let person = Person { id: UserId(id), admin, bot: false, active: true, external: false };
        Actor { person: Some(person), via, by: By::default() }
    }

    #[test]
    fn mail_addresses_are_for_their_owners_and_notes_for_administrators() {
        let token = || Via::Token(Vec::new());
        let job = || Via::Job(JobId(1), ProjectId(1));
        let rows = [
            (Actor::anonymous(), 1, AccountSight::Profile, false),
            (actor(2, false, token()), 1, AccountSight::Profile, false),
            (actor(1, false, token()), 1, AccountSight::Own, false),
            (actor(1, false, job()), 1, AccountSight::Profile, false),
            (actor(9, true, token()), 1, AccountSight::Administered, true),
            (actor(9, true, token()), 9, AccountSight::Administered, true),
            (actor(9, true, job()), 9, AccountSight::Profile, false),
        ];
        for (actor, of, expected, searches) in rows {
            assert_eq!(actor.account_sight(UserId(of)), expected, "{actor:?} of {of}");
            assert_eq!(actor.searches_accounts(), searches, "{actor:?}");
        }
    }
}
