//! Keeps `docs/openapi.json` equal to what the routes say.

use anyhow::Result;

use crate::generated::{self, Arguments};
use crate::{built, shell};

/// Writes the document from the routes, or compares it with the committed one.
///
/// # Errors
/// If the program cannot be built or run, or, when checking, if the document is missing or differs.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    generated::keep("docs/openapi.json", &print()?, "cargo xtask openapi", arguments)
}

/// The document, as the routes say it.
///
/// # Errors
/// If the program cannot be built or run.
pub(crate) fn print() -> Result<String> {
    let printed = shell::output(shell::program(built::server()?).arg("openapi"))?;
    Ok(format!("{}\n", printed.trim_end()))
}
