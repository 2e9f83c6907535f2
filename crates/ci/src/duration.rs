//! Spans of time as people write them: `1h 30m`, `2 days`, `90 minutes`, `1:30:00`.

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const WEEK: f64 = 7.0 * DAY;
/// A month counts 30 days.
const MONTH: f64 = 30.0 * DAY;
/// A year counts 365 days and a quarter.
const YEAR: f64 = 365.25 * DAY;

/// The span in whole seconds, at least one; a number alone counts seconds. `None` if it cannot be read, or is nothing.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let seconds = if text.contains(':') { clock(&text)? } else { words(&text)? };
    // Far beyond every limit, and still exact.
    let fits = (1.0..1e12).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range; fractions of a second are dropped")]
    fits.then_some(seconds as i64)
}

/// `minutes:seconds`, `hours:minutes:seconds` or `days:hours:minutes:seconds`.
fn clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    let units = [1.0, MINUTE, HOUR, DAY];
    if parts.len() > units.len() {
        return None;
    }
    parts.iter().rev().zip(units).map(|(part, unit)| number(part).map(|n| n * unit)).sum()
}

/// Numbers with units, next to each other or joined by spaces, commas or `and`.
fn words(text: &str) -> Option<f64> {
    let mut sum = 0.0;
    let mut found = false;
    let mut rest = separated(text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (count, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        sum += number(count)? * if unit.is_empty() && after.is_empty() && !found { 1.0 } else { unit_of(unit)? };
        found = true;
        rest = separated(after);
    }
    found.then_some(sum)
}

fn separated(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t', ',']);
    text.strip_prefix("and ").map_or(text, str::trim_start)
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = !text.is_empty() && text.len() <= 15 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { text.parse().ok() } else { None }
}

fn unit_of(word: &str) -> Option<f64> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "wk" | "wks" | "week" | "weeks" => WEEK,
        "mo" | "mos" | "month" | "months" => MONTH,
        "y" | "yr" | "yrs" | "year" | "years" => YEAR,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn spans_are_read() {
        for (text, want) in [
            ("3600", Some(3600)),
            ("3600 seconds", Some(3600)),
            ("60 minutes", Some(3600)),
            ("one hour", None),
            ("1 hour", Some(3600)),
            ("3 hours 30 minutes", Some(12_600)),
            ("1h 30m", Some(5400)),
            ("1h30m", Some(5400)),
            ("1 hour, 2 mins and 3 secs", Some(3723)),
            ("1.5 hours", Some(5400)),
            ("2 weeks", Some(1_209_600)),
            ("1 month", Some(2_592_000)),
            ("1 mo 1 yr", Some(34_149_600)),
            ("1:30", Some(90)),
            ("1:30:00", Some(5400)),
            ("1:0:0:0", Some(86_400)),
            ("1:0:0:0:0", None),
            (" 5 MIN ", Some(300)),
            ("0", None),
            ("0 minutes", None),
            ("-5 minutes", None),
            ("5 5", None),
            ("5 fortnights", None),
            ("", None),
            ("m", None),
            ("1..5 h", None),
            ("9999999999999999 years", None),
            ("999999999999999 years", None),
            ("1e3", None),
            ("5ü", None),
        ] {
            assert_eq!(parse(text), want, "{text}");
        }
    }
}
