//! How the story is told: plain lines, a little colour where there is a terminal.

use crate::output;
use std::io::IsTerminal as _;

/// The widest line.
const WIDTH: usize = 100;

/// Prints the story.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice {
    colour: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy)]
enum Style {
    Heading,
    Request,
    Good,
    Refused,
    Aside,
}

impl Style {
    /// The terminal's code for it.
    fn code(self) -> &'static str {
        match self {
            Style::Heading => "1",
            Style::Request => "36",
            Style::Good => "32",
            Style::Refused => "33",
            Style::Aside => "2",
        }
    }
}

impl Voice {
    /// A voice with colours where there is a terminal that wants them, unless `plain`.
    pub(super) fn new(plain: bool) -> Voice {
        let colour = !plain && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Voice { colour }
    }

    /// The title of it all.
    pub(super) fn title(self, text: &str) {
        output::line(self.paint(Style::Heading, text));
    }

    /// The beginning of a chapter.
    pub(super) fn chapter(self, text: &str) {
        let rule = "─".repeat(WIDTH.saturating_sub(text.chars().count() + 4));
        output::line("");
        output::line(self.paint(Style::Heading, &format!("── {text} {rule}")));
    }

    /// A sentence that says what happens, or what it means.
    pub(super) fn says(self, text: &str) {
        wrapped(text, " ", WIDTH).iter().for_each(output::line);
    }

    /// A request: what is asked, by whom, with which body.
    pub(super) fn request(self, asked: &str, who: &str, body: Option<&str>) {
        output::line(format_args!("  {}  {}", self.paint(Style::Request, asked), self.paint(Style::Aside, who)));
        for line in body.map(|body| wrapped(body, ", ", WIDTH - 6)).unwrap_or_default() {
            output::line(format_args!("      {line}"));
        }
    }

    /// A reply: its status, and the part of it that matters.
    pub(super) fn reply(self, status: u16, parts: &str) {
        let style = if status < 400 { Style::Good } else { Style::Refused };
        let mut lines = wrapped(parts, " ", WIDTH - 8).into_iter();
        let first = lines.next().unwrap_or_default();
        output::line(format_args!("    {} {first}", self.paint(style, &status.to_string())).to_string().trim_end());
        lines.for_each(|line| output::line(format_args!("        {line}")));
    }

    /// Something in passing, under a request.
    pub(super) fn aside(self, text: &str) {
        for line in wrapped(text, " ", WIDTH - 8) {
            output::line(format_args!("        {}", self.paint(Style::Aside, &line)));
        }
    }

    /// Lines of a file or a log.
    pub(super) fn quotes<'t>(self, lines: impl IntoIterator<Item = &'t str>) {
        lines.into_iter().for_each(|line| output::line(format_args!("      {} {line}", self.paint(Style::Aside, "│"))));
    }

    /// Names and values, one pair to a line.
    pub(super) fn table<'t>(self, rows: impl IntoIterator<Item = (&'t str, String)>) {
        rows.into_iter().for_each(|(name, value)| output::line(format_args!("  {name:<10}{value}")));
    }

    /// That all went well.
    pub(super) fn success(self, text: &str) {
        output::line(self.paint(Style::Good, text));
    }

    /// That a claim did not hold.
    pub(super) fn failure(self, text: &str) {
        output::line("");
        output::error(format_args!("the demo ends here, because this was not as claimed:\n{text}"));
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.colour { format!("\x1b[{}m{text}\x1b[0m", style.code()) } else { text.to_owned() }
    }
}

/// Lines of at most `width` characters, broken at `separator` where that is possible.
fn wrapped(text: &str, separator: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in text.split_inclusive(separator) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + piece.trim_end().chars().count() <= width => line.push_str(piece),
            _ => lines.push(piece.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_break_at_the_separator_only() {
        assert_eq!(wrapped("a b c", " ", 3), ["a b", "c"]);
        assert_eq!(wrapped("[1, 2], 3", ", ", 7), ["[1, 2],", "3"]);
        assert_eq!(wrapped("long word", " ", 2), ["long", "word"]);
        assert!(wrapped("", " ", 2).len() <= 1);
    }
}
