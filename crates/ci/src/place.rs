//! How messages name the keyword they are about.

use std::fmt;

/// Longest piece of the file's own text that a message repeats, in characters.
const MAX_QUOTED: usize = 80;

/// The way from the file's root to a keyword, shown as `jobs:build:script`.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: &'a str,
}

impl<'a> Place<'a> {
    /// A keyword at the root of the file.
    pub(crate) fn root(name: &'a str) -> Self {
        Self { parent: None, name }
    }

    /// A keyword below this one.
    pub(crate) fn at(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), name }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}:")?;
        }
        f.write_str(&shown(self.name))
    }
}

/// The file's own text made fit for a message: one line, no control characters, not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_QUOTED).flat_map(shown_char).collect();
    if text.chars().nth(MAX_QUOTED).is_some() {
        shown.push('…');
    }
    shown
}

/// Text made fit for a message, however long.
pub(crate) fn visible(text: &str) -> String {
    text.chars().flat_map(shown_char).collect()
}

fn shown_char(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let kept = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(kept)
}
