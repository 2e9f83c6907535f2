//! Every gate in order: the same on a developer's machine and in CI.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{compat, deny, generated, openapi, shell, test, tidy};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only these gates; without any, all of them in this order
    #[arg(value_enum)]
    gates: Vec<Gate>,
}

/// One gate. The order here is the order they run in: the quick ones that fail often come first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gate {
    /// The code is formatted
    Fmt,
    /// Lints, with warnings denied
    Clippy,
    /// Every test of the workspace, on SQLite and PostgreSQL
    Test,
    /// The documentation builds without a warning
    Doc,
    /// Licences, duplicates and sources of the dependencies
    Deny,
    /// The shape of the tree
    Tidy,
    /// docs/openapi.json is what the routes say
    Openapi,
    /// docs/compat.md is what the routes say
    Compat,
}

impl Gate {
    /// The name a developer types to run this gate alone.
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Doc => "doc",
            Self::Deny => "deny",
            Self::Tidy => "tidy",
            Self::Openapi => "openapi",
            Self::Compat => "compat",
        }
    }

    /// Runs the gate on our own terminal.
    fn run(self) -> Result<()> {
        match self {
            Self::Fmt => shell::run(shell::cargo().args(["fmt", "--all", "--check"])),
            Self::Clippy => shell::run(shell::cargo().args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ])),
            Self::Test => test::run(),
            Self::Doc => shell::run(
                shell::cargo().args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Self::Deny => deny::run(),
            Self::Tidy => tidy::run(),
            Self::Openapi => openapi::run(&generated::Arguments { check: true }),
            Self::Compat => compat::run(&generated::Arguments { check: true }),
        }
    }
}

/// Runs the chosen gates, each under a heading, and ends at the first that fails.
///
/// # Errors
/// The first gate's failure, with its name and the command that runs it alone.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let chosen = arguments.gates.as_slice();
    let gates: Vec<Gate> =
        Gate::value_variants().iter().copied().filter(|gate| chosen.is_empty() || chosen.contains(gate)).collect();
    let mut times = Vec::new();
    for gate in &gates {
        println!("\n==> {}", gate.name());
        let started = now();
        gate.run().with_context(|| format!("gate `{0}` failed; run it alone with: cargo xtask ci {0}", gate.name()))?;
        times.push((gate.name(), now() - started));
    }
    println!("\n==> all {} gates passed: {}", gates.len(), summary(&times));
    Ok(())
}

/// What each gate took, on one line.
fn summary(times: &[(&str, Duration)]) -> String {
    let parts: Vec<String> = times.iter().map(|(name, time)| format!("{name} {} s", time.as_secs())).collect();
    parts.join(", ")
}

#[expect(clippy::disallowed_methods, reason = "only tells the developer how long a gate took")]
fn now() -> Instant {
    Instant::now()
}
