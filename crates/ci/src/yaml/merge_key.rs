//! The merge key `<<`: puts the keys of other mappings into one.

use std::collections::HashMap;
use std::rc::Rc;

use super::node::{Entry, Kind, Node, Position};
use crate::place::shown;
use crate::report::Report;

/// One `<<` of a mapping.
pub(super) struct Merge {
    /// What is to be merged: a mapping, or a list of mappings.
    pub(super) value: Rc<Node>,
    /// Where the `<<` is.
    pub(super) at: Position,
    /// How many keys the mapping had before it.
    pub(super) after: usize,
}

/// The entries of a mapping with all merges. Its own keys win; of the mappings in one list the first that has a key; of
/// several `<<` the last.
pub(super) fn apply(merges: Vec<Merge>, own: Vec<Entry>, report: &mut Report) -> Vec<Entry> {
    if merges.is_empty() {
        return own;
    }
    let mut merged = Merged::default();
    for merge in &merges {
        let sources: &[Rc<Node>] = match &merge.value.kind {
            Kind::Sequence(items) => items,
            _ => std::slice::from_ref(&merge.value),
        };
        for source in sources.iter().rev() {
            match source.entries() {
                Some(entries) => {
                    warn_of_order(entries, merge, &own, report);
                    entries.iter().for_each(|entry| merged.put(entry.clone()));
                }
                None => {
                    let form = source.form();
                    report.error(merge.at, format!("`<<` must name a mapping or a list of mappings, not {form}"));
                }
            }
        }
    }
    own.into_iter().for_each(|entry| merged.put(entry));
    merged.entries
}

/// Says which of two values counts where a reader may expect the other.
fn warn_of_order(entries: &[Entry], merge: &Merge, own: &[Entry], report: &mut Report) {
    let before: Vec<&Entry> = own.iter().take(merge.after).collect();
    if before.is_empty() {
        return;
    }
    let known: HashMap<&str, &Entry> = before.iter().map(|entry| (&*entry.key, *entry)).collect();
    for entry in entries {
        if let Some(written) = known.get(&*entry.key) {
            let (key, line) = (shown(&entry.key), written.at.line);
            let message = format!(
                "`<<` does not replace the key `{key}` of line {line}: what is written in the mapping itself counts"
            );
            report.warning(merge.at, message);
        }
    }
}

/// Entries of which a later one takes the place of an earlier one.
#[derive(Default)]
struct Merged {
    entries: Vec<Entry>,
    known: HashMap<Rc<str>, usize>,
}

impl Merged {
    fn put(&mut self, entry: Entry) {
        let known = self.known.get(&entry.key).and_then(|index| self.entries.get_mut(*index));
        match known {
            Some(place) => *place = entry,
            None => {
                self.known.insert(Rc::clone(&entry.key), self.entries.len());
                self.entries.push(entry);
            }
        }
    }
}
