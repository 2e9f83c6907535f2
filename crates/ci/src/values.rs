//! Reads the simple forms of values; each reports what it refuses.

use std::rc::Rc;

use crate::place::{Place, shown};
use crate::report::Report;
use crate::suggest;
use crate::yaml::node::{Kind, Node};

/// A text; numbers and booleans count as the text they were written as.
pub(crate) fn text<'n>(node: &'n Node, place: Place<'_>, report: &mut Report) -> Option<&'n str> {
    let text = node.text();
    if text.is_none() {
        report.error(node.at, format!("`{place}` must be a text, not {}", node.form()));
    }
    text
}

/// An unquoted `true` or `false`.
pub(crate) fn flag(node: &Node, place: Place<'_>, report: &mut Report) -> Option<bool> {
    match node.plain() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => {
            let got = node.text().map_or_else(|| node.form().to_owned(), |text| format!("`{}`", shown(text)));
            report.error(node.at, format!("`{place}` must be `true` or `false` (without quotes), not {got}"));
            None
        }
    }
}

/// The items of a list.
pub(crate) fn list<'n>(node: &'n Node, place: Place<'_>, report: &mut Report) -> Option<&'n [Rc<Node>]> {
    match &node.kind {
        Kind::Sequence(items) => Some(items),
        _ => {
            report.error(node.at, format!("`{place}` must be a list of texts, not {}", node.form()));
            None
        }
    }
}

/// Reports a word that is not one of those allowed, naming them.
pub(crate) fn refuse_word(node: &Node, place: Place<'_>, word: &str, allowed: &[&str], report: &mut Report) {
    let list = allowed.join("`, `");
    let hint = suggest::hint(word, allowed.iter().copied());
    report.error(node.at, format!("`{place}` must be one of `{list}`, not `{}`{hint}", shown(word)));
}
