//! The lists and mappings that are being read.

use std::collections::HashMap;
use std::rc::Rc;

use super::merge_key::{self, Merge};
use super::node::{Entry, Kind, Node, Position};
use crate::place::shown;
use crate::report::Report;

/// A list or mapping that is being read.
pub(super) struct Open {
    /// The parser's number of its anchor, 0 for none.
    pub(super) anchor: usize,
    at: Position,
    content: Content,
}

enum Content {
    Sequence { items: Vec<Rc<Node>>, reference: bool },
    Mapping(Keys),
}

/// A mapping that is being read.
#[derive(Default)]
struct Keys {
    entries: Vec<Entry>,
    /// Where the entry of each key is.
    known: HashMap<Rc<str>, usize>,
    merges: Vec<Merge>,
    pending: Option<Pending>,
}

/// A key whose value comes next.
enum Pending {
    Key(Rc<str>, Position),
    Merge(Position),
    /// It is reported already and names nothing that could be read.
    Nothing(Position),
}

impl Open {
    /// A list; with `reference`, that of a `!reference`.
    pub(super) fn sequence(anchor: usize, at: Position, reference: bool) -> Self {
        Self { anchor, at, content: Content::Sequence { items: Vec::new(), reference } }
    }

    /// A mapping.
    pub(super) fn mapping(anchor: usize, at: Position) -> Self {
        Self { anchor, at, content: Content::Mapping(Keys::default()) }
    }

    /// Whether the next value is a key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(&self.content, Content::Mapping(Keys { pending: None, .. }))
    }

    /// Where the key is whose value comes next.
    pub(super) fn key_at(&self) -> Option<Position> {
        match &self.content {
            Content::Mapping(Keys {
                pending: Some(Pending::Key(_, at) | Pending::Merge(at) | Pending::Nothing(at)),
                ..
            }) => Some(*at),
            _ => None,
        }
    }

    /// Takes a key of a mapping.
    pub(super) fn key(&mut self, text: &Rc<str>, plain: bool, at: Position, report: &mut Report) {
        let Content::Mapping(keys) = &mut self.content else { return };
        keys.pending = Some(match &**text {
            "<<" if plain => Pending::Merge(at),
            "" => {
                report.error(at, "a key is missing before `:`");
                Pending::Nothing(at)
            }
            _ => Pending::Key(Rc::clone(text), at),
        });
    }

    /// Takes a value: the next of a list, or that of the key before it.
    pub(super) fn value(&mut self, node: Rc<Node>, report: &mut Report) {
        match &mut self.content {
            Content::Sequence { items, .. } => items.push(node),
            Content::Mapping(keys) => keys.value(node, report),
        }
    }

    /// The whole list or mapping.
    pub(super) fn close(self, report: &mut Report) -> Node {
        let kind = match self.content {
            Content::Sequence { items, reference: false } => Kind::Sequence(items),
            Content::Sequence { items, reference: true } => reference(&items, self.at, report),
            Content::Mapping(keys) => Kind::Mapping(merge_key::apply(keys.merges, keys.entries, report)),
        };
        Node::new(kind, self.at)
    }
}

impl Keys {
    fn value(&mut self, value: Rc<Node>, report: &mut Report) {
        match self.pending.take() {
            None | Some(Pending::Nothing(_)) => {}
            Some(Pending::Merge(at)) => self.merges.push(Merge { value, at, after: self.entries.len() }),
            Some(Pending::Key(key, at)) => {
                if let Some(first) = self.known.get(&key).and_then(|index| self.entries.get(*index)) {
                    let (key, line) = (shown(&key), first.at.line);
                    report
                        .error(at, format!("the key `{key}` is given twice (first in line {line}); keep one of them"));
                    return;
                }
                self.known.insert(Rc::clone(&key), self.entries.len());
                self.entries.push(Entry { key, at, value });
            }
        }
    }
}

fn reference(items: &[Rc<Node>], at: Position, report: &mut Report) -> Kind {
    let names: Option<Vec<Rc<str>>> = items.iter().map(|item| item.text().map(Rc::from)).collect();
    let names = names.unwrap_or_default();
    if names.is_empty() {
        report.error(at, NOT_A_REFERENCE);
    }
    Kind::Reference(names)
}

/// What to say of a `!reference` that is something else.
pub(super) const NOT_A_REFERENCE: &str = "`!reference` must be a list of names, such as `!reference [.job, script]`";
