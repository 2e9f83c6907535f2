//! What the runner is told at its start.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The settings of one runner.
#[derive(Clone)]
pub struct Config {
    /// The server's URL, for example `https://countersign.example.com`; a path prefix is kept.
    pub url: String,
    /// The runner's authentication token, `glrt-…`.
    pub token: String,
    /// The runner's name in job logs.
    pub name: String,
    /// How many jobs may run at once; 0 counts as 1.
    pub concurrent: usize,
    /// Where work trees are made; created if missing. It also keeps the id of this machine.
    pub builds_dir: PathBuf,
    /// How long to wait after the server had no job.
    pub check_interval: Duration,
    /// The shell that runs scripts; see [`Config::default_shell`].
    pub shell: PathBuf,
}

impl Config {
    /// The wait between two requests for a job where nothing else is wanted.
    pub const DEFAULT_CHECK_INTERVAL: Duration = Duration::from_secs(1);

    /// Bash where it is installed, else `/bin/sh`.
    pub fn default_shell() -> PathBuf {
        let bash = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"].into_iter().map(Path::new);
        bash.into_iter().find(|path| path.exists()).unwrap_or(Path::new("/bin/sh")).to_owned()
    }
}
