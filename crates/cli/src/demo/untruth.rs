//! A claim of the demo that does not hold.

use std::fmt;

/// What was claimed and what came instead.
#[derive(Debug)]
pub(super) struct Untruth {
    at: String,
    expected: String,
    came: String,
}

impl Untruth {
    /// `at` names the request or command, `expected` what was claimed about it, `came` what it was instead.
    pub(super) fn new(at: impl Into<String>, expected: impl Into<String>, came: impl Into<String>) -> Untruth {
        Untruth { at: at.into(), expected: expected.into(), came: came.into() }
    }
}

impl fmt::Display for Untruth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  expected: {}\n  came:     {}", self.at, self.expected, self.came)
    }
}

impl std::error::Error for Untruth {}
