//! Coercion of single values: forms and queries know only text, and some clients send text in JSON too.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::Value;

/// Largest magnitude below which every integer is an exact double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A 64-bit integer, from a number without fraction or its text.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A finite number, or its text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|float: &f64| float.is_finite())
}

/// `true`, `t`, `1` or `false`, `f`, `0`, in any case.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Some(true),
            "false" | "f" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Text, from text, a number or a boolean.
pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A day as `YYYY-MM-DD`; of a point in time, its day in UTC.
pub(super) fn date(value: &Value) -> Option<String> {
    let day = match value.as_str()?.trim() {
        text if text.len() <= 10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?,
        text => instant(text)?.date_naive(),
    };
    plausible(day).then(|| day.format("%Y-%m-%d").to_string())
}

/// A point in time in RFC 3339, UTC; a day alone is its first moment.
pub(super) fn time(value: &Value) -> Option<String> {
    let moment = instant(value.as_str()?.trim())?;
    plausible(moment.date_naive()).then(|| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Reads RFC 3339, also with a blank where an unescaped `+` stood in a query, without an offset (UTC), and days.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_plus = text.get(11..).map(|tail| format!("{}{}", &text[..11], tail.replace(' ', "+")));
    let text = with_plus.as_deref().unwrap_or(text);
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    if let Ok(moment) = zoned {
        return Some(moment.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let midnight = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    local.or_else(midnight).map(|moment| moment.and_utc())
}

/// Years of four digits: what every other program can read back.
fn plausible(day: NaiveDate) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&day.year())
}
