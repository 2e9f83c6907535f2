//! The settings of the server: flag before environment before file before default.

use crate::args::{DatabaseArguments, MinRole, ServeArguments};
use anyhow::{Context, bail};
use countersign_app::imports::Limits;
use countersign_app::tokens::Lives;
use countersign_domain::access::Level;
use countersign_domain::outgoing::Allowed;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(test)]
mod tests;

const LISTEN: &str = "127.0.0.1:8080";
const DATA_DIR: &str = "./countersign-data";
/// The longest that a runner's request is held, in seconds: runners give up waiting for a reply after ten minutes.
const LONGEST_POLL: u64 = 300;
/// The embedded database, within the data directory.
const DATABASE_FILE: &str = "countersign.db";

/// The settings of the server, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Where the data is.
    pub(crate) database: Database,
    /// The address to listen on.
    pub(crate) listen: String,
    /// The address people and runners reach the server at, without a trailing slash, if it was given.
    pub(crate) external_url: Option<String>,
    /// Whether jobs run in the same process.
    pub(crate) with_runner: bool,
    /// The least role that manages the protected environments of groups.
    pub(crate) group_protection_min_role: Level,
    /// Whether every personal access token must end.
    pub(crate) tokens: Lives,
    /// The file with the key of sealed values, if it is not the one in the data directory.
    pub(crate) secrets_key_file: Option<PathBuf>,
    /// How long the log of a job is kept after the job has ended, in seconds; for ever if there is none.
    pub(crate) logs_live: Option<i64>,
    /// How long a runner's request for a job is held while there is none, in seconds, if that was said.
    pub(crate) long_polling: Option<u64>,
    /// How many requests a second one token, or one address without a token, may make.
    pub(crate) requests_per_second: Option<NonZeroU32>,
    /// Which machines the server may call beyond the public internet.
    pub(crate) outgoing: Allowed,
    /// How often mirrors are fetched, and how much one fetch may take.
    pub(crate) imports: Limits,
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    /// Where repositories, logs and the embedded database live.
    pub(crate) data_dir: PathBuf,
    /// The PostgreSQL database, if it is not the embedded one.
    pub(crate) url: Option<String>,
}

impl Database {
    /// As the store wants it.
    pub(crate) fn store_config(&self) -> countersign_store::Config {
        match &self.url {
            Some(url) => countersign_store::Config::postgres(url.clone()),
            None => countersign_store::Config::sqlite(self.file()),
        }
    }

    /// The file of the embedded database.
    pub(crate) fn file(&self) -> PathBuf {
        self.data_dir.join(DATABASE_FILE)
    }
}

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    external_url: Option<String>,
    with_runner: Option<bool>,
    group_protection_min_role: Option<MinRole>,
    require_token_expiry: Option<bool>,
    secrets_key_file: Option<PathBuf>,
    logs_expire_in: Option<String>,
    ci_long_polling_duration: Option<u64>,
    requests_per_second: Option<NonZeroU32>,
    allow_outgoing: Option<Vec<String>>,
    mirror_interval: Option<NonZeroU32>,
    import_max_megabytes: Option<NonZeroU32>,
    import_time_limit: Option<NonZeroU32>,
}

impl File {
    fn read(path: Option<&Path>) -> anyhow::Result<File> {
        let Some(path) = path else { return Ok(File::default()) };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the configuration file {} cannot be read", path.display()))?;
        // The reason names the key and the line.
        toml::from_str(&text).with_context(|| format!("the configuration file {} is wrong", path.display()))
    }
}

