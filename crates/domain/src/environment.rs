//! Environments: names, slugs, tiers and states (semantics, section 2).

use crate::refusal::{Refusal, Result};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The longest environment name, in characters.
pub const MAX_NAME: usize = 255;
const MAX_DESCRIPTION: usize = 10_000;
const MAX_SLUG: usize = 24;
const SLUG_STEM: usize = 17;
const SUFFIX: usize = 6;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// What is stale at the earliest and at the latest: before one week ago, and within ten years.
const STALE_DAYS: (i64, i64) = (7, 3652);

/// The deployment tier: what kind of environment it is. Group-level protections match by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Where the real users are.
    Production,
    /// The last stop before it.
    Staging,
    /// Where it is tested.
    Testing,
    /// Where it is developed.
    Development,
    /// Anything else.
    Other,
}

impl Tier {
    /// All five, as GitLab lists them.
    pub const ALL: [Tier; 5] = [Tier::Production, Tier::Staging, Tier::Testing, Tier::Development, Tier::Other];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Production => "production",
            Tier::Staging => "staging",
            Tier::Testing => "testing",
            Tier::Development => "development",
            Tier::Other => "other",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|t| t.as_str() == text)
    }

    /// The tier that a name suggests: case-insensitive, anywhere in the name, first match wins.
    pub fn inferred(name: &str) -> Tier {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
        if has(&["dev", "review", "trunk"]) {
            Tier::Development
        } else if has(&["test", "tst", "int", "acpt", "accept", "qa", "qc", "control", "quality"]) {
            Tier::Testing
        } else if has(&["stag", "stg", "model", "modl", "pre", "demo", "non"]) {
            Tier::Staging
        } else if has(&["prod", "prd", "live"]) {
            Tier::Production
        } else {
            Tier::Other
        }
    }
}

/// The tiers under which a deployment is judged: the stored one (else the inferred one) and the asked one; all three
/// when the person may not store what the job asks for, so that nobody renames the risk away.
pub fn tiers(name: &str, stored: Option<Tier>, asked: Option<Tier>, refused: bool) -> BTreeSet<Tier> {
    let inferred = Tier::inferred(name);
    let mut tiers = BTreeSet::from([stored.unwrap_or(inferred)]);
    tiers.extend(asked);
    if refused {
        tiers.insert(inferred);
    }
    tiers
}

/// The tiers under which somebody must be allowed to deploy in order to store `asked`; `None` when nothing would
/// change or the tier is the inferred one of an environment that has none yet.
pub fn tiers_to_store(name: &str, stored: Option<Tier>, asked: Tier) -> Option<BTreeSet<Tier>> {
    let inferred = Tier::inferred(name);
    if stored.unwrap_or(inferred) == asked {
        return None;
    }
    Some(BTreeSet::from([inferred, stored.unwrap_or(inferred), asked]))
}

/// Why an environment whose time has come does not stop by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaysUp {
    /// Whoever deployed there last may not stop it, or is gone.
    NotAllowed,
    /// Its setting wants a job that stops it, and there is none.
    NoJob,
}

impl StaysUp {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            StaysUp::NotAllowed => "not_allowed",
            StaysUp::NoJob => "no_job",
        }
    }

    /// Reads the word that is stored.
    pub fn parse(text: &str) -> Option<StaysUp> {
        [StaysUp::NotAllowed, StaysUp::NoJob].into_iter().find(|why| why.as_str() == text)
    }

    /// What people are told.
    pub fn message(self) -> &'static str {
        match self {
            StaysUp::NotAllowed => "whoever deployed there last may not stop it any more; somebody who may has to",
            StaysUp::NoJob => "no job stops it, and auto_stop_setting is with_action; stop it, or change the setting",
        }
    }
}

/// What an environment that is being stopped becomes once one of its stop jobs has ended, or is not to run for now;
/// `None` while `others` of them are still at it, or if it is not being stopped. A job that succeeds stops it in any case.
pub fn after_stop_job(state: State, succeeded: bool, others: bool) -> Option<State> {
    match (state, succeeded) {
        (State::Stopping, _) if others => None,
        (State::Stopped, _) => None,
        (_, true) => Some(State::Stopped),
        (State::Stopping, false) => Some(State::Available),
        (State::Available, false) => None,
    }
}

/// The state of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It can be deployed to.
    Available,
    /// Its stop jobs run.
    Stopping,
    /// It was stopped; a new successful deployment makes it available again.
    Stopped,
}

impl State {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Available => "available",
            State::Stopping => "stopping",
            State::Stopped => "stopped",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<State> {
        [State::Available, State::Stopping, State::Stopped].into_iter().find(|s| s.as_str() == text)
    }
}

/// When an environment whose time has come stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoStop {
    /// In any case.
    Always,
    /// Only if a job stops it.
    WithAction,
}

