//! JSON as people read it: on one line, with spaces, and nothing longer than needed.

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// The longest text shown whole.
const LONGEST: usize = 60;

/// One line, with a space after each comma and colon.
pub(super) fn line(value: &Value) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, Spaced)) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => value.to_string(),
    }
}

/// As [`line()`], with long texts cut.
pub(super) fn short_line(value: &Value) -> String {
    line(&shortened(value))
}

/// A path as programmers write it: `approvals[0].user.username`.
pub(super) fn written(path: &str) -> String {
    path.split('.').fold(String::new(), |written, part| match part.parse::<usize>() {
        Ok(index) => format!("{written}[{index}]"),
        Err(_) if written.is_empty() => part.to_owned(),
        Err(_) => format!("{written}.{part}"),
    })
}

/// The part of `value` at a path like `approvals.0.user.username`; the whole for an empty path.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(value, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => value.get(part),
    })
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > LONGEST => {
            Value::String(text.chars().take(LONGEST).chain(['…']).collect())
        }
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shortened(value))).collect(),
        other => other.clone(),
    }
}

/// A space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::{at, line, short_line, written};
    use serde_json::json;

    #[test]
    fn a_line_has_spaces_and_no_long_text() {
        assert_eq!(line(&json!({"a": [1, "x"], "b": null})), r#"{"a": [1, "x"], "b": null}"#);
        assert_eq!(short_line(&json!("y".repeat(100))).chars().count(), 63);
    }

    #[test]
    fn a_path_is_written_with_brackets() {
        assert_eq!(written("0.a.1.b"), "[0].a[1].b");
    }

    #[test]
    fn a_path_finds_its_part() {
        let value = json!({"a": [{"b": 7}]});
        assert_eq!(at(&value, "a.0.b"), Some(&json!(7)));
        assert_eq!(at(&value, ""), Some(&value));
        assert_eq!((at(&value, "a.1.b"), at(&value, "a.b")), (None, None));
    }
}
