//! Collects diagnostics while a file is read.

use crate::diagnostic::{Diagnostic, Severity};
use crate::node::Position;

/// Most diagnostics one reading shows; a hostile file could otherwise cause a hundred thousand.
const MAX_SHOWN: usize = 100;

/// The diagnostics found so far.
#[derive(Default)]
pub(crate) struct Report {
    shown: Vec<Diagnostic>,
    hidden: usize,
    errors: usize,
}

impl Report {
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

    /// The diagnostics ordered by place, with a note if some were left out.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.shown.sort_by_key(|found| (found.line, found.column));
        if self.hidden > 0 {
            let severity = if self.has_errors() { Severity::Error } else { Severity::Warning };
            let message = format!("{} more problems are not shown", self.hidden);
            self.shown.push(Diagnostic { severity, line: 1, column: 1, message });
        }
        self.shown
    }

    fn add(&mut self, severity: Severity, at: Position, message: String) {
        let found = Diagnostic { severity, line: at.line, column: at.column, message };
        // An aliased node is read once per use; its problem is still one problem.
        if self.shown.contains(&found) {
            return;
        }
        if self.shown.len() < MAX_SHOWN {
            self.shown.push(found);
        } else {
            self.hidden += 1;
        }
    }
}
