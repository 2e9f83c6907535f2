//! The runner's loop: verify the token, then ask for jobs until told to stop.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::client::{Client, Polled, Verified};
use crate::config::Config;
use crate::error::Error;
use crate::execute::Host;
use crate::job::{Halt, supervise};
use crate::report::backoff;
use crate::{info, system_id, workspace};

/// How long a script may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);

/// How long `after_script` may take.
const AFTER_SCRIPT_LIMIT: Duration = Duration::from_secs(300);

/// The shortest wait between two requests that brought no job.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// The longest wait after calls that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long jobs may take, after the runner was stopped and their scripts have ended, to report it.
const LAST_REPORTS: Duration = Duration::from_secs(20);

/// How much of a token names its runner.
const SHORT_TOKEN: usize = 9;

/// The search path of scripts where the runner itself has none.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What scripts may see of the runner's environment, beside `PATH`; everything else may hold secrets.
const INHERITED: [&str; 7] = ["HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/// What git needs of the runner's environment to reach the server, beside `PATH`.
const INHERITED_BY_GIT: [&str; 10] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Runs the built-in runner until `shutdown` completes.
///
/// The server need not be there yet: the runner waits for it. On shutdown running jobs get SIGTERM, are reported as
/// `runner_interrupted`, and only then does this return; where `at_once` completes meanwhile, what is left of them is
/// killed and removed and nothing more is waited for. The process is made undumpable, so that a job's script cannot read
/// its environment.
///
/// # Errors
/// The settings cannot be used, or the server refuses the token at the start. Trouble later on is logged and retried.
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()> + Send,
    at_once: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    shut_in();
    let mut agent = Agent::new(config)?;
    let (halt, halted) = watch::channel(Halt::Not);
    let ended = tokio::select! {
        () = shutdown => Ok(()),
        never = agent.work(halted) => never.map(|never| match never {}),
    };
    agent.wind_down(&halt, at_once).await;
    ended
}

/// A runner at work.
struct Agent {
    client: Arc<Client>,
    host: Arc<Host>,
    concurrent: usize,
    check_interval: Duration,
    jobs: JoinSet<()>,
}

impl Agent {
    fn new(config: Config) -> Result<Self, Error> {
        let builds_dir = usable(&config.builds_dir)?;
        let system_id =
            system_id::load(&builds_dir).map_err(|source| Error::BuildsDir { path: builds_dir.clone(), source })?;
        let short_token = short(&config.token);
        let client = Arc::new(Client::new(&config.url, config.token, system_id, info::of(&config.shell))?);
        let path = ("PATH".into(), std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into()));
        let host = Host {
            name: config.name,
            short_token,
            client: Arc::clone(&client),
            builds_dir,
            shell: config.shell,
            inherited: inherited(&path, &INHERITED),
            inherited_by_git: inherited(&path, &INHERITED_BY_GIT),
            grace: GRACE,
            after_script_limit: AFTER_SCRIPT_LIMIT,
        };
        Ok(Self {
            client,
            host: Arc::new(host),
            concurrent: config.concurrent.max(1),
            check_interval: config.check_interval.max(SHORTEST_PAUSE),
            jobs: JoinSet::new(),
        })
    }

    /// Verifies the token, then takes jobs for ever.
    async fn work(&mut self, halted: watch::Receiver<Halt>) -> Result<Infallible, Error> {
        self.sweep().await;
        self.verify().await?;
        let mut failures = 0;
        loop {
            self.make_room().await;
            let pause = match self.client.request_job().await {
                Polled::Job(job) => {
                    failures = 0;
                    let (client, host) = (Arc::clone(&self.client), Arc::clone(&self.host));
                    self.jobs.spawn(supervise(client, host, *job, halted.clone()));
                    continue;
                }
                Polled::Nothing => {
                    failures = 0;
                    self.check_interval
                }
                Polled::Failed(why) => {
                    tracing::warn!(server = %self.client.server(), why, "no answer to a request for a job");
                    failures += 1;
                    backoff(self.check_interval.max(Duration::from_secs(1)), failures, LONGEST_PAUSE)
                }
            };
            self.rest(pause).await;
        }
    }

    /// Removes what jobs of a killed runner left behind, before a job could read it.
    async fn sweep(&self) {
        let host = Arc::clone(&self.host);
        // It breaks off only with the whole program.
        let _ = tokio::task::spawn_blocking(move || workspace::sweep(&host.builds_dir)).await;
    }

    /// Asks whether the token is valid, until the server can say.
    async fn verify(&self) -> Result<(), Error> {
        let server = self.client.server();
        for failures in 0.. {
            match self.client.verify().await {
                Verified::Valid(id) => {
                    tracing::info!(%server, runner = id, "runner ready");
                    break;
                }
                Verified::Refused => return Err(Error::TokenRefused { url: server.to_string() }),
                Verified::Unclear(why) => {
                    let pause = backoff(Duration::from_secs(1), failures, LONGEST_PAUSE);
                    tracing::warn!(%server, why, seconds = pause.as_secs(), "the server cannot be asked yet; waiting");
                    sleep(pause).await;
                }
            }
        }
        Ok(())
    }

    /// Waits until one more job may run.
    async fn make_room(&mut self) {
        while self.jobs.try_join_next().is_some() {}
        while self.jobs.len() >= self.concurrent {
            self.jobs.join_next().await;
        }
    }

    /// Waits before the next request, but not beyond the end of a job, after which there is often another.
    async fn rest(&mut self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            Some(_) = self.jobs.join_next() => {}
        }
    }

    /// Tells the jobs to end and waits for them; what takes too long is cut off, its processes killed.
    async fn wind_down(&mut self, halt: &watch::Sender<Halt>, at_once: impl Future<Output = ()>) {
        halt.send_replace(Halt::Orderly);
        let all = async { while self.jobs.join_next().await.is_some() {} };
        tokio::select! {
            ended = timeout(GRACE + LAST_REPORTS, all) => match ended {
                Ok(()) => return,
                Err(_) => tracing::warn!("some jobs could not be reported to the server in time"),
            },
            () = at_once => tracing::warn!("jobs are cut off and not reported to the server"),
        }
        halt.send_replace(Halt::AtOnce);
        while self.jobs.join_next().await.is_some() {}
    }
}

/// Closes `/proc/<pid>` of this process, environment and memory, to scripts that run as the same user. Root sees all.
fn shut_in() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "the scripts of jobs may be able to read this process's environment");
    }
}

/// Makes the builds directory and returns its absolute path.
fn usable(dir: &Path) -> Result<PathBuf, Error> {
    let made = fs::create_dir_all(dir).and_then(|()| dir.canonicalize());
    made.map_err(|source| Error::BuildsDir { path: dir.to_owned(), source })
}

/// `path` and those of `names` that the runner's environment has.
fn inherited(path: &(OsString, OsString), names: &[&str]) -> Vec<(OsString, OsString)> {
    let named = names.iter().filter_map(|name| std::env::var_os(name).map(|value| (name.into(), value)));
    std::iter::once(path.clone()).chain(named).collect()
}

/// The start of a token after its prefixes, by which people tell runners apart.
fn short(token: &str) -> String {
    let bare = token.strip_prefix("glrt-").unwrap_or(token);
    let bare = ["t1_", "t2_", "t3_"].iter().find_map(|kind| bare.strip_prefix(kind)).unwrap_or(bare);
    bare.chars().take(SHORT_TOKEN).collect()
}

#[cfg(test)]
mod tests;
