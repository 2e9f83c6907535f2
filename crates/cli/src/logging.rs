//! Logs: to standard error, by `COUNTERSIGN_LOG` or `RUST_LOG`, coloured only on a terminal.

use crate::args::Command;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What servers and runners log unless told otherwise.
const USUAL: &str = "info,hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,postgres=warn,tokio_postgres=warn";
/// What commands log whose output is the point.
const QUIET: &str = "error";

/// Starts logging for that command.
pub(crate) fn start(command: &Command) {
    let usual = matches!(command, Command::Serve(_) | Command::Runner(_));
    let wanted = ["COUNTERSIGN_LOG", "RUST_LOG"].into_iter().find_map(|name| std::env::var(name).ok());
    let wanted = wanted.filter(|text| !text.is_empty());
    let filter = wanted.unwrap_or_else(|| (if usual { USUAL } else { QUIET }).to_owned());
    let terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(terminal)
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
}
