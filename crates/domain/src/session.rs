//! Signing in to the pages: how long a session lives, when a name is locked, and what a new password must be.

use crate::refusal::{Refusal, Result};
use crate::time::Timestamp;

/// After how many milliseconds without a request a session has ended: twelve hours.
pub const IDLE_MS: i64 = 12 * 60 * 60 * 1000;
/// After how many milliseconds a session has ended however much it was used: seven days.
pub const LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How many attempts to sign in may fail in a row before the name is locked.
pub const MOST_FAILURES: i64 = 10;
/// How long a name stays locked, in milliseconds, and after how long failures are forgotten.
pub const LOCK_MS: i64 = 10 * 60 * 1000;
/// The shortest password, in characters.
pub const SHORTEST_PASSWORD: usize = 8;
/// The longest password, in characters; longer ones would only cost time to hash.
pub const LONGEST_PASSWORD: usize = 128;

/// Whether a session lives that began at `created` and made its last request at `seen`.
pub fn is_alive(created: Timestamp, seen: Timestamp, now: Timestamp) -> bool {
    now.since(seen) < IDLE_MS && now.since(created) < LIFE_MS
}

/// What is known of attempts to sign in under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many failed in a row; one that is being made counts as failed until it worked.
    pub failures: i64,
    /// When the last was made.
    pub last_at: Timestamp,
}

impl Attempts {
    /// One more attempt, after those known.
    ///
    /// # Errors
    /// The name is locked.
    pub fn another(self, now: Timestamp) -> Result<Attempts> {
        let rest = LOCK_MS - now.since(self.last_at);
        match self.failures {
            _ if rest <= 0 => Ok(Attempts { failures: 1, last_at: now }),
            _ if self.is_locking() => Err(Refusal::SignInLocked(rest)),
            failures => Ok(Attempts { failures: failures.saturating_add(1), last_at: now }),
        }
    }

    /// Whether the name is locked once the last of them has failed.
    pub fn is_locking(self) -> bool {
        self.failures >= MOST_FAILURES
    }
}

/// Checks the length of a new password.
///
/// # Errors
/// It is too short or too long.
pub fn check_password(password: &str) -> Result<()> {
    let why = match password.chars().count() {
        n if n < SHORTEST_PASSWORD => format!("is too short (minimum is {SHORTEST_PASSWORD} characters)"),
        n if n > LONGEST_PASSWORD => format!("is too long (maximum is {LONGEST_PASSWORD} characters)"),
        _ => return Ok(()),
    };
    Err(Refusal::Field("password".into(), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_rests_and_when_it_is_old() {
        let start = Timestamp(1_000);
        let rows = [(0, 0, true), (0, IDLE_MS - 1, true), (0, IDLE_MS, false), (LIFE_MS - 1, LIFE_MS - 1, true)];
        for (seen, now, alive) in rows {
            assert_eq!(is_alive(start, start.plus_ms(seen), start.plus_ms(now)), alive, "{seen} {now}");
        }
        assert!(!is_alive(start, start.plus_ms(LIFE_MS), start.plus_ms(LIFE_MS)));
    }

    #[test]
    fn a_name_is_locked_after_ten_failures_until_ten_minutes_have_passed() {
        let mut known = Attempts { failures: 0, last_at: Timestamp(0) };
        for at in 0..MOST_FAILURES {
            known = known.another(Timestamp(at)).unwrap();
            assert_eq!(known.is_locking(), at == MOST_FAILURES - 1);
        }
        let last = Timestamp(MOST_FAILURES - 1);
        assert_eq!(known.another(last.plus_ms(1)), Err(Refusal::SignInLocked(LOCK_MS - 1)));
        assert!(known.another(last.plus_ms(LOCK_MS - 1)).is_err());
        assert_eq!(known.another(last.plus_ms(LOCK_MS)).unwrap().failures, 1);
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(check_password("äöüßäöüß").is_ok() && check_password("1234567").is_err());
        assert!(check_password(&"x".repeat(128)).is_ok() && check_password(&"x".repeat(129)).is_err());
    }
}
