//! Developer commands: `cargo xtask ci`, `tidy`, `openapi`, `compat`, `bench`. Each command is a module with one `run`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's command talks on the terminal")]

mod bench;
mod built;
mod ci;
mod compat;
mod deny;
mod generated;
mod openapi;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of Countersign")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every gate in order, stopping at the first that fails
    Ci(ci::Arguments),
    /// Check the shape of the tree: sizes, headers, leftovers, dependency rules
    Tidy,
    /// Write docs/openapi.json from the routes, or check that it is current
    Openapi(generated::Arguments),
    /// Write docs/compat.md from the routes and docs/compat.toml, or check that it is current
    Compat(generated::Arguments),
    /// Print how fast the release binary is, as ratios to baselines measured in the same run
    Bench(bench::Arguments),
    /// Serve one fixed reply: what `bench` compares reading with
    #[command(hide = true)]
    BenchBaseline(bench::baseline::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Ci(arguments) => ci::run(&arguments),
        Command::Tidy => tidy::run(),
        Command::Openapi(arguments) => openapi::run(&arguments),
        Command::Compat(arguments) => compat::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::BenchBaseline(arguments) => bench::baseline::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