impl AutoStop {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            AutoStop::Always => "always",
            AutoStop::WithAction => "with_action",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<AutoStop> {
        [AutoStop::Always, AutoStop::WithAction].into_iter().find(|a| a.as_str() == text)
    }

    /// What a new environment of that tier begins with: what many people use is never stopped without a job for it.
    pub fn of_new(tier: Tier) -> AutoStop {
        match tier {
            Tier::Production | Tier::Staging => AutoStop::WithAction,
            Tier::Testing | Tier::Development | Tier::Other => AutoStop::Always,
        }
    }
}

/// Whether an environment stands for a review: it lies in the folder `review`.
pub fn is_review(name: &str) -> bool {
    name.split_once('/').is_some_and(|(folder, _)| folder == "review")
}

/// Checks the time before which an environment must have been touched last to count as stale: at least a week ago, and
/// at most ten years.
///
/// # Errors
/// A time out of that range.
pub fn check_stale(before: Timestamp, now: Timestamp) -> Result<()> {
    let (least, most) = STALE_DAYS;
    let age = now.since(before);
    if (least * DAY_MS..=most * DAY_MS).contains(&age) {
        return Ok(());
    }
    Err(Refusal::BadRequest("environment.invalid_date", "Invalid Date: use one from a week to ten years ago".into()))
}

/// Checks an environment's name.
///
/// # Errors
/// An invalid `name`, with the rule it breaks.
pub fn check_name(name: &str) -> Result<()> {
    let invalid = |why: &str| Err(Refusal::Field("name".into(), why.into()));
    if name.is_empty() {
        return invalid("can't be blank");
    }
    if name.chars().count() > MAX_NAME {
        return invalid("is too long (maximum is 255 characters)");
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/${}. ".contains(c);
    if !name.chars().all(allowed) || name.starts_with('/') || name.ends_with('/') {
        return invalid(
            "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, \
             but it cannot start or end with '/'",
        );
    }
    Ok(())
}

/// Checks a description: at most 10,000 characters.
///
/// # Errors
/// An invalid `description`.
pub fn check_description(text: &str) -> Result<()> {
    if text.chars().count() <= MAX_DESCRIPTION {
        return Ok(());
    }
    Err(Refusal::Field("description".into(), format!("is too long (maximum is {MAX_DESCRIPTION} characters)")))
}

/// Checks an external URL: http or https, at most 255 characters.
///
/// # Errors
/// An invalid `external_url`, with the rule it breaks.
pub fn check_external_url(url: &str) -> Result<()> {
    let invalid = |why: String| Err(Refusal::Field("external_url".into(), why));
    if url.chars().count() > 255 {
        return invalid("is too long (maximum is 255 characters)".into());
    }
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" if rest.len() > 2 && rest.starts_with("//") && !rest.contains(odd) => Ok(()),
        "" | "http" | "https" => invalid("URI is invalid".into()),
        other => invalid(format!("{other} scheme is not allowed")),
    }
}

/// Where an environment can be seen by what its job says, once the variables in that have their values. An address that is
/// none then says nothing: the environment keeps the one it has (gitlab-facts, section 1: it may use what the job itself
/// leaves).
pub fn settled_url(expanded: &str) -> Option<&str> {
    check_external_url(expanded).is_ok().then_some(expanded)
}

/// The slug of a name: `[a-z0-9-]`, at most 24 characters, deterministic. Two names can share one; the second is
/// then refused.
pub fn slug(name: &str) -> String {
    let lower: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let prefixed = if lower.starts_with(|c: char| c.is_ascii_lowercase()) { lower } else { format!("env-{lower}") };
    let mut squeezed = String::with_capacity(prefixed.len());
    for c in prefixed.chars() {
        if c != '-' || !squeezed.ends_with('-') {
            squeezed.push(c);
        }
    }
    if squeezed.len() > MAX_SLUG || squeezed != name {
        squeezed.truncate(SLUG_STEM);
        if !squeezed.ends_with('-') {
            squeezed.push('-');
        }
        return squeezed + &suffix(&Sha256::digest(name.as_bytes()));
    }
    squeezed.strip_suffix('-').map_or(squeezed.clone(), str::to_owned)
}

