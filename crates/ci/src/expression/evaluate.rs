//! Whether a condition is met.

use super::{Expression, Matcher, Value};
use crate::pattern::Patterns;

/// Where the values of variables come from.
pub(crate) trait Lookup {
    /// The value of a variable as it is, nothing expanded; `None` if there is no such variable.
    fn value(&self, name: &str) -> Option<&str>;
}

/// Whether a condition is met. A variable on the right of `=~` that holds no pattern is matched by nothing; its name is
/// given to `unmatched`.
pub(crate) fn evaluate(
    of: &Expression,
    variables: &dyn Lookup,
    patterns: &Patterns,
    unmatched: &mut dyn FnMut(&str),
) -> bool {
    match of {
        Expression::Value(value) => resolve(value, variables).is_some_and(|text| !text.trim().is_empty()),
        Expression::Equals(left, right, negated) => (resolve(left, variables) == resolve(right, variables)) != *negated,
        Expression::Matches(text, matcher, negated) => {
            let text = resolve(text, variables).unwrap_or_default();
            matches(text, matcher, variables, patterns, unmatched) != *negated
        }
        Expression::And(left, right) => {
            evaluate(left, variables, patterns, unmatched) && evaluate(right, variables, patterns, unmatched)
        }
        Expression::Or(left, right) => {
            evaluate(left, variables, patterns, unmatched) || evaluate(right, variables, patterns, unmatched)
        }
    }
}

fn resolve<'v>(value: &'v Value, variables: &'v dyn Lookup) -> Option<&'v str> {
    match value {
        Value::Variable(name) => variables.value(name),
        Value::Text(text) => Some(text),
        Value::Null => None,
    }
}

fn matches(
    text: &str,
    matcher: &Matcher,
    variables: &dyn Lookup,
    patterns: &Patterns,
    unmatched: &mut dyn FnMut(&str),
) -> bool {
    match matcher {
        Matcher::Pattern(pattern) => pattern.is_match(text),
        Matcher::Variable(name) => match variables.value(name) {
            None => false,
            Some(written) => match patterns.get(written) {
                Some(pattern) => pattern.is_match(text),
                None => {
                    unmatched(name);
                    false
                }
            },
        },
    }
}
