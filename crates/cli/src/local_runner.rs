//! The runner in the server's own process, for one machine.

use anyhow::{Context, bail};
use countersign_app::{App, bootstrap, now, secrets};
use countersign_domain::event::By;
use countersign_domain::token::RUNNER_PREFIX;
use countersign_runner::Config;
use countersign_store::Intent;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// The file in the data directory that keeps the runner's token; only the server's user may read it.
const TOKEN_FILE: &str = "runner-token";
/// The directory of work trees, in the data directory.
const BUILDS: &str = "builds";

/// The settings of the runner for the server at `url`: its token is the one kept in the data directory, or a new one,
/// and the server is made to know it.
///
/// # Errors
/// The token cannot be kept or read, or the store fails.
pub(crate) async fn config(app: &App, url: &str, check_interval: Duration) -> anyhow::Result<Config> {
    let data_dir = app.config.data_dir.clone();
    let token = token(&data_dir.join(TOKEN_FILE))?;
    let (secret, at) = (token.clone(), now());
    let job = move |tx: &mut countersign_store::Tx<'_>| bootstrap::runner(tx, &secret, at);
    app.store.write(By::default(), at, Intent::Decide, job).await?;
    Ok(Config {
        url: url.to_owned(),
        token,
        name: "built-in".to_owned(),
        concurrent: std::thread::available_parallelism().map_or(1, usize::from),
        builds_dir: data_dir.join(BUILDS),
        check_interval,
        shell: Config::default_shell(),
    })
}

/// The token kept in that file, or a new one that from now on is.
fn token(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    match File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return new_token(path),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
    let token = text.trim();
    if !token.starts_with(RUNNER_PREFIX) || token.len() < 20 {
        bail!("{} does not hold a runner's token; remove the file, and a new one is made", path.display());
    }
    Ok(token.to_owned())
}

fn new_token(path: &Path) -> anyhow::Result<String> {
    let token = secrets::random(RUNNER_PREFIX)?;
    let mut open = OpenOptions::new();
    let written = open.write(true).create_new(true).mode(0o600).open(path);
    let written = written.and_then(|mut file| file.write_all(format!("{token}\n").as_bytes()));
    written.with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::token;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_token_is_kept_for_the_servers_user_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runner-token");
        let first = token(&path).unwrap();
        assert!(first.starts_with("glrt-"));
        assert_eq!(token(&path).unwrap(), first);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "").unwrap();
        assert!(token(&path).unwrap_err().to_string().contains("remove the file"));
    }
}
