//! Keeps `docs/openapi.json` equal to what the routes say.

use anyhow::{Context, Result, bail};

use crate::shell;

/// The committed document, from the root of the workspace.
const PATH: &str = "docs/openapi.json";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail if the committed document differs
    #[arg(long)]
    pub(crate) check: bool,
}

/// Prints the document from the routes and writes it, or compares it with the committed one.
///
/// # Errors
/// If the program cannot be built or run, or, when checking, if the document is missing or differs.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let built = ["run", "--quiet", "--locked", "--package", "countersign", "--", "openapi"];
    let printed = shell::output(shell::cargo().args(built))?;
    let current = format!("{}\n", printed.trim_end());
    let path = shell::root().join(PATH);
    if !arguments.check {
        std::fs::write(&path, current).with_context(|| format!("could not write {PATH}"))?;
        println!("wrote {PATH}");
        return Ok(());
    }
    let committed = std::fs::read_to_string(&path)
        .with_context(|| format!("{PATH} cannot be read; write it with `cargo xtask openapi` and commit it"))?;
    match first_difference(&committed, &current) {
        None => Ok(()),
        Some(line) => bail!(
            "{PATH}:{line}: differs from what the routes say; run `cargo xtask openapi`, review the change and commit it"
        ),
    }
}

/// The number of the first line (from 1) in which two texts differ.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    if left == right {
        return None;
    }
    let same = left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn finds_the_first_line_that_differs() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
    }
}
