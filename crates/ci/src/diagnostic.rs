//! What a reader of a configuration file is told about it.

use std::fmt;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably does not do what was meant.
    Warning,
}

impl Severity {
    /// The word for this severity: `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem of a configuration file and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the file can still be used.
    pub severity: Severity,
    /// The file the problem is in: the main one, by the name it was given, or the path of an included one.
    pub file: String,
    /// Line of the problem, from 1. A problem in an aliased, referenced or extended value is shown where that was written.
    pub line: usize,
    /// Column of the problem in characters, from 1.
    pub column: usize,
    /// What is wrong and what would be right; one line of text.
    pub message: String,
}

/// How much of a line is shown, in characters, and how much of that before the place.
const SHOWN: usize = 100;
const BEFORE: usize = 60;

impl Diagnostic {
    /// The line it is about with its number, and below that a caret under the place; `None` if the file, whose bytes these
    /// are, has no such place.
    pub fn excerpt(&self, file: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(file);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let line = text.split('\n').nth(self.line.checked_sub(1)?)?.trim_end_matches('\r');
        let place = self.column.checked_sub(1).filter(|place| *place <= line.chars().count())?;
        let first = place.saturating_sub(BEFORE);
        // One column for each character, whatever it is.
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let shown: String = line.chars().skip(first).take(SHOWN).map(plain).collect();
        let number = self.line.to_string();
        let (margin, indent) = (" ".repeat(number.len()), " ".repeat(place - first));
        Some(format!("{number} | {}\n{margin} | {indent}^", shown.trim_end()))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, .. } = self;
        write!(f, "{file}: {message} (line {line}, column {column})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize) -> Diagnostic {
        Diagnostic { severity: Severity::Error, file: "x".into(), line, column, message: "m".into() }
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        let file = "a: 1\r\n\tüb: 2\nend";
        assert_eq!(at(1, 4).excerpt(file.as_bytes()).as_deref(), Some("1 | a: 1\n  |    ^"));
        assert_eq!(at(2, 3).excerpt(file.as_bytes()).as_deref(), Some("2 |  üb: 2\n  |   ^"));
        assert_eq!(at(3, 4).excerpt(file.as_bytes()).as_deref(), Some("3 | end\n  |    ^"));
        for (line, column) in [(0, 1), (1, 0), (1, 6), (4, 1)] {
            assert_eq!(at(line, column).excerpt(file.as_bytes()), None, "{line}:{column}");
        }
    }

    #[test]
    fn of_a_long_line_only_what_is_near_is_shown() {
        let excerpt = at(1, 5_000).excerpt("x".repeat(10_000).as_bytes()).unwrap_or_default();
        assert_eq!(excerpt, format!("1 | {}\n  | {}^", "x".repeat(SHOWN), " ".repeat(BEFORE)));
    }
}
