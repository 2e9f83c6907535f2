//! The shape of the tree: what reviewers would otherwise have to remember.

mod comments;
mod manifest;
mod migrations;
mod size;
mod source;
mod tree;
mod words;

use std::fmt;

use anyhow::{Result, bail};
use tree::File;

/// One breach of a rule, at a place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    file: String,
    line: usize,
    what: String,
    right: String,
}

impl Violation {
    /// A breach at a line (from 1): what is there, and what would be right.
    fn new(file: &str, line: usize, what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into(), right: right.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.file, self.line, self.what, self.right)
    }
}

/// Checks the whole tree and prints every breach.
///
/// # Errors
/// If the tree cannot be listed or read, or breaks a rule.
pub(crate) fn run() -> Result<()> {
    let files = tree::read()?;
    let violations = check(&files);
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("tidy: {} files, nothing to complain about", files.len());
            Ok(())
        }
        found => bail!("tidy: {found} violations in {} files", files.len()),
    }
}

/// Every breach in these files, by file and line.
fn check(files: &[File]) -> Vec<Violation> {
    let mut found = migrations::check(files);
    for file in files {
        found.extend(size::file(file));
        found.extend(words::check(file));
        if file.path.ends_with("Cargo.toml") {
            found.extend(manifest::check(file));
        }
        if file.path.ends_with(".rs") {
            let masked = source::mask(&file.text);
            found.extend(size::functions(file, &masked));
            found.extend(words::macros(file, &masked));
            found.extend(comments::header(file));
            found.extend(comments::dead_code(file, &masked));
        }
    }
    found.sort();
    found
}
