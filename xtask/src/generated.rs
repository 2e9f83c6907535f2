//! Files that a command writes and that are committed: each is what the command would write now.

use anyhow::{Context, Result, bail};

use crate::shell;

/// Whether the file is written, or only compared.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing; fail if the committed file differs
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes the file at that path from the root of the workspace, or compares it. `command` is what writes it.
///
/// # Errors
/// If the file cannot be written or, when checking, if it is missing or differs.
pub(crate) fn keep(path: &str, current: &str, command: &str, arguments: &Arguments) -> Result<()> {
    let file = shell::root().join(path);
    if !arguments.check {
        std::fs::write(&file, current).with_context(|| format!("could not write {path}"))?;
        println!("wrote {path}");
        return Ok(());
    }
    let committed = std::fs::read_to_string(&file)
        .with_context(|| format!("{path} cannot be read; write it with `{command}` and commit it"))?;
    match first_difference(&committed, current) {
        None => Ok(()),
        Some(line) => {
            bail!("{path}:{line}: differs from what the routes say; run `{command}`, review the change and commit it")
        }
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
