//! Writes a tree as YAML again, so that it reads as the same tree.

use super::node::{Entry, Kind, Node, Style};

/// Largest text that is written, in bytes: indentation makes a deep tree much larger than what it was read from.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Words that mean something else than a text where no quotes stand around them.
const WORDS: [&str; 8] = ["false", "n", "no", "null", "off", "on", "true", "y"];

/// The tree as YAML; `None` if that would be too large.
pub(crate) fn write(root: &Node) -> Option<String> {
    let mut writer = Writer { out: String::new() };
    let written = match &root.kind {
        Kind::Mapping(entries) if !entries.is_empty() => writer.entries(entries, 0),
        Kind::Sequence(items) if !items.is_empty() => writer.items(items, 0),
        _ => writer.value(root, 0),
    };
    written.map(|()| writer.out.trim_start().to_owned())
}

struct Writer {
    out: String,
}

impl Writer {
    /// What stands behind a `:` or `-`, with the end of its line. `indent` is that of what is below.
    fn value(&mut self, node: &Node, indent: usize) -> Option<()> {
        match &node.kind {
            Kind::Mapping(entries) if entries.is_empty() => self.out.push_str(" {}\n"),
            Kind::Sequence(items) if items.is_empty() => self.out.push_str(" []\n"),
            Kind::Mapping(entries) => {
                self.out.push('\n');
                self.entries(entries, indent)?;
            }
            Kind::Sequence(items) => {
                self.out.push('\n');
                self.items(items, indent)?;
            }
            Kind::Scalar { text, style } => {
                self.out.push(' ');
                self.scalar(text, *style, indent);
            }
            // References are resolved before anything is written.
            Kind::Reference(_) => self.out.push_str(" null\n"),
        }
        (self.out.len() <= MAX_BYTES).then_some(())
    }

    fn entries(&mut self, entries: &[Entry], indent: usize) -> Option<()> {
        entries.iter().try_for_each(|entry| {
            self.indent(indent);
            self.entry(entry, indent)
        })
    }

    fn entry(&mut self, entry: &Entry, indent: usize) -> Option<()> {
        self.out.push_str(&in_line(&entry.key));
        self.out.push(':');
        self.value(&entry.value, indent + 2)
    }

    fn items(&mut self, items: &[std::rc::Rc<Node>], indent: usize) -> Option<()> {
        items.iter().try_for_each(|item| {
            self.indent(indent);
            self.out.push('-');
            match &item.kind {
                // The first key stands beside the dash.
                Kind::Mapping(entries) if !entries.is_empty() => {
                    let (first, rest) = entries.split_first()?;
                    self.out.push(' ');
                    self.entry(first, indent + 2)?;
                    self.entries(rest, indent + 2)
                }
                _ => self.value(item, indent + 2),
            }
        })
    }

    fn scalar(&mut self, text: &str, style: Style, indent: usize) {
        match style {
            // As it stood there, so that numbers and booleans stay what they are.
            Style::Plain if text.is_empty() => self.out.push_str("null"),
            Style::Plain => self.out.push_str(text),
            _ if is_block(text) => return self.block(text, indent.max(2)),
            _ => self.out.push_str(&in_line(text)),
        }
        self.out.push('\n');
    }

    /// A text of several lines as it is.
    fn block(&mut self, text: &str, indent: usize) {
        self.out.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
        for line in text.lines() {
            if !line.is_empty() {
                self.indent(indent);
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn indent(&mut self, by: usize) {
        self.out.extend(std::iter::repeat_n(' ', by));
    }
}

/// Whether a text can stand as a block of lines.
fn is_block(text: &str) -> bool {
    let inner = text.strip_suffix('\n').unwrap_or(text);
    let lines_end_well = inner.lines().all(|line| !line.ends_with([' ', '\t']));
    let begins_well = !inner.starts_with([' ', '\t', '\n']) && !inner.is_empty() && !inner.ends_with('\n');
    inner.contains('\n') && begins_well && lines_end_well && !text.chars().any(|c| c != '\n' && is_special(c))
}

/// A text in one line, between quotes if it needs them.
fn in_line(text: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || " _./-+@=".contains(c);
    let word = text.to_ascii_lowercase();
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(good)
        && !text.ends_with(' ')
        && !WORDS.contains(&word.as_str())
        && word != "yes";
    if bare {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if is_special(c) => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character cannot stand for itself in a line.
fn is_special(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{budget::Budget, load};
    use super::*;
    use crate::report::Report;

    fn tree(text: &str) -> std::rc::Rc<Node> {
        load::load(0, text, &mut Budget::default(), &mut Report::new("x")).unwrap()
    }

    /// What was written, which reads as the same.
    fn written(text: &str) -> String {
        let out = write(&tree(text)).unwrap();
        assert_eq!(write(&tree(&out)).unwrap(), out, "{text}");
        out
    }

    #[test]
    fn lists_mappings_and_texts_read_as_they_were() {
        let text = "a:\n  - b: 1\n    c: [x, [y, 'true'], {}]\n  - |\n    one\n    two\n  - >-\n    three\n\n    four\n\
                    empty: []\nnothing:\nyes: \"\\u0001\\t # : é\"\n'k: k': 1.10\n";
        insta::assert_snapshot!(written(text), @r##"
        a:
          - b: 1
            c:
              - x
              -
                - y
                - "true"
              - {}
          - |
            one
            two
          - |-
            three
            four
        empty: []
        nothing: null
        "yes": "\U00000001\U00000009 # : é"
        "k: k": 1.10
        "##);
    }

    #[test]
    fn a_single_value_is_written_too() {
        assert_eq!(written("x"), "x\n");
        assert_eq!(written("- x\n- {a: {b: c}}"), "- x\n- a:\n    b: c\n");
    }
}
