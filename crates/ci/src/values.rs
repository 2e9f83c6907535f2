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

/// An unquoted whole number within bounds.
pub(crate) fn number(node: &Node, (least, most): (i64, i64), place: Place<'_>, report: &mut Report) -> Option<i64> {
    let read = node.plain().and_then(|text| text.parse().ok()).filter(|number| (least..=most).contains(number));
    if read.is_none() {
        let got = node.text().map_or_else(|| node.form().to_owned(), |text| format!("`{}`", shown(text)));
        report.error(node.at, format!("`{place}` must be a whole number from {least} to {most}, not {got}"));
    }
    read
}

/// Deepest nesting of lists that are taken for one, the outermost counted.
const MAX_NESTING: usize = 10;

/// The items of a list, those of lists in it in their place; of anything else, that alone.
pub(crate) fn flattened<'n>(node: &'n Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<&'n Rc<Node>>> {
    let mut items = Vec::new();
    flatten(node, 0, place, &mut items, report).then_some(items)
}

fn flatten<'n>(
    node: &'n Rc<Node>,
    level: usize,
    place: Place<'_>,
    into: &mut Vec<&'n Rc<Node>>,
    report: &mut Report,
) -> bool {
    let Kind::Sequence(inner) = &node.kind else {
        into.push(node);
        return true;
    };
    if level >= MAX_NESTING {
        report.error(node.at, format!("`{place}` is nested more than {MAX_NESTING} lists deep"));
        return false;
    }
    inner.iter().all(|item| flatten(item, level + 1, place, into, report))
}

/// Texts, one alone or those of a list, within bounds.
pub(crate) fn texts(
    node: &Rc<Node>,
    (most, most_chars): (usize, usize),
    place: Place<'_>,
    report: &mut Report,
) -> Option<Vec<String>> {
    let items = flattened(node, place, report)?;
    if items.len() > most {
        report.error(node.at, format!("`{place}` has {} entries; at most {most} are allowed", items.len()));
        return None;
    }
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        let text = text(item, place, report)?;
        if text.trim().is_empty() || text.chars().nth(most_chars).is_some() {
            report.error(item.at, format!("each of `{place}` must have 1 to {most_chars} characters"));
            return None;
        }
        texts.push(text.to_owned());
    }
    Some(texts)
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
