//! Keeps `docs/compat.md` equal to what the routes and `docs/compat.toml` say: which calls of existing clients we have.

mod known;
mod page;
mod routes;
mod verdict;

use anyhow::{Context, Result, bail};

use crate::generated::{self, Arguments};
use crate::{openapi, shell};

/// What clients call, and why something of it is not there.
const KNOWN: &str = "docs/compat.toml";

/// Writes the page from the routes, or compares it with the committed one.
///
/// # Errors
/// If the program cannot be built or run, if something is missing without a reason or there is a reason for nothing, or,
/// when checking, if the page is missing or differs.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let text = std::fs::read_to_string(shell::root().join(KNOWN)).with_context(|| format!("{KNOWN} cannot be read"))?;
    let known = known::read(&text).with_context(|| format!("{KNOWN} is wrong"))?;
    let routes = routes::read(&openapi::print()?)?;
    let (resources, wrong) = verdict::judge(&known, &routes);
    if !wrong.is_empty() {
        bail!("{KNOWN} does not fit the routes:\n{}", wrong.join("\n"));
    }
    generated::keep("docs/compat.md", &page::write(&known, &resources), "cargo xtask compat", arguments)
}
