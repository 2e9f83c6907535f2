//! Lays one mapping over another.

use std::collections::HashMap;
use std::rc::Rc;

use crate::yaml::node::{Entry, Kind, Node};

/// From how many keys on they are looked up by hash.
const MANY: usize = 16;

/// `over` laid over `base`: of two mappings every key of either, those of both merged in turn; else `over`. Lists are
/// replaced. A key that `over` sets to null is left out where `remove_null`, which holds for all levels below too.
pub(super) fn deep(base: &Rc<Node>, over: &Rc<Node>, remove_null: bool) -> Rc<Node> {
    let (Some(below), Some(above)) = (base.entries(), over.entries()) else { return Rc::clone(over) };
    let index = Index::of(below);
    let mut entries: Vec<Option<Entry>> = below.iter().cloned().map(Some).collect();
    for entry in above {
        let known = index.get(&entry.key).and_then(|at| entries.get_mut(at));
        let removed = remove_null && entry.value.is_null();
        match known {
            Some(slot) if removed => *slot = None,
            Some(slot) => {
                let value = match &slot {
                    Some(old) => deep(&old.value, &entry.value, true),
                    None => Rc::clone(&entry.value),
                };
                *slot = Some(Entry { value, ..entry.clone() });
            }
            None if removed => {}
            None => entries.push(Some(entry.clone())),
        }
    }
    Rc::new(Node::new(Kind::Mapping(entries.into_iter().flatten().collect()), over.at))
}

/// A mapping without one of its keys.
pub(super) fn without(node: &Rc<Node>, key: &str) -> Rc<Node> {
    match node.entries() {
        Some(entries) if entries.iter().any(|entry| &*entry.key == key) => {
            let kept = entries.iter().filter(|entry| &*entry.key != key).cloned().collect();
            Rc::new(Node::new(Kind::Mapping(kept), node.at))
        }
        _ => Rc::clone(node),
    }
}

/// Finds keys; of a small mapping by looking at each.
enum Index<'n> {
    Few(&'n [Entry]),
    Many(HashMap<&'n str, usize>),
}

impl<'n> Index<'n> {
    fn of(entries: &'n [Entry]) -> Self {
        if entries.len() < MANY {
            return Self::Few(entries);
        }
        Self::Many(entries.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect())
    }

    fn get(&self, key: &str) -> Option<usize> {
        match self {
            Self::Few(entries) => entries.iter().position(|entry| &*entry.key == key),
            Self::Many(index) => index.get(key).copied(),
        }
    }
}
