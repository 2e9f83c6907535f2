//! Replaces variables in texts: `$NAME` and `${NAME}`; `$$` stands for `$`.

mod order;
mod pieces;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::plan::Variable;
use order::Ordered;
use pieces::{Piece, pieces};

/// Largest result of one expansion, in bytes; what is beyond is cut off.
pub const MAX_EXPANDED_BYTES: usize = 64 * 1024;
/// Largest sum of all values of [`expand_variables`], in bytes, beyond what was written.
const MAX_SUM_BYTES: usize = 4 * 1024 * 1024;

/// Variables after expansion, and those for which it did not work out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// All variables in the given order. Their values are final: every one is `raw`, so that a later expansion
    /// does not read a `$` in them a second time.
    pub variables: Vec<Variable>,
    /// Names of variables that refer to themselves, directly or through others; their values are left as written.
    pub cyclic: Vec<String>,
    /// Names of variables whose values became too large and were cut off.
    pub truncated: Vec<String>,
}

/// Replaces the variables of a text, once: what `lookup` returns is taken as it is. Unknown variables become empty;
/// a `$` that begins no variable stays. A result of more than [`MAX_EXPANDED_BYTES`] is cut off.
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    bounded(text, MAX_EXPANDED_BYTES, |name, result| result.push(&lookup(name).unwrap_or_default())).text
}

/// Expands variables that refer to each other; [`expand_variables`] without the account of what went wrong.
pub fn expand_all(vars: &[Variable]) -> Vec<Variable> {
    expand_variables(vars).variables
}

/// Expands variables that refer to each other, each after those it names. Where a name is given more than once, the
/// last one is meant. Raw variables are not expanded, but may be named. Variables that are not among them are empty.
pub fn expand_variables(vars: &[Variable]) -> Expansion {
    let last: HashMap<&str, usize> = vars.iter().enumerate().map(|(index, var)| (var.key.as_str(), index)).collect();
    let Ordered { order, cyclic } = order::order(vars, &last);
    let mut done: Vec<Variable> = vars.iter().map(|var| Variable { raw: true, ..var.clone() }).collect();
    let mut room = MAX_SUM_BYTES;
    let mut truncated = Vec::new();
    for index in order {
        let Some(var) = vars.get(index).filter(|var| !var.raw) else { continue };
        let limit = MAX_EXPANDED_BYTES.min(room);
        let result = bounded(&var.value, limit, |name, result| {
            if let Some(named) = last.get(name).and_then(|index| done.get(*index)) {
                result.push(&named.value);
            }
        });
        room = room.saturating_sub(result.text.len());
        if result.full {
            truncated.push(index);
        }
        if let Some(var) = done.get_mut(index) {
            var.value = result.text;
        }
    }
    Expansion { cyclic: names(vars, cyclic), truncated: names(vars, truncated), variables: done }
}

fn names(vars: &[Variable], mut indices: Vec<usize>) -> Vec<String> {
    indices.sort_unstable();
    indices.into_iter().filter_map(|index| vars.get(index)).map(|var| var.key.clone()).collect()
}

/// A text that stops growing at a limit.
struct Bounded {
    text: String,
    limit: usize,
    full: bool,
}

impl Bounded {
    fn push(&mut self, more: &str) {
        if self.full {
            return;
        }
        let room = self.limit.saturating_sub(self.text.len());
        let end = more.floor_char_boundary(room);
        self.full = end < more.len();
        self.text.push_str(more.get(..end).unwrap_or_default());
    }
}

fn bounded(text: &str, limit: usize, mut named: impl FnMut(&str, &mut Bounded)) -> Bounded {
    let mut result = Bounded { text: String::new(), limit, full: false };
    for piece in pieces(text) {
        if result.full {
            break;
        }
        match piece {
            Piece::Text(text) => result.push(text),
            Piece::Name(name) => named(name, &mut result),
        }
    }
    result
}
