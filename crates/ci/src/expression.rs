//! The conditions of `rules:if`, `only:variables` and `except:variables`.

mod evaluate;
mod parse;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use evaluate::{Lookup, evaluate};

use crate::pattern::Patterns;
use crate::place::Place;
use crate::report::Report;
use crate::values;
use crate::yaml::node::Node;
use regex::Regex;
use std::rc::Rc;

/// Longest expression, in bytes.
const MAX_BYTES: usize = 10_000;

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// A variable or text alone: met if it is there and not blank.
    Value(Value),
    /// Both are equal; with the flag, they are not.
    Equals(Value, Value, bool),
    /// The text matches the pattern; with the flag, it does not.
    Matches(Value, Matcher, bool),
    /// Both are met.
    And(Box<Expression>, Box<Expression>),
    /// One of them is met.
    Or(Box<Expression>, Box<Expression>),
}

/// What is compared.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// The value of a variable; nothing if there is no such variable.
    Variable(String),
    /// A text as written.
    Text(String),
    /// Nothing.
    Null,
}

/// The right side of `=~` and `!~`.
#[derive(Debug, Clone)]
pub(crate) enum Matcher {
    /// A pattern as written.
    Pattern(Rc<Regex>),
    /// A variable whose value is a pattern.
    Variable(String),
}

/// Why an expression cannot be read.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    /// At which character, from 0.
    at: usize,
    message: String,
}

/// Reads the condition of a keyword.
pub(crate) fn read(node: &Node, place: Place<'_>, patterns: &Patterns, report: &mut Report) -> Option<Expression> {
    let text = values::text(node, place, report)?;
    if text.len() > MAX_BYTES {
        report.error(node.at, format!("`{place}` has more than {MAX_BYTES} bytes"));
        return None;
    }
    match token::tokens(text).and_then(|tokens| parse::parse(&tokens, text, patterns)) {
        Ok(expression) => Some(expression),
        Err(Problem { at, message }) => {
            let found = node.place_of(at);
            let unclear = at > 0 && found == node.at;
            let where_in_it =
                if unclear { format!(" (character {} of the expression)", at + 1) } else { String::new() };
            report.error(found, format!("`{place}`: {message}{where_in_it}"));
            None
        }
    }
}
