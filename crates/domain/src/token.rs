//! Access tokens: their shapes, scopes and what each scope allows (semantics, section 1).

use crate::refusal::{Refusal, Result};
use crate::time::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The prefix of personal access tokens.
pub const PERSONAL_PREFIX: &str = "glpat-";
/// The prefix of runner tokens; `gitlab-runner` requires it.
pub const RUNNER_PREFIX: &str = "glrt-";
/// The prefix of job tokens.
pub const JOB_PREFIX: &str = "glcbt-";
/// The prefix of trigger tokens.
pub const TRIGGER_PREFIX: &str = "glptt-";
/// How many characters of a trigger token are kept to tell it apart from others.
const SHOWN: usize = 4;
/// The longest life of a personal access token, and its default, in days.
pub const MAX_DAYS: u64 = 365;
/// How long a token lives that replaces another, unless it is asked for, in days.
pub const ROTATED_DAYS: u64 = 7;
/// How long a token lives that a form proposes, in days.
pub const PROPOSED_DAYS: u64 = 30;
/// From how many days before its end on a token is said to end soon.
const SOON_DAYS: u64 = 14;

/// What of a token is stored: its SHA-256. Tokens are random (or at least 20 characters chosen by the
/// administrator), so no slow hash is needed and a look-up by hash tells nothing by its timing.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// What is shown of a trigger token after it was created: too little to guess the rest.
pub fn beginning(trigger: &str) -> String {
    trigger.strip_prefix(TRIGGER_PREFIX).unwrap_or_default().chars().take(SHOWN).collect()
}

/// Bytes as text: two hexadecimal digits each, in lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a personal access token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything the person may do over the API.
    Api,
    /// Reading over the API.
    ReadApi,
    /// Reading the own account, and profiles of others.
    ReadUser,
    /// Reading repositories by git, and their files over the API.
    ReadRepository,
    /// Reading and writing repositories by git, not over the API.
    WriteRepository,
    /// Creating runners.
    CreateRunner,
    /// Managing runners.
    ManageRunner,
    /// Acting as another user (administrators).
    Sudo,
    /// Reaching clusters through GitLab's agent: clients ask for it, and it gives nothing here.
    K8sProxy,
    /// Replacing the very token by another.
    SelfRotate,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Scope; 10] = [
        Scope::Api,
        Scope::ReadApi,
        Scope::ReadUser,
        Scope::ReadRepository,
        Scope::WriteRepository,
        Scope::CreateRunner,
        Scope::ManageRunner,
        Scope::Sudo,
        Scope::K8sProxy,
        Scope::SelfRotate,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Api => "api",
            Scope::ReadApi => "read_api",
            Scope::ReadUser => "read_user",
            Scope::ReadRepository => "read_repository",
            Scope::WriteRepository => "write_repository",
            Scope::CreateRunner => "create_runner",
            Scope::ManageRunner => "manage_runner",
            Scope::Sudo => "sudo",
            Scope::K8sProxy => "k8s_proxy",
            Scope::SelfRotate => "self_rotate",
        }
    }

    /// The scopes that are of use to somebody: the others would give them nothing.
    pub fn of_use(admin: bool) -> impl Iterator<Item = Scope> {
        let useful = move |scope: &Scope| match scope {
            Scope::Sudo => admin,
            Scope::K8sProxy => false,
            _ => true,
        };
        Scope::ALL.into_iter().filter(useful)
    }

    /// Whether the token of a project or group may have it: its bot has no profile of its own, and administers nothing.
    pub fn suits_bots(self) -> bool {
        !matches!(self, Scope::ReadUser | Scope::Sudo)
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// What a request needs of the token it is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To read over the API.
    Read,
    /// To change something over the API.
    Write,
    /// To read profiles of people, the own one with all of the account.
    ReadUser,
    /// To read the files of a repository over the API.
    ReadFiles,
    /// To look at the token that the request is made with: any may be used for that.
    Own,
    /// To create a runner.
    CreateRunner,
    /// To change or delete a runner.
    ManageRunner,
    /// To replace the token that the request is made with.
    SelfRotate,
    /// To act in somebody else's name.
    Sudo,
    /// To fetch by git.
    GitRead,
    /// To push by git.
    GitWrite,
}

impl Need {
    /// The scopes of which one suffices.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Need::Read => &[Scope::Api, Scope::ReadApi],
            Need::Write => &[Scope::Api],
            Need::ReadUser => &[Scope::Api, Scope::ReadApi, Scope::ReadUser],
            Need::ReadFiles => &[Scope::Api, Scope::ReadApi, Scope::ReadRepository],
            Need::Own => &Scope::ALL,
            Need::CreateRunner => &[Scope::Api, Scope::CreateRunner],
            Need::ManageRunner => &[Scope::Api, Scope::ManageRunner],
            Need::SelfRotate => &[Scope::Api, Scope::SelfRotate],
            Need::Sudo => &[Scope::Sudo],
            Need::GitRead => &[Scope::Api, Scope::ReadRepository, Scope::WriteRepository],
            Need::GitWrite => &[Scope::Api, Scope::WriteRepository],
        }
    }

    /// Whether a token with `scopes` serves.
    pub fn met_by(self, scopes: &[Scope]) -> bool {
        self.scopes().iter().any(|s| scopes.contains(s))
    }
}

/// Why a known token is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    /// It was revoked.
    Revoked,
    /// Its last day has passed.
    Expired,
}

