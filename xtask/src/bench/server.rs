//! The server that is measured: the release binary as a process of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::clock::now;
use crate::shell;

/// The personal access token of the first administrator.
pub(crate) const ROOT_TOKEN: &str = "glpat-benchmark-of-countersign";
/// How long a start or an end may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the line that announces readiness says before the address.
const READY: &str = "is ready at http://";

/// Builds the release binary; its path.
///
/// # Errors
/// It does not build.
pub(crate) fn build() -> Result<PathBuf> {
    shell::run(shell::cargo().args(["build", "--quiet", "--release", "--locked", "--package", "countersign"]))?;
    let here = std::env::current_exe()?;
    let beside = here.parent().context("this program lies nowhere")?.join("countersign");
    if !beside.is_file() {
        bail!("{} was not built beside this program", beside.display());
    }
    Ok(beside)
}

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The time from starting the process to the line that says it is ready.
    pub(crate) ready_after: Duration,
    child: Child,
    // Kept open: the server may print more.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts the binary on a data directory and, if given, a PostgreSQL database; waits until it is ready.
    ///
    /// # Errors
    /// It does not become ready; its log lies beside the data directory then.
    pub(crate) async fn start(binary: &Path, data: &Path, database: Option<&str>) -> Result<Server> {
        let url = database.map(|url| ["--database-url", url]);
        Server::start_with(binary, data, url.as_ref().map_or(&[], |url| url.as_slice())).await
    }

    /// As [`Server::start`], with more arguments.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) async fn start_with(binary: &Path, data: &Path, arguments: &[&str]) -> Result<Server> {
        let log = data.with_extension("log");
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data).args(arguments);
        command.env("COUNTERSIGN_ROOT_TOKEN", ROOT_TOKEN).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&log)?).kill_on_drop(true);
        let started = now();
        let mut child = command.spawn().with_context(|| format!("{} does not start", binary.display()))?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let address = timeout(PATIENCE, ready(&mut lines)).await.context("the server was not ready in time")??;
        let ready_after = started.elapsed();
        let Some(address) = address else {
            bail!("the server ended: {}", std::fs::read_to_string(&log).unwrap_or_default().trim());
        };
        Ok(Server { address, ready_after, child, _output: lines })
    }

    /// The memory that is resident now, in bytes; `None` on systems that do not tell.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024)
    }

    /// Ends the server as an administrator would, and waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let id = self.child.id().context("the server has ended already")?;
        kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?;
        timeout(PATIENCE, self.child.wait()).await.context("the server did not end")??;
        Ok(())
    }
}

/// The address in the line that says the server is ready; `None` if it ended before.
async fn ready(lines: &mut Lines<BufReader<ChildStdout>>) -> Result<Option<SocketAddr>> {
    while let Some(line) = lines.next_line().await? {
        if let Some((_, address)) = line.split_once(READY) {
            return Ok(Some(address.trim().parse()?));
        }
    }
    Ok(None)
}
