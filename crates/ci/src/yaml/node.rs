//! The YAML tree with positions that every keyword is read from.

use std::rc::Rc;

/// A place in one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// Which file, by its number in the report; 0 is the main file.
    pub(crate) file: u16,
    /// Line number, from 1.
    pub(crate) line: u32,
    /// Column number in characters, from 1.
    pub(crate) column: u32,
}

impl Position {
    /// The beginning of the main file.
    pub(crate) const START: Self = Self::start_of(0);

    /// The beginning of a file.
    pub(crate) const fn start_of(file: u16) -> Self {
        Self { file, line: 1, column: 1 }
    }
}

/// One value of a file. Aliases share the node they name.
#[derive(Debug)]
pub(crate) struct Node {
    /// The value itself.
    pub(crate) kind: Kind,
    /// Where it was written.
    pub(crate) at: Position,
    /// How large it is with all aliases written out.
    pub(crate) size: Size,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes or tag, so that `null` and `true` have their YAML meaning.
    Plain,
    /// Without quotes, over several lines.
    PlainLines,
    /// Between quotes, in one line.
    Quoted,
    /// In any other way; where in it a character stands is not known.
    Other,
}

/// The forms of a value.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text as written, with escapes and folding resolved.
    Scalar {
        /// The text.
        text: Rc<str>,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// Keys with values, in the order of the file.
    Mapping(Vec<Entry>),
    /// `!reference`: the keys that lead from the root to the value meant. Gone once references are resolved.
    Reference(Vec<Rc<str>>),
}

/// One key of a mapping with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key's text.
    pub(crate) key: Rc<str>,
    /// Where the key was written.
    pub(crate) at: Position,
    /// The value.
    pub(crate) value: Rc<Node>,
}

/// The size of a node with all aliases written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Number of values, itself included.
    pub(crate) nodes: u32,
    /// Bytes of text in scalars.
    pub(crate) bytes: u32,
    /// Levels of lists and mappings; 0 for a scalar.
    pub(crate) depth: u16,
    /// Whether there is a `!reference` in it.
    pub(crate) refers: bool,
}

impl Size {
    /// Adds what is inside.
    fn hold(&mut self, inner: Size) {
        self.nodes = self.nodes.saturating_add(inner.nodes);
        self.bytes = self.bytes.saturating_add(inner.bytes);
        self.depth = self.depth.max(inner.depth.saturating_add(1));
        self.refers |= inner.refers;
    }
}

impl Node {
    /// A value of that kind, which knows its size.
    pub(crate) fn new(kind: Kind, at: Position) -> Self {
        let mut size = Size { nodes: 1, ..Size::default() };
        match &kind {
            Kind::Scalar { text, .. } => size.bytes = u32::try_from(text.len()).unwrap_or(u32::MAX),
            Kind::Sequence(items) => {
                size.depth = 1;
                items.iter().for_each(|item| size.hold(item.size));
            }
            Kind::Mapping(entries) => {
                size.depth = 1;
                entries.iter().for_each(|entry| size.hold(entry.value.size));
            }
            Kind::Reference(_) => size.refers = true,
        }
        Self { kind, at, size }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar without quotes or tag, which may be a word such as `true`.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, style: Style::Plain | Style::PlainLines } => Some(text),
            _ => None,
        }
    }

    /// Whether this is YAML's null: nothing, `~` or an unquoted `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.plain().is_some_and(|text| matches!(text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Where the character with that number, from 0, of a text is written; the text's beginning where that is not known.
    pub(crate) fn place_of(&self, character: usize) -> Position {
        let Kind::Scalar { text, style } = &self.kind else { return self.at };
        let before = match style {
            Style::Plain => 0,
            // A quote or backslash further in may be written as two characters.
            Style::Quoted if !text.chars().take(character).any(|c| matches!(c, '\'' | '"' | '\\')) => 1,
            _ => return self.at,
        };
        let shift = u32::try_from(character).unwrap_or(u32::MAX).saturating_add(before);
        Position { column: self.at.column.saturating_add(shift), ..self.at }
    }

    /// The keys and values of a mapping.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.entries()?.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// What to call this form in a message.
    pub(crate) fn form(&self) -> &'static str {
        match self.kind {
            _ if self.is_null() => "nothing",
            Kind::Scalar { .. } => "a single value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Reference(_) => "a reference",
        }
    }
}
