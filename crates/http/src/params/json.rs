//! JSON bodies: an object, `null` or nothing at all.

use std::collections::HashMap;

use serde_json::Value;

use super::given::{Given, MAX_DEPTH, too_deep};
use crate::reply::ApiError;

/// Reads a JSON body; its names replace those already given.
pub(super) fn read(text: &[u8], given: &mut Given) -> Result<(), ApiError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    match serde_json::from_slice(text).map_err(|why| ApiError::invalid_json(&describe(&why)))? {
        Value::Null => Ok(()),
        Value::Object(map) => {
            for value in map.values() {
                measure(value, 2, given)?;
            }
            given.count(map.len())?;
            given.replace(map, HashMap::new());
            Ok(())
        }
        other => Err(ApiError::bad_request(format_args!("the JSON body must be an object, not {}", kind(&other)))),
    }
}

/// `invalid JSON at line 1 column 45: key must be a string`.
fn describe(why: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", why.line(), why.column());
    let text = why.to_string();
    let reason = text.strip_suffix(&place).unwrap_or(&text);
    format!("invalid JSON{place}: {reason}")
}

/// Counts names and elements, and refuses to go too deep.
fn measure(value: &Value, depth: usize, given: &mut Given) -> Result<(), ApiError> {
    if depth > MAX_DEPTH && (value.is_object() || value.is_array()) {
        return Err(too_deep());
    }
    match value {
        Value::Array(list) => {
            given.count(list.len())?;
            list.iter().try_for_each(|inner| measure(inner, depth + 1, given))
        }
        Value::Object(map) => {
            given.count(map.len())?;
            map.values().try_for_each(|inner| measure(inner, depth + 1, given))
        }
        _ => Ok(()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
