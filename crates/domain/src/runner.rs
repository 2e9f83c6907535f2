//! Runners, as far as rules speak of them.

use crate::time::Timestamp;

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
    fn a_silent_runner_goes_offline_and_then_stale() {
        let now = Timestamp(10 * STALE_MS);
        let at = |ago: i64| Presence::at(Some(now.plus_ms(-ago)), now).as_str();
        assert_eq!(Presence::at(None, now).as_str(), "never_contacted");
        assert_eq!([at(0), at(ONLINE_MS - 1), at(ONLINE_MS)], ["online", "online", "offline"]);
        assert_eq!([at(STALE_MS - 1), at(STALE_MS)], ["offline", "stale"]);
    }
}
