//! Collects diagnostics while files are read.

use crate::diagnostic::{Diagnostic, Severity};
use crate::place::visible;
use crate::yaml::node::Position;

/// Most diagnostics one reading shows; a hostile file could otherwise cause a hundred thousand.
const MAX_SHOWN: usize = 100;

/// The diagnostics found so far.
pub(crate) struct Report {
    files: Vec<String>,
    found: Vec<Found>,
    hidden: usize,
    errors: usize,
}

#[derive(PartialEq, Eq)]
struct Found {
    at: Position,
    severity: Severity,
    message: String,
}

impl Report {
    /// Nothing found yet in the main file, which is called so.
    pub(crate) fn new(main: &str) -> Self {
        Self { files: vec![visible(main)], found: Vec::new(), hidden: 0, errors: 0 }
    }

    /// The number of another file, for positions in it.
    pub(crate) fn add_file(&mut self, path: &str) -> u16 {
        self.files.push(visible(path));
        u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX)
    }

    /// The name of a file.
    pub(crate) fn file(&self, number: u16) -> &str {
        self.files.get(usize::from(number)).map_or("", String::as_str)
    }

    /// Records a problem that makes the file unusable.
    pub(crate) fn error(&mut self, at: Position, message: impl Into<String>) {
        self.errors += 1;
        self.add(Severity::Error, at, message.into());
    }

    /// Records something suspicious that does not make the file unusable.
    pub(crate) fn warning(&mut self, at: Position, message: impl Into<String>) {
        self.add(Severity::Warning, at, message.into());
    }

    /// Whether any error was recorded.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The diagnostics ordered by place, the main file's first, with a note if some were left out.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|found| found.at);
        if self.hidden > 0 {
            let severity = if self.has_errors() { Severity::Error } else { Severity::Warning };
            let message = format!("{} more problems are not shown", self.hidden);
            self.found.push(Found { at: Position::START, severity, message });
        }
        let found = std::mem::take(&mut self.found);
        found.into_iter().map(|found| self.diagnostic(found)).collect()
    }

    fn diagnostic(&self, found: Found) -> Diagnostic {
        let Found { at, severity, message } = found;
        let number = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let (line, column) = (number(at.line), number(at.column));
        Diagnostic { severity, file: self.file(at.file).to_owned(), line, column, message }
    }

    fn add(&mut self, severity: Severity, at: Position, message: String) {
        let found = Found { at, severity, message };
        // An aliased node is read once per use; its problem is still one problem.
        if self.found.contains(&found) {
            return;
        }
        if self.found.len() < MAX_SHOWN {
            self.found.push(found);
        } else {
            self.hidden += 1;
        }
    }
}
