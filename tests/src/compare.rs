//! Comparing replies with what documents show.

use serde_json::Value;

/// The places where `actual` lacks something that `expected` shows. Objects may hold more fields; lists must have the
/// same elements in the same order.
pub fn missing(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(String::new(), expected, actual, &mut found);
    found
}

/// Fails unless `actual` has everything that `expected` shows.
///
/// # Panics
/// It has not.
#[track_caller]
pub fn assert_shows(actual: &Value, expected: &Value) {
    let missing = missing(expected, actual);
    assert!(missing.is_empty(), "{}\nin {actual:#}", missing.join("\n"));
}

fn compare(at: String, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (key, value) in wanted {
                match given.get(key) {
                    Some(other) => compare(format!("{at}/{key}"), value, other, found),
                    None => found.push(format!("{at}/{key}: {value} expected, but it is missing")),
                }
            }
        }
        (Value::Array(wanted), Value::Array(given)) if wanted.len() == given.len() => {
            for (index, (value, other)) in wanted.iter().zip(given).enumerate() {
                compare(format!("{at}/{index}"), value, other, found);
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{at}: {expected} expected, {actual} found")),
    }
}

/// The ids of a list of objects.
pub fn ids(list: &Value) -> Vec<i64> {
    let rows = list.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().filter_map(|row| row["id"].as_i64()).collect()
}

/// An id that must be there.
///
/// # Panics
/// There is none.
#[track_caller]
pub fn id(value: &Value) -> i64 {
    value["id"].as_i64().unwrap_or_else(|| panic!("no id in {value}"))
}
