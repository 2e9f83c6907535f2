//! The dependency gate: licences, bans and sources, judged by cargo-deny at one pinned version.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell;

/// The version every machine judges by: its rules and defaults change between releases.
const VERSION: &str = "0.20.2";

/// Checks the dependency tree against `deny.toml`, installing cargo-deny first where it is missing.
///
/// # Errors
/// If cargo-deny cannot be installed or finds a violation.
pub(crate) fn run() -> Result<()> {
    let tool = ensure()?;
    // Advisories are left out: their database is fetched from outside the registries.
    shell::run(shell::program(tool).args(["--locked", "check", "bans", "licenses", "sources"]))
}

/// The path of cargo-deny at the pinned version.
fn ensure() -> Result<PathBuf> {
    let tools = tools_dir();
    let installed = tools.join("bin").join("cargo-deny");
    for candidate in [installed.clone(), PathBuf::from("cargo-deny")] {
        if is_pinned(&candidate) {
            return Ok(candidate);
        }
    }
    println!("installing cargo-deny {VERSION} (once; a minute or two) to {}", tools.display());
    let wanted = format!("cargo-deny@{VERSION}");
    // Not optimised it is built in a third of the time, and runs for a second.
    let mut install = shell::cargo();
    install.env("CARGO_PROFILE_DEV_DEBUG", "0").args(["install", "--debug", "--locked", "--quiet", &wanted, "--root"]);
    shell::run(install.arg(&tools)).with_context(|| {
        format!("cargo-deny {VERSION} is needed; install it with: cargo install --locked cargo-deny@{VERSION}")
    })?;
    Ok(installed)
}

/// Whether a program exists and is cargo-deny at the pinned version.
fn is_pinned(candidate: &PathBuf) -> bool {
    let Ok(output) = shell::program(candidate).arg("--version").output() else { return false };
    String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}")
}

/// Where tools are kept: the user's cache, so that a second clone need not build them again.
fn tools_dir() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    match cache {
        Some(cache) => cache.join("countersign").join("tools"),
        None => shell::root().join("target").join("tools"),
    }
}
