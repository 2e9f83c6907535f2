//! Small things that many pages show: people, times, commits.

use countersign_domain::ids::UserId;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::Namespace;
use countersign_store::projects::Project;
use countersign_store::users::User;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How many colours there are for people.
const HUES: i64 = 8;

/// What a path is spared of: the rest of a name that could be read as something else is escaped.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A path with parameters; those without a value are left out.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> =
        given.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// The path of the page of a project or group itself.
pub(crate) fn page_of(full_path: &str) -> String {
    format!("/{}", utf8_percent_encode(full_path, PLAIN))
}

/// The path of a page below a project.
pub(crate) fn below(project: &Project, rest: &str) -> String {
    format!("{}/-/{rest}", page_of(&project.full_path))
}

/// The path of a page below a group.
pub(crate) fn below_group(group: &Namespace, rest: &str) -> String {
    format!("/groups{}/-/{rest}", page_of(&group.full_path))
}

/// The first characters of a commit's id.
pub(crate) fn short(sha: &str) -> String {
    sha.chars().take(8).collect()
}

/// A person, as pages show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    /// What people call them.
    pub(crate) name: String,
    /// What they sign in with.
    pub(crate) username: String,
    /// One or two letters.
    pub(crate) initials: String,
    /// Their colour, from 0.
    pub(crate) hue: i64,
}

impl Face {
    /// That of a person.
    pub(crate) fn of(user: &User) -> Face {
        Face::named(user.id, &user.name, &user.username)
    }

    /// That of the person with that id, name and username.
    pub(crate) fn named(id: UserId, name: &str, username: &str) -> Face {
        Face { name: name.to_owned(), username: username.to_owned(), initials: initials(name), hue: hue(id.0) }
    }
}

/// The colour of whoever has that id.
pub(crate) fn hue(id: i64) -> i64 {
    id.rem_euclid(HUES)
}

/// One or two letters for a name.
pub(crate) fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let ends = words.first().into_iter().chain(words.last().filter(|_| words.len() > 1));
    let letters = ends.filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    letters.flat_map(char::to_uppercase).take(2).collect()
}

/// A point in time, as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// For machines.
    pub(crate) iso: String,
    /// For people, in UTC: `21 Nov 2026, 09:30 UTC`.
    pub(crate) exact: String,
    /// How long ago it was: `12 min`.
    pub(crate) ago: String,
}

impl Moment {
    /// That time, seen from `now`.
    pub(crate) fn of(at: Timestamp, now: Timestamp) -> Moment {
        Moment { iso: at.to_string(), exact: at.for_people(), ago: duration(now.since(at)) }
    }
}

/// Something to be known of a thing, as a name and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) value: String,
    /// Its page, if it has one that the reader may open.
    pub(crate) href: Option<String>,
}

impl Fact {
    /// One without a page.
    pub(crate) fn plain(name: &'static str, value: impl Into<String>) -> Fact {
        Fact { name, value: value.into(), href: None }
    }

    /// One with a page.
    pub(crate) fn linked(name: &'static str, value: impl Into<String>, href: String) -> Fact {
        Fact { name, value: value.into(), href: Some(href) }
    }
}

/// How long something took, in its two largest units: `1 h 4 min`, `42 s`.
pub(crate) fn took(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        s if s < 60 => format!("{s} s"),
        s if s < 3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

/// A length of time in its largest unit.
pub(crate) fn duration(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    let day = 24 * 60;
    match minutes {
        0 => "just now".into(),
        m if m < 60 => format!("{m} min"),
        m if m < day => format!("{} h", m / 60),
        m if m < 2 * day => "1 day".into(),
        m => format!("{} days", m / day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_left_out_without_a_value() {
        assert_eq!(address("/", &[("search", ""), ("all", "")]), "/");
        assert_eq!(address("/x", &[("search", "a&b=c"), ("page", "2")]), "/x?search=a%26b%3Dc&page=2");
    }

    #[test]
    fn what_took_long_is_told_in_two_units() {
        let rows = [(-5, "0 s"), (42_900, "42 s"), (62_000, "1 min 2 s"), (3_840_000, "1 h 4 min")];
        for (ms, expected) in rows {
            assert_eq!(took(ms), expected);
        }
    }

    #[test]
    fn times_are_told_in_their_largest_unit() {
        let rows = [(-5, "just now"), (59_000, "just now"), (60_000, "1 min"), (7_200_000, "2 h")];
        for (ms, expected) in rows {
            assert_eq!(duration(ms), expected);
        }
        assert_eq!((duration(90_000_000), duration(200_000_000)), ("1 day".into(), "2 days".into()));
    }
}
