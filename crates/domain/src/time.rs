//! Points in time and dates. The clock itself is never read here.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time: milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads ISO 8601 with a time and a zone, or a date alone (its start in UTC); anything else is `None`.
    pub fn parse(text: &str) -> Option<Timestamp> {
        if let Some(day) = Date::parse(text) {
            return Some(Timestamp(day.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()));
        }
        DateTime::parse_from_rfc3339(text).ok().map(|at| Timestamp(at.timestamp_millis()))
    }

    /// The UTC date this point in time falls on.
    pub fn date(self) -> Date {
        Date(self.utc().date_naive())
    }

    /// This point in time plus `ms` milliseconds (negative for earlier).
    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this point in time.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// For people, in UTC: `21 Nov 2026, 09:30 UTC`.
    pub fn for_people(self) -> String {
        self.utc().format("%-d %b %Y, %H:%M UTC").to_string()
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601, UTC, milliseconds: `2026-11-21T09:30:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A calendar date in UTC, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(pub NaiveDate);

impl Date {
    /// Reads `YYYY-MM-DD`; anything else is `None`.
    pub fn parse(text: &str) -> Option<Date> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Date)).flatten()
    }

    /// The date `days` later.
    pub fn plus_days(self, days: u64) -> Date {
        Date(self.0.checked_add_days(chrono::Days::new(days)).unwrap_or(NaiveDate::MAX))
    }

    /// For people: `21 Nov 2026`.
    pub fn for_people(self) -> String {
        self.0.format("%-d %b %Y").to_string()
    }

    /// Whether something that expires on this date is dead on `today`: from 00:00 UTC *on* that date
    /// (semantics, section 1).
    pub fn has_passed(self, today: Date) -> bool {
        self <= today
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_strict_and_expire_on_their_own_day() {
        assert_eq!(Date::parse("2026-02-28").map(|d| d.to_string()), Some("2026-02-28".into()));
        for bad in [
            "",
            "2026-2-28",
            "2026-02-30",
            "2026-02-28T00:00",
            "26-02-28",
            "2026/02/28",
            "+026-02-28",
            " 026-02-28",
            "2026- 2-28",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        let day = Date::parse("2026-02-28").unwrap();
        assert!(day.has_passed(day));
        assert!(!day.has_passed(Date::parse("2026-02-27").unwrap()));
    }

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        assert_eq!(Timestamp(1_700_000_000_123).to_string(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Timestamp(i64::MAX).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
