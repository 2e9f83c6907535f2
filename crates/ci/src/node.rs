//! The YAML tree with positions that every keyword is read from.

use std::rc::Rc;

/// A place in the file, both numbers from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Line number.
    pub(crate) line: usize,
    /// Column number.
    pub(crate) column: usize,
}

impl Position {
    /// The beginning of the file.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// One value of the file. Aliases share the node they name.
#[derive(Debug)]
pub(crate) struct Node {
    /// The value itself.
    pub(crate) kind: Kind,
    /// Where it was written.
    pub(crate) at: Position,
    /// How large it is with all aliases written out.
    pub(crate) size: Size,
}

/// The three forms of a YAML value.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text as written, with escapes and folding resolved.
    Scalar {
        /// The text.
        text: Rc<str>,
        /// True if unquoted and untagged, so that `null` and `true` have their YAML meaning.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// Keys with values, in the order of the file.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The key's text.
    pub(crate) key: Rc<str>,
    /// Where the key was written.
    pub(crate) at: Position,
    /// The value.
    pub(crate) value: Rc<Node>,
}

/// The size of a node with all aliases written out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// Number of values, itself included.
    pub(crate) nodes: usize,
    /// Bytes of text in keys and scalars.
    pub(crate) bytes: usize,
    /// Levels of lists and mappings; 0 for a scalar.
    pub(crate) depth: usize,
}

impl Node {
    /// The text of a scalar that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether this is YAML's null: nothing, `~` or an unquoted `null`.
    pub(crate) fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, plain: true } => matches!(&**text, "" | "~" | "null" | "Null" | "NULL"),
            _ => false,
        }
    }

    /// What to call this form in a message.
    pub(crate) fn form(&self) -> &'static str {
        match self.kind {
            _ if self.is_null() => "nothing",
            Kind::Scalar { .. } => "a single value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }
}
