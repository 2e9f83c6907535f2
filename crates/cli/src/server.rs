//! The running server: database, repositories, listener and worker, started and stopped together.

use crate::settings::Settings;
use crate::signals::raised;
use crate::{local_runner, output};
use anyhow::{Context, bail};
use countersign_app::git::{GitSettings, Repositories};
use countersign_app::{App, Config, leftovers, push, vault, worker};
use countersign_store::Store;
use nix::unistd::Uid;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long requests under way may take to finish once the server was asked to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// A server that listens.
pub(crate) struct Server {
    /// The server itself.
    pub(crate) app: Arc<App>,
    /// Its address on this machine, without a trailing slash.
    pub(crate) local_url: String,
    stop: watch::Sender<bool>,
    stop_runner: watch::Sender<bool>,
    cut_off_runner: watch::Sender<bool>,
    /// Closed while no runner runs in this process.
    runs: watch::Receiver<()>,
    http: JoinHandle<std::io::Result<()>>,
    worker: JoinHandle<()>,
    runner: Option<JoinHandle<()>>,
}

/// A server that is set up but does not listen yet.
pub(crate) struct Opened {
    app: App,
    listener: TcpListener,
    local_url: String,
}

/// Takes the address, makes the data directory, and opens the database and the repositories.
///
/// # Errors
/// One of these cannot be had.
pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Opened> {
    let listener = TcpListener::bind(&settings.listen)
        .await
        .with_context(|| format!("cannot listen on {:?}; it should look like 127.0.0.1:8080", settings.listen))?;
    let local_url = url(listener.local_addr()?);
    let external_url = settings.external_url.clone().unwrap_or_else(|| local_url.clone());
    let data_dir = make_private(&settings.database.data_dir)?;
    let mut config = Config::new(data_dir.clone(), external_url);
    config.group_protection_min_role = settings.group_protection_min_role;
    config.tokens = settings.tokens;
    if let Some(seconds) = settings.long_polling {
        config.hold_requests_ms = seconds.saturating_mul(1000);
    }
    config.logs_live_ms = settings.logs_live.map(|seconds| seconds.saturating_mul(1000));
    config.requests_per_second = settings.requests_per_second;
    (config.outgoing, config.imports) = (settings.outgoing.clone(), settings.imports);
    let (store_config, key_file) = (settings.database.store_config(), settings.secrets_key_file.clone());
    let app = tokio::task::spawn_blocking(move || -> anyhow::Result<App> {
        let store = Store::open(&store_config)?;
        config.vault = vault::open(&store, &data_dir, key_file.as_deref())?;
        let repositories = Repositories::new(&data_dir, GitSettings::default())?;
        Ok(App::new(store, repositories, config))
    });
    Ok(Opened { app: app.await??, listener, local_url })
}

impl Opened {
    /// The server, which serves nobody yet.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Follows the pushes that an earlier run did not get to, then serves.
    ///
    /// # Errors
    /// The database or the repositories cannot be read.
    pub(crate) async fn start(self) -> anyhow::Result<Server> {
        let app = Arc::new(self.app);
        let recovering = Arc::clone(&app);
        let recover = move || -> anyhow::Result<()> {
            push::recover_pushes(&recovering)?;
            Ok(leftovers::remove(&recovering)?)
        };
        tokio::task::spawn_blocking(recover).await??;
        let clearing = Arc::clone(&app);
        tokio::spawn(async move {
            if let Err(error) = leftovers::remove_files(&clearing).await {
                tracing::warn!(%error, "what jobs left that are gone is still there; the next start tries again");
            }
        });
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(worker::work(Arc::clone(&app), raised(stopped.clone())));
        let http = tokio::spawn(countersign_http::serve(self.listener, Arc::clone(&app), raised(stopped)));
        let (stop_runner, cut_off_runner) = (watch::channel(false).0, watch::channel(false).0);
        let (local_url, runs) = (self.local_url, watch::channel(()).1);
        Ok(Server { app, local_url, stop, stop_runner, cut_off_runner, runs, http, worker, runner: None })
    }
}

impl Server {
    /// Runs jobs on this machine too, asking for one after each `check_interval` in vain.
    ///
    /// # Errors
    /// The runner's token cannot be kept or read.
    pub(crate) async fn add_runner(&mut self, check_interval: Duration) -> anyhow::Result<()> {
        let config = local_runner::config(&self.app, &self.local_url, check_interval).await?;
        let (shutdown, at_once) = (raised(self.stop_runner.subscribe()), raised(self.cut_off_runner.subscribe()));
        let (running, runs) = watch::channel(());
        self.runs = runs;
        self.runner = Some(tokio::spawn(async move {
            let _running = running;
            if let Err(error) = countersign_runner::run(config, shutdown, at_once).await {
                tracing::error!(%error, "the built-in runner ended; jobs wait for another runner");
            }
        }));
        Ok(())
    }

