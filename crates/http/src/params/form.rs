//! Queries and forms: `a=1`, `a[b]=1`, `a[]=1`, `a[][b]=1`, `a[0][b]=1`, nested at will.

use std::collections::HashMap;

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use super::given::{Given, MAX_DEPTH, too_deep};
use crate::reply::ApiError;

/// One pair of brackets of a name.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    /// `[]`: one more element.
    Push,
    /// `[key]`.
    Key(&'a str),
}

/// Reads a query or a form; its names replace those already given.
pub(super) fn read(text: &[u8], given: &mut Given) -> Result<(), ApiError> {
    collect(pairs(text), given)
}

/// Puts the fields of a form where their names say; these replace those already given.
pub(super) fn collect(
    fields: impl Iterator<Item = Result<(String, String), ApiError>>,
    given: &mut Given,
) -> Result<(), ApiError> {
    let mut values = Map::new();
    let mut repeats: HashMap<String, Vec<String>> = HashMap::new();
    for pair in fields {
        given.count(1)?;
        let (name, value) = pair?;
        let (root, steps) = split(&name)?;
        if steps.is_empty() {
            repeats.entry(root.to_owned()).or_default().push(value.clone());
        }
        place(values.entry(root).or_insert(Value::Null), &steps, value);
    }
    repeats.retain(|_, all| all.len() > 1);
    given.replace(values, repeats);
    Ok(())
}

/// The decoded pairs of a query or form, in order. Names and values must be UTF-8.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = Result<(String, String), ApiError>> {
    text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        Ok((unescape(name)?, unescape(value)?))
    })
}

fn unescape(text: &[u8]) -> Result<String, ApiError> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect())
        .map_err(|_| ApiError::bad_request("a parameter is not valid UTF-8"))
}

/// Splits `a[b][]` into `a` and its steps. A name whose brackets do not match is one plain name.
fn split(name: &str) -> Result<(&str, Vec<Step<'_>>), ApiError> {
    let Some((root, mut rest)) = name.find('[').filter(|at| *at > 0).map(|at| name.split_at(at)) else {
        return Ok((name, Vec::new()));
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let Some((key, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) else {
            return Ok((name, Vec::new()));
        };
        if steps.len() + 1 >= MAX_DEPTH {
            return Err(too_deep());
        }
        steps.push(if key.is_empty() { Step::Push } else { Step::Key(key) });
        rest = after;
    }
    Ok((root, steps))
}

/// Puts a value where the steps lead; what does not fit there is replaced (the last one wins).
fn place(slot: &mut Value, steps: &[Step<'_>], text: String) {
    match steps {
        [] => *slot = Value::String(text),
        [Step::Key(key), rest @ ..] => {
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Value::Object(map) = slot {
                place(map.entry(*key).or_insert(Value::Null), rest, text);
            }
        }
        [Step::Push, rest @ ..] => {
            if !slot.is_array() {
                *slot = Value::Array(Vec::new());
            }
            if let Value::Array(list) = slot {
                push(list, rest, text);
            }
        }
    }
}

/// `a[][b]=1&a[][c]=2` is one element with two keys; a key that comes again starts the next element.
fn push(list: &mut Vec<Value>, rest: &[Step<'_>], text: String) {
    if let (Some(last), [Step::Key(_), ..]) = (list.last_mut(), rest)
        && last.is_object()
        && !holds(last, rest)
    {
        return place(last, rest, text);
    }
    let mut element = Value::Null;
    place(&mut element, rest, text);
    list.push(element);
}

/// Whether the place is taken already. A place that ends in a list never is: it takes one more element.
fn holds(value: &Value, steps: &[Step<'_>]) -> bool {
    match steps {
        [] => true,
        [Step::Push, ..] => false,
        [Step::Key(key), rest @ ..] => value.get(*key).is_some_and(|inner| holds(inner, rest)),
    }
}