/// The settings of the server.
///
/// # Errors
/// The file cannot be read, or a setting is not acceptable.
pub(crate) fn of_server(arguments: ServeArguments) -> anyhow::Result<Settings> {
    let file = File::read(arguments.database.config.as_deref())?;
    let (outgoing, imports) = (outgoing(&arguments, &file)?, imports(&arguments, &file));
    let role = arguments.group_protection_min_role.or(file.group_protection_min_role).unwrap_or_default();
    let tokens_end = arguments.require_token_expiry.or(file.require_token_expiry).unwrap_or(true);
    let url = given(arguments.external_url).or(file.external_url);
    let key = arguments.secrets_key_file.filter(|path| !path.as_os_str().is_empty()).or(file.secrets_key_file);
    let logs_expire_in = given(arguments.logs_expire_in).or(file.logs_expire_in);
    Ok(Settings {
        database: database(arguments.database, file.data_dir, file.database_url)?,
        listen: given(arguments.listen).or(file.listen).unwrap_or_else(|| LISTEN.to_owned()),
        external_url: url.map(|url| external_url(&url)).transpose()?,
        with_runner: arguments.with_runner.or(file.with_runner).unwrap_or(false),
        group_protection_min_role: match role {
            MinRole::Maintainer => Level::Maintainer,
            MinRole::Owner => Level::Owner,
        },
        tokens: if tokens_end { Lives::Bounded } else { Lives::AsAsked },
        secrets_key_file: key,
        long_polling: long_polling(arguments.ci_long_polling_duration.or(file.ci_long_polling_duration))?,
        logs_live: logs_expire_in.map(|span| life(&span)).transpose()?.flatten(),
        requests_per_second: arguments.requests_per_second.or(file.requests_per_second),
        outgoing,
        imports,
    })
}

fn outgoing(arguments: &ServeArguments, file: &File) -> anyhow::Result<Allowed> {
    let given = &arguments.allow_outgoing;
    let hosts = if given.is_empty() { file.allow_outgoing.as_deref().unwrap_or_default() } else { given };
    let allowed = Allowed::parse(hosts.iter().map(String::as_str));
    allowed.map_err(anyhow::Error::msg).context("the setting allow-outgoing is wrong")
}

fn imports(arguments: &ServeArguments, file: &File) -> Limits {
    let usual = Limits::default();
    let seconds = |given: Option<NonZeroU32>, usual| given.map_or(usual, |n| Duration::from_secs(n.get().into()));
    let megabytes = arguments.import_max_megabytes.or(file.import_max_megabytes);
    Limits {
        every: seconds(arguments.mirror_interval.or(file.mirror_interval), usual.every),
        bytes: megabytes.map_or(usual.bytes, |n| u64::from(n.get()) * 1024 * 1024),
        time: seconds(arguments.import_time_limit.or(file.import_time_limit), usual.time),
    }
}

/// Where the data is, for commands other than `serve`.
///
/// # Errors
/// As [`of_server`].
pub(crate) fn of_database(arguments: DatabaseArguments) -> anyhow::Result<Database> {
    let file = File::read(arguments.config.as_deref())?;
    database(arguments, file.data_dir, file.database_url)
}

fn database(arguments: DatabaseArguments, data_dir: Option<PathBuf>, url: Option<String>) -> anyhow::Result<Database> {
    let url = given(arguments.database_url).or(url);
    // The URL may hold a password, so it is not repeated.
    if url.as_ref().is_some_and(|url| !url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
        bail!("the database URL must begin with postgres://; leave it out for the embedded database");
    }
    let dir = arguments.data_dir.filter(|dir| !dir.as_os_str().is_empty()).or(data_dir);
    Ok(Database { data_dir: dir.unwrap_or_else(|| PathBuf::from(DATA_DIR)), url })
}

fn external_url(url: &str) -> anyhow::Result<String> {
    let trimmed = url.trim_end_matches('/');
    let host = trimmed.strip_prefix("http://").or_else(|| trimmed.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['?', '#', '@', ' ']) => Ok(trimmed.to_owned()),
        _ => bail!("the external URL {url:?} is wrong; it should look like https://countersign.example.com"),
    }
}

/// The seconds of a span of time; none for `never`.
fn life(span: &str) -> anyhow::Result<Option<i64>> {
    match countersign_ci::span_seconds(span) {
        Some(seconds) => Ok((seconds > 0).then_some(seconds)),
        None => bail!("logs cannot expire in {span:?}; it should look like '90 days' (ten years at most) or 'never'"),
    }
}

fn long_polling(seconds: Option<u64>) -> anyhow::Result<Option<u64>> {
    match seconds {
        Some(seconds) if seconds > LONGEST_POLL => {
            bail!("requests of runners cannot be held for {seconds} s; {LONGEST_POLL} s is the longest")
        }
        seconds => Ok(seconds),
    }
}

/// An empty variable of the environment counts as not set.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