/// The first date on which a new token is dead: the one asked for, else `otherwise` days from today, else none. Where
/// tokens must end (`bounded`), none ends later than [`MAX_DAYS`] from today.
///
/// # Errors
/// The date asked for has passed, or is too late.
pub fn end(asked: Option<Date>, otherwise: Option<u64>, bounded: bool, today: Date) -> Result<Option<Date>> {
    let refused = |why: String| Err(Refusal::Field("expires_at".into(), why));
    let latest = today.plus_days(MAX_DAYS);
    match asked {
        None => Ok(otherwise.map(|days| today.plus_days(days))),
        Some(date) if date.has_passed(today) => refused("must be in the future".into()),
        Some(date) if bounded && date > latest => {
            refused(format!("must be at most {MAX_DAYS} days from today, so {latest} or earlier"))
        }
        Some(date) => Ok(Some(date)),
    }
}

/// Whether a token is dead on `today`, and why.
pub fn dead(revoked: bool, expires_at: Option<Date>, today: Date) -> Option<Dead> {
    if revoked {
        return Some(Dead::Revoked);
    }
    expires_at.filter(|d| d.has_passed(today)).map(|_| Dead::Expired)
}

/// Whether a token that lives on `today` ends within two weeks.
pub fn ends_soon(expires_at: Option<Date>, today: Date) -> bool {
    expires_at.is_some_and(|date| date <= today.plus_days(SOON_DAYS))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!((hex(&[]).as_str(), hex(&[0, 10, 255]).as_str()), ("", "000aff"));
    }

    #[test]
    fn a_trigger_is_told_by_its_first_characters() {
        assert_eq!(beginning("glptt-abcdefgh"), "abcd");
        assert_eq!(beginning("glpat-abcdefgh"), "", "what is no trigger tells nothing");
    }

    #[test]
    fn read_api_never_writes_and_repository_scopes_are_for_git_only() {
        assert!(Need::Read.met_by(&[Scope::ReadApi]));
        assert!(!Need::Write.met_by(&[Scope::ReadApi, Scope::ReadUser, Scope::Sudo]));
        assert!(!Need::Read.met_by(&[Scope::WriteRepository, Scope::ReadRepository]));
        assert!(Need::GitWrite.met_by(&[Scope::WriteRepository]));
        assert!(!Need::GitWrite.met_by(&[Scope::ReadRepository, Scope::ReadApi]));
        assert!(Need::Sudo.met_by(&[Scope::Sudo]));
        assert!(!Need::Sudo.met_by(&[Scope::Api]));
        assert!(!Need::SelfRotate.met_by(&[Scope::ReadApi, Scope::K8sProxy]));
        assert!(Need::SelfRotate.met_by(&[Scope::SelfRotate]) && !Need::Write.met_by(&[Scope::SelfRotate]));
    }

    #[test]
    fn scopes_reach_as_far_as_gitlabs_and_any_token_shows_itself() {
        for scope in Scope::ALL {
            assert!(Need::Own.met_by(&[scope]), "{scope:?}");
            let files = matches!(scope, Scope::Api | Scope::ReadApi | Scope::ReadRepository);
            assert_eq!(Need::ReadFiles.met_by(&[scope]), files, "{scope:?}");
            let people = matches!(scope, Scope::Api | Scope::ReadApi | Scope::ReadUser);
            assert_eq!(Need::ReadUser.met_by(&[scope]), people, "{scope:?}");
        }
    }

    #[test]
    fn tokens_end_within_a_year_unless_they_need_not_end() {
        let day = |text| Date::parse(text).unwrap();
        let today = day("2026-11-21");
        let (year, week) = (day("2027-11-21"), day("2026-11-28"));
        assert_eq!(end(None, Some(MAX_DAYS), true, today), Ok(Some(year)));
        assert_eq!(end(None, Some(ROTATED_DAYS), true, today), Ok(Some(week)));
        assert_eq!(end(None, None, false, today), Ok(None));
        assert_eq!(end(Some(year), None, true, today), Ok(Some(year)));
        assert_eq!(end(Some(day("2028-01-01")), None, false, today), Ok(Some(day("2028-01-01"))));
        assert!(end(Some(year.plus_days(1)), None, true, today).is_err());
        for bounded in [true, false] {
            assert!(end(Some(today), None, bounded, today).is_err(), "a token dead from the start");
        }
    }

    #[test]
    fn scopes_that_give_nothing_are_not_proposed() {
        let all: Vec<Scope> = Scope::of_use(true).collect();
        let usual: Vec<Scope> = Scope::of_use(false).collect();
        assert_eq!((all.len(), usual.len()), (9, 8));
        assert!(all.contains(&Scope::Sudo) && !usual.contains(&Scope::Sudo) && !all.contains(&Scope::K8sProxy));
    }

    #[test]
    fn what_ends_within_two_weeks_ends_soon() {
        let today = Date::parse("2026-11-21").unwrap();
        let soon = |text| ends_soon(Date::parse(text), today);
        assert!(soon("2026-11-22") && soon("2026-12-05") && !soon("2026-12-06") && !ends_soon(None, today));
    }

    #[test]
    fn scope_names_read_back() {
        assert!(Scope::ALL.into_iter().all(|s| Scope::parse(s.as_str()) == Some(s)));
        assert_eq!(Scope::parse("root"), None);
    }
}