/// The last six base-36 digits of a digest read as one big number.
fn suffix(digest: &[u8]) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut number = digest.to_vec();
    let mut out = [b'0'; SUFFIX];
    for place in out.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = (value / 36) as u8;
            rest = value % 36;
        }
        *place = DIGITS[rest as usize];
    }
    out.iter().map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_stopping_only_while_a_job_stops_it() {
        use State::{Available, Stopped, Stopping};
        let rows = [
            (Available, true, false, Some(Stopped)),
            (Available, true, true, Some(Stopped)),
            (Available, false, false, None),
            (Stopping, true, false, Some(Stopped)),
            (Stopping, true, true, None),
            (Stopping, false, true, None),
            (Stopping, false, false, Some(Available)),
            (Stopped, true, false, None),
            (Stopped, false, false, None),
        ];
        for (state, succeeded, others, expected) in rows {
            assert_eq!(after_stop_job(state, succeeded, others), expected, "{state:?} {succeeded} {others}");
        }
        for why in [StaysUp::NotAllowed, StaysUp::NoJob] {
            assert_eq!(StaysUp::parse(why.as_str()), Some(why));
        }
    }

    #[test]
    fn slugs_are_those_of_the_reference() {
        let a24 = "a".repeat(24);
        let cases = [
            ("production", "production"),
            ("review/fix-foo", "review-fix-foo-v25cyx"),
            ("Prod EU/1", "prod-eu-1-uwn7it"),
            (&"a".repeat(40), "aaaaaaaaaaaaaaaaa-t2yxj2"),
            (&"abcdefghij".repeat(4), "abcdefghijabcdefg-s9c0ii"),
            ("1production", "env-1production-mufi6n"),
            ("2024", "env-2024-kdxwtn"),
            ("Production", "production-iis43c"),
            ("prod.eu", "prod-eu-ezg8lv"),
            ("review/fix--foo", "review-fix-foo-am4d8q"),
            ("review/123-some-very-long-branch-name", "review-123-some-v-jg1iwm"),
            (&a24, &a24),
            (&"a".repeat(25), "aaaaaaaaaaaaaaaaa-1n7uof"),
            ("prod-", "prod"),
            ("staging-eu-west-1-blue", "staging-eu-west-1-blue"),
            ("*-foo", "env-foo-i1o6om"),
            ("review/023f1bce01229c686a73", "review-023f1bce01-3uxznk"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(suffix(&[0xaa; 32]), "q517sa");
    }

    #[test]
    fn tiers_are_inferred_first_match_first() {
        use Tier::*;
        let cases = [
            ("production", Production),
            ("PRD-eu", Production),
            ("delivery", Production),
            ("preprod", Staging),
            ("nonprod", Staging),
            ("demo", Staging),
            ("review/prod", Development),
            ("trunk", Development),
            ("maintenance", Testing),
            ("printer", Testing),
            ("acpt", Testing),
            ("accept", Testing),
            ("customer-portal", Other),
            ("", Other),
        ];
        for (name, tier) in cases {
            assert_eq!(Tier::inferred(name), tier, "{name}");
        }
    }

    #[test]
    fn an_asked_tier_never_hides_the_stored_or_inferred_one() {
        use Tier::*;
        assert_eq!(tiers("production", None, None, false), [Production].into());
        assert_eq!(tiers("production", None, Some(Other), true), [Production, Other].into());
        assert_eq!(tiers("box", Some(Production), Some(Testing), false), [Production, Testing].into());
        assert_eq!(tiers("demo", Some(Production), Some(Testing), true), [Production, Staging, Testing].into());
        assert_eq!(tiers_to_store("production", None, Production), None);
        assert_eq!(tiers_to_store("box", Some(Production), Production), None);
        assert_eq!(tiers_to_store("box", Some(Production), Testing), Some([Other, Production, Testing].into()));
    }

    #[test]
    fn stale_is_what_rested_for_a_week_to_ten_years() {
        let now = Timestamp(1_795_219_200_000);
        for (days, fine) in [(0, false), (6, false), (7, true), (30, true), (3652, true), (3653, false), (-1, false)] {
            assert_eq!(check_stale(now.plus_ms(-days * DAY_MS), now).is_ok(), fine, "{days}");
        }
        assert!(check_stale(now.plus_ms(1 - 7 * DAY_MS), now).is_err());
    }

    #[test]
    fn reviews_lie_in_their_folder() {
        for (name, review) in
            [("review/a", true), ("review/a/b", true), ("review", false), ("Review/a", false), ("reviews/a", false)]
        {
            assert_eq!(is_review(name), review, "{name}");
        }
    }

    #[test]
    fn what_many_use_stops_only_by_a_job() {
        let given: Vec<_> = Tier::ALL.iter().map(|t| AutoStop::of_new(*t).as_str()).collect();
        assert_eq!(given, ["with_action", "with_action", "always", "always", "always"]);
        assert_eq!(AutoStop::parse("with_action"), Some(AutoStop::WithAction));
        assert_eq!(AutoStop::parse("never"), None);
    }

    #[test]
    fn names_are_checked() {
        for good in ["production", "review/a b", "$x{y}.z_", " .", &"a".repeat(255)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a\nb", "ä", "a*", &"a".repeat(256)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(check_description(&"ä".repeat(10_000)).is_ok() && check_description(&"a".repeat(10_001)).is_err());
        assert_eq!(settled_url("https://prod.example.com"), Some("https://prod.example.com"));
        for bad in
            ["https://a\0b", "javascript:alert(1)", "ftp://x", "example.com", "http:/x", "https://a b", "https://"]
        {
            assert!(check_external_url(bad).is_err(), "{bad}");
            assert_eq!(settled_url(bad), None, "{bad}");
        }
    }
}