    /// Once the runner was told to end: kills its jobs and removes their files, and waits until it has.
    pub(crate) fn cut_off_runner(&self) -> impl Future<Output = ()> + Send + use<> {
        let (cut_off, mut runs) = (self.cut_off_runner.clone(), self.runs.clone());
        async move {
            cut_off.send_replace(true);
            // It never says anything; its end closes the channel.
            let _ = runs.changed().await;
        }
    }

    /// Waits until the listener fails; a healthy one never does.
    pub(crate) async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.http).await {
            Ok(Ok(())) => anyhow::anyhow!("the server stopped listening"),
            Ok(Err(error)) => anyhow::Error::new(error).context("the server cannot go on listening"),
            Err(error) => anyhow::Error::new(error).context("the server broke off"),
        }
    }

    /// Ends the runner's jobs, finishes requests under way, and closes the database.
    pub(crate) async fn stop(mut self) {
        self.stop_runner.send_replace(true);
        if let Some(runner) = self.runner.take() {
            let _ = runner.await;
        }
        self.app.wake.close();
        self.stop.send_replace(true);
        if !self.http.is_finished() && timeout(LAST_REQUESTS, &mut self.http).await.is_err() {
            tracing::warn!("some requests took too long to finish and were cut off");
            self.http.abort();
        }
        if timeout(LAST_REQUESTS, self.worker).await.is_err() {
            tracing::warn!("the worker took too long to finish");
        }
        let store = self.app.store.clone();
        let _ = tokio::task::spawn_blocking(move || store.close()).await;
    }
}

/// Makes the data directory for the server's user only, or closes it to others if it is there, and returns its absolute
/// path.
fn make_private(dir: &Path) -> anyhow::Result<std::path::PathBuf> {
    if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot make the directory {}", parent.display()))?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make the data directory {}", dir.display()))
        }
        _ => {
            let dir = dir.canonicalize().with_context(|| format!("cannot use the data directory {}", dir.display()))?;
            close_to_others(&dir, Uid::effective().as_raw())?;
            Ok(dir)
        }
    }
}

/// Takes the permissions of everybody but `user` from a directory, which must be theirs if there are any.
fn close_to_others(dir: &Path, user: u32) -> anyhow::Result<()> {
    let found = dir.metadata().with_context(|| format!("cannot use the data directory {}", dir.display()))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    if found.uid() != user {
        bail!(
            "the data directory {} is open to others (mode {mode:04o}) and belongs to the user {}, not to the \
             server's user {user}; change its owner, or name another with --data-dir",
            dir.display(),
            found.uid()
        );
    }
    std::fs::set_permissions(dir, Permissions::from_mode(0o700))
        .with_context(|| format!("cannot close the data directory {} to others", dir.display()))?;
    output::warning(format_args!(
        "the data directory {} was open to others (mode {mode:04o}); it is 0700 now",
        dir.display()
    ));
    Ok(())
}

/// The URL of a listener from this machine: one that listens on all addresses is reached at the loopback.
fn url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let loopback = match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        address.set_ip(loopback);
    }
    format!("http://{address}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::{close_to_others, make_private, url};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_data_directory_is_for_the_servers_user_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let made = make_private(&path).unwrap();
        assert_eq!(made.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(make_private(&path).unwrap(), made);
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(make_private(&dir.path().join("file/c")).is_err());
    }

    #[test]
    fn an_open_data_directory_is_closed_if_it_is_ours() {
        let dir = tempfile::tempdir().unwrap();
        let mode = |mode| std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o755);
        let ours = nix::unistd::Uid::effective().as_raw();
        assert!(close_to_others(dir.path(), ours + 1).unwrap_err().to_string().contains("0755"));
        make_private(dir.path()).unwrap();
        assert_eq!(dir.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        close_to_others(dir.path(), ours + 1).unwrap();
    }

    #[test]
    fn a_listener_on_all_addresses_is_reached_at_the_loopback() {
        assert_eq!(url("0.0.0.0:80".parse().unwrap()), "http://127.0.0.1:80");
        assert_eq!(url("[::]:8080".parse().unwrap()), "http://[::1]:8080");
        assert_eq!(url("192.0.2.1:8080".parse().unwrap()), "http://192.0.2.1:8080");
    }
}
