//! What the program says itself. A reader that went away, as `| head` does, is no error.

use std::fmt::Display;
use std::io::Write as _;

/// Prints one line on standard output.
pub(crate) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints what went wrong on standard error.
pub(crate) fn error(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "error: {text}");
}

/// Prints a warning on standard error.
pub(crate) fn warning(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "warning: {text}");
}
