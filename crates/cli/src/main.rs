//! The one binary: `countersign`.

mod args;
mod audit;
mod demo;
mod first_start;
mod lint;
mod local_runner;
mod logging;
mod open_files;
mod output;
mod run_runner;
mod serve;
mod server;
mod settings;
mod signals;

use args::{Arguments, AuditCommand, Command};
use clap::Parser;
use std::process::ExitCode;

/// A quarter of the work of a request is to take and give back memory, and this does it faster than the system's. Without
/// huge pages and in its second version, as otherwise it holds twice as much at rest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(&arguments.command);
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            output::error(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => block_on(serve::run(arguments)),
        Command::Runner(arguments) => block_on(run_runner::run(arguments)),
        Command::Demo(arguments) => block_on(demo::run(arguments)),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Audit { command: AuditCommand::Verify(arguments) } => block_on(audit::verify(arguments)),
        Command::Openapi => {
            output::line(countersign_http::openapi().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Version => {
            output::line(format_args!("countersign {}", env!("CARGO_PKG_VERSION")));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
