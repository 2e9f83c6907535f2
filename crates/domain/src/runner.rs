//! Runners, as far as rules speak of them.

use crate::refusal::Refusal;
use crate::time::Timestamp;

/// Whether a runner may be given to one more project, by somebody who looks after both: only one that was made for a
/// project, and a locked one by administrators alone.
///
/// # Errors
/// It may not.
pub fn may_join(of_project: bool, locked: bool, by_admin: bool) -> Result<(), Refusal> {
    if !of_project {
        return Err(Refusal::RunnerNotShared("Only runners that were created for a project can be given to others"));
    }
    if locked && !by_admin {
        return Err(Refusal::RunnerNotShared("The runner is locked to the projects it serves; unlock it first"));
    }
    Ok(())
}

/// Whether a runner may be taken from a project: it stays with the one that it was made for.
///
/// # Errors
/// It may not.
pub fn may_part(is_own: bool) -> Result<(), Refusal> {
    if is_own {
        return Err(Refusal::RunnerNotShared("The runner was created for this project; delete the runner instead"));
    }
    Ok(())
}

/// Whether a runner with the tags `has` takes a job that wants these: it has every one. A job that wants none is taken only
/// if the runner takes such.
pub fn takes(has: &[String], run_untagged: bool, wanted: &[String]) -> bool {
    if wanted.is_empty() { run_untagged } else { wanted.iter().all(|tag| has.contains(tag)) }
}

/// The tag a job wants, of one as written and of what it says with the values of variables; `None` if one of them has no
/// value. No tag is ever lost, as whatever runner takes untagged jobs would then take this one: what has no value stays as
/// written, and matches no runner.
pub fn wanted_tag(written: &str, expanded: Option<String>) -> String {
    expanded.filter(|tag| !tag.trim().is_empty()).unwrap_or_else(|| written.to_owned())
}

/// Which times a runner was last heard of at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Whether it was ever.
    pub ever: Option<bool>,
    /// Later than that.
    pub after: Option<Timestamp>,
    /// Not later than that.
    pub until: Option<Timestamp>,
}

/// How long a runner that was heard of counts as online, in milliseconds: two hours.
const ONLINE_MS: i64 = 2 * 60 * 60 * 1000;
/// How long a runner may be silent before it counts as stale, in milliseconds: a week.
const STALE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// How a runner stands by when it was last heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It was heard of lately.
    Online,
    /// It has been silent for hours.
    Offline,
    /// It has been silent for a week.
    Stale,
    /// It was never heard of.
    NeverContacted,
}

impl Presence {
    /// How a runner stands that was last heard of at `contacted`.
    pub fn at(contacted: Option<Timestamp>, now: Timestamp) -> Presence {
        match contacted.map(|at| now.since(at)) {
            None => Presence::NeverContacted,
            Some(silent) if silent < ONLINE_MS => Presence::Online,
            Some(silent) if silent < STALE_MS => Presence::Offline,
            Some(_) => Presence::Stale,
        }
    }

    /// When runners were last heard of that stand like this now.
    pub fn span(self, now: Timestamp) -> Span {
        let (online, stale) = (Some(now.plus_ms(-ONLINE_MS)), Some(now.plus_ms(-STALE_MS)));
        match self {
            Presence::NeverContacted => Span { ever: Some(false), ..Span::default() },
            Presence::Online => Span { after: online, ..Span::default() },
            Presence::Offline => Span { after: stale, until: online, ..Span::default() },
            Presence::Stale => Span { until: stale, ..Span::default() },
        }
    }

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Presence::Online => "online",
            Presence::Offline => "offline",
            Presence::Stale => "stale",
            Presence::NeverContacted => "never_contacted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_what_presences_say() {
        let now = Timestamp(10 * STALE_MS);
        let holds = |span: Span, at: Option<Timestamp>| {
            span.ever.is_none_or(|ever| ever == at.is_some())
                && span.after.is_none_or(|after| at.is_some_and(|at| at > after))
                && span.until.is_none_or(|until| at.is_some_and(|at| at <= until))
        };
        let agos = [0, ONLINE_MS - 1, ONLINE_MS, STALE_MS - 1, STALE_MS, 2 * STALE_MS];
        for at in agos.map(|ago| Some(now.plus_ms(-ago))).into_iter().chain([None]) {
            for presence in [Presence::Online, Presence::Offline, Presence::Stale, Presence::NeverContacted] {
                assert_eq!(holds(presence.span(now), at), Presence::at(at, now) == presence, "{at:?} {presence:?}");
            }
        }
    }

    #[test]
    fn a_runner_needs_every_tag_and_takes_untagged_jobs_only_if_told_to() {
        let tags = |of: &[&str]| of.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        assert!(takes(&tags(&["a", "b"]), false, &tags(&["a"])));
        assert!(!takes(&tags(&["a"]), true, &tags(&["a", "b"])));
        assert!(takes(&[], true, &[]) && !takes(&tags(&["a"]), false, &[]));
    }

    #[test]
    fn no_tag_is_ever_lost() {
        let said = |text: &str| Some(text.to_owned());
        let found = [said("hardened"), said(""), said(" "), None].map(|of| wanted_tag("$PROD", of));
        assert_eq!(found, ["hardened", "$PROD", "$PROD", "$PROD"]);
    }

    #[test]
    fn only_unlocked_runners_of_projects_are_shared_and_none_leaves_its_own() {
        for (of_project, locked, admin, may) in [
            (true, false, false, true),
            (true, true, false, false),
            (true, true, true, true),
            (false, false, true, false),
        ] {
            assert_eq!(may_join(of_project, locked, admin).is_ok(), may, "{of_project} {locked} {admin}");
        }
        assert!(may_part(false).is_ok() && may_part(true).is_err());
    }

    #[test]
    fn a_silent_runner_goes_offline_and_then_stale() {
        let now = Timestamp(10 * STALE_MS);
        let at = |ago: i64| Presence::at(Some(now.plus_ms(-ago)), now).as_str();
        assert_eq!(Presence::at(None, now).as_str(), "never_contacted");
        assert_eq!([at(0), at(ONLINE_MS - 1), at(ONLINE_MS)], ["online", "online", "offline"]);
        assert_eq!([at(STALE_MS - 1), at(STALE_MS)], ["offline", "stale"]);
    }
}
