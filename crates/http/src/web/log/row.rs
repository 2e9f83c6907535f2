//! Lines of a log as rows of a page.

use super::line::Line;
use super::style::Style;
use std::fmt::Write;

/// How deep sections are counted in each other; deeper ones count as the deepest.
pub(super) const DEEPEST: u32 = 4;

/// Where the painting of a log stands: all that one line leaves to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// How many bytes of the log are painted.
    pub(super) offset: u64,
    /// The number of the next line, from 1.
    pub(super) number: u64,
    /// How many sections have begun and not ended.
    pub(super) depth: u32,
    /// How text looks.
    pub(super) style: Style,
}

impl Default for State {
    fn default() -> State {
        State { offset: 0, number: 1, depth: 0, style: Style::default() }
    }
}

impl State {
    /// Paints the next line; nothing for one that only marks a section. `ended` says whether it has ended. The offset is
    /// for the caller to move.
    pub(super) fn paint(&mut self, bytes: &[u8], ended: bool, out: &mut String) {
        let line = Line::read(bytes, self.style);
        self.style = line.style;
        self.depth = self.depth.saturating_sub(line.ended);
        let (number, depth) = (self.number, self.depth);
        self.number = self.number.saturating_add(1);
        self.depth = self.depth.saturating_add(u32::from(line.begins)).min(DEEPEST);
        if line.is_mark() {
            return;
        }
        let section = if line.begins { " sec" } else { "" };
        let part = if ended { "" } else { " part" };
        let nested = if depth > 0 { format!(" d{depth}") } else { String::new() };
        // Writing to a string cannot fail.
        let _ = write!(out, "<div class=\"l{section}{nested}{part}\" id=\"L{number}\">");
        let _ = write!(out, "<a href=\"#L{number}\" tabindex=\"-1\">{number}</a><span>");
        for (style, text) in &line.pieces {
            let classes = style.classes();
            if classes.is_empty() {
                escape(text, out);
                continue;
            }
            let _ = write!(out, "<span class=\"{classes}\">");
            escape(text, out);
            out.push_str("</span>");
        }
        out.push_str("</span></div>\n");
    }
}

/// Adds a text in which nothing is markup.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}
