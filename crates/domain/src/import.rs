//! Projects whose repository comes from elsewhere: from where, who may say so, and how it stands with a fetch.

mod address;
mod plan;

pub use address::{Address, Credentials, MOST_CHARACTERS, Scheme};
pub use plan::{MOST_REFS, Plan, Ref, plan};

use crate::access::{Action, Standing};
use crate::outgoing::Allowed;
use crate::refusal::{Refusal, Result};

/// How it stands with the fetch of a project's import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is to begin.
    Scheduled,
    /// It runs.
    Started,
    /// The last one came to its end.
    Finished,
    /// The last one failed.
    Failed,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 4] = [Status::Scheduled, Status::Started, Status::Finished, Status::Failed];

    /// The word for it, in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Scheduled => "scheduled",
            Status::Started => "started",
            Status::Finished => "finished",
            Status::Failed => "failed",
        }
    }

    /// Whether a fetch is still to come to its end.
    pub fn is_under_way(self) -> bool {
        matches!(self, Status::Scheduled | Status::Started)
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// The longest pause between two attempts of a mirror that fails again and again, in milliseconds; a mirror that pauses
/// longer anyway does so.
const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1000;

/// After how many milliseconds a mirror is fetched again that has failed so many times in a row: each failure doubles the
/// pause, up to an hour.
pub fn pause_ms(every_ms: i64, failures: i64) -> i64 {
    let doubled = every_ms.saturating_mul(1_i64 << failures.clamp(0, 20));
    doubled.min(LONGEST_PAUSE_MS.max(every_ms))
}

/// Whether whoever changes an import is the one in whose name it is fetched from then on, like whoever sets its address:
/// its mirroring, before and after, was switched on, or other keys of the host are trusted. Nobody makes new commits run
/// in the name of another, who only wanted what was there, or trusted another host.
pub fn takes_over((before, after): (bool, bool), other_hosts: bool) -> bool {
    (after && !before) || other_hosts
}

/// As [`takes_over`], for whoever has it fetched at once: a mirror is fetched in the name of whoever switched that on,
/// and the first fetch begins no pipelines, so that it is in nobody's name.
pub fn fetches_in_own_name(mirror: bool, first: bool) -> bool {
    !mirror && !first
}

/// Whether somebody who stands so towards a project may have it fetched from there: a maintainer, and for repositories
/// on the server's own disk an administrator. Asked when the address is set, and again before each fetch.
///
/// # Errors
/// They may not, nobody may, or the project is archived.
pub fn may(standing: &Standing, address: &Address, allowed: &Allowed) -> Result<()> {
    standing.may(Action::ManageProject)?;
    standing.may(Action::PushCode)?;
    match address.scheme() {
        Scheme::File if !standing.is_admin() => Err(Refusal::AdminsOnly),
        Scheme::Http if !address.host().is_some_and(|host| allowed.names(host)) => Err(address::wrong(
            "must begin with https://, since http:// lets anybody on the way change what is deployed; an administrator \
             can allow the host with --allow-outgoing",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::access::{Actor, Level, Person, Place, Via};
    use crate::event::By;
    use crate::ids::{ProjectId, UserId};

    #[test]
    fn failures_make_the_pauses_longer_up_to_an_hour() {
        let minutes = |n: i64| n * 60 * 1000;
        let pauses: Vec<_> = [0, 1, 2, 3, 4, 60].map(|n| pause_ms(minutes(5), n) / minutes(1)).into();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60]);
        assert_eq!(pause_ms(minutes(120), 3), minutes(120));
    }

    #[test]
    fn whoever_makes_new_commits_run_does_so_in_their_own_name() {
        assert!(takes_over((false, true), false));
        assert!(takes_over((false, false), true) && takes_over((true, true), true));
        assert!(!takes_over((true, true), false), "nothing new");
        assert!(!takes_over((true, false), false) && !takes_over((false, false), false));
        assert!(fetches_in_own_name(false, false));
        assert!(!fetches_in_own_name(true, false) && !fetches_in_own_name(false, true));
    }

    #[test]
    fn who_may_fetch_from_where() {
        let allowed = Allowed::parse(["git.internal"]).unwrap();
        let standing = |level, admin| {
            let person = Person { id: UserId(1), admin, bot: false, active: true, external: false };
            let actor = Actor { person: Some(person), via: Via::Server, by: By::default() };
            Standing::new(level, &actor, false, Place::Project(ProjectId(1)))
        };
        let may = |url: &str, level, admin| {
            let (address, _) = Address::parse(url).unwrap();
            super::may(&standing(level, admin), &address, &allowed).map_err(|why| why.code())
        };
        assert_eq!(may("https://a.example/b", Level::Maintainer, false), Ok(()));
        assert_eq!(may("https://a.example/b", Level::Developer, false), Err("access.role"));
        assert_eq!(may("ssh://git@a.example/b", Level::Maintainer, false), Ok(()));
        assert_eq!(may("http://git.internal/b", Level::Maintainer, false), Ok(()));
        assert_eq!(may("http://a.example/b", Level::Owner, true), Err("invalid"));
        assert_eq!(may("file:///srv/b", Level::Owner, false), Err("access.admins_only"));
        assert_eq!(may("file:///srv/b", Level::None, true), Ok(()));
    }
}
