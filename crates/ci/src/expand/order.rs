//! Puts variables behind those they name.

use std::collections::HashMap;

use super::pieces::{Piece, pieces};
use crate::plan::Variable;

/// Indices of variables.
pub(super) struct Ordered {
    /// Each behind all it names.
    pub(super) order: Vec<usize>,
    /// Those without such a place: part of a cycle, or naming a variable that is.
    pub(super) cyclic: Vec<usize>,
}

/// Orders variables by what they name (`last`: which variable a name means). Not recursive, so that a chain of any
/// length is no danger to the stack.
pub(super) fn order(vars: &[Variable], last: &HashMap<&str, usize>) -> Ordered {
    let mut named_by: Vec<Vec<usize>> = vec![Vec::new(); vars.len()];
    let mut waiting: Vec<usize> = vec![0; vars.len()];
    for (index, named) in vars.iter().enumerate().flat_map(|(index, var)| named(var, last).map(move |n| (index, n))) {
        if let (Some(users), Some(count)) = (named_by.get_mut(named), waiting.get_mut(index)) {
            users.push(index);
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..vars.len()).filter(|index| waiting.get(*index) == Some(&0)).collect();
    let mut next = 0;
    while let Some(&ready) = order.get(next) {
        next += 1;
        for &user in named_by.get(ready).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(user) {
                *count -= 1;
                if *count == 0 {
                    order.push(user);
                }
            }
        }
    }
    let cyclic = (0..vars.len()).filter(|index| waiting.get(*index).is_some_and(|count| *count > 0)).collect();
    Ordered { order, cyclic }
}

/// The variables a variable names, as often as it does.
fn named<'v>(var: &'v Variable, last: &'v HashMap<&str, usize>) -> impl Iterator<Item = usize> + 'v {
    let text = if var.raw { "" } else { &var.value };
    pieces(text).filter_map(|piece| match piece {
        Piece::Name(name) => last.get(name).copied(),
        Piece::Text(_) => None,
    })
}
