//! The git commands that bring a commit into a work tree, and the clean environment they run in.
//!
//! Credentials go to git as an HTTP header by way of the environment: not on a command line, which every user of the
//! machine can read, and not in `.git/config`, which the job's scripts can read.

use std::ffi::OsString;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_wire::runner::GitInfo;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use tokio::process::Command;

/// The user name that goes with a job token.
const TOKEN_USER: &str = "gitlab-ci-token";

/// A repository and how to reach it.
pub(crate) struct Remote {
    /// The URL without credentials.
    pub(crate) url: String,
    /// The `Authorization` header for it.
    authorization: Option<String>,
    /// The transports git may use, separated by colons.
    protocols: &'static str,
}

impl Remote {
    /// The repository of a job. A URL without credentials gets the job's token, but only below the server's own address.
    ///
    /// # Errors
    /// Says why the URL cannot be used.
    pub(crate) fn new(info: &GitInfo, server: &Url, token: &str) -> Result<Self, String> {
        let mut url =
            Url::parse(&info.repo_url).map_err(|error| format!("the repository's URL is invalid: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("the repository's URL must begin with http:// or https://, not {}:", url.scheme()));
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = match url.password() {
            Some(password) => Some((decoded(url.username()), decoded(password))),
            None if url.origin() == server.origin() && !token.is_empty() => {
                Some((TOKEN_USER.to_owned(), token.to_owned()))
            }
            None => None,
        };
        // Both fail only for a URL that has no host, which http and https URLs always have.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let authorization =
            credentials.map(|(user, password)| format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        Ok(Self { url: url.into(), authorization, protocols: "http:https" })
    }

    /// What of the remote must not appear in a log.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.authorization.as_deref().and_then(|header| header.strip_prefix("Basic "))
    }
}

/// Git in one work tree, with one remote.
pub(crate) struct Git<'a> {
    /// The remote `origin`.
    pub(crate) remote: &'a Remote,
    /// The work tree.
    pub(crate) project: &'a Path,
    /// A directory that serves as home, without anybody's settings.
    pub(crate) home: &'a Path,
    /// The few variables to take over from the runner's environment, such as `PATH` and proxies.
    pub(crate) inherited: &'a [(OsString, OsString)],
}

impl Git<'_> {
    /// Makes the repository.
    pub(crate) fn init(&self, object_format: &str) -> Command {
        let mut command = self.command(&["init", "--quiet", "--template="]);
        if !object_format.is_empty() {
            command.arg(format!("--object-format={object_format}"));
        }
        command
    }

    /// Names the remote.
    pub(crate) fn add_remote(&self) -> Command {
        self.command(&["remote", "add", "--", "origin", &self.remote.url])
    }

    /// Fetches what the job names, `info.depth` commits deep.
    pub(crate) fn fetch(&self, info: &GitInfo) -> Command {
        let mut command = self.command(&["fetch", "--quiet", "--prune", "--no-recurse-submodules"]);
        if info.depth > 0 {
            command.arg(format!("--depth={}", info.depth));
        }
        command.args(["--", "origin"]).args(&info.refspecs);
        command
    }

    /// Fetches the history that a shallow fetch left out.
    pub(crate) fn fetch_rest(&self, info: &GitInfo) -> Command {
        let mut command = self.command(&["fetch", "--quiet", "--unshallow", "--no-recurse-submodules", "--", "origin"]);
        command.args(&info.refspecs);
        command
    }

    /// Asks, by exit code, whether the commit is there.
    pub(crate) fn has(&self, sha: &str) -> Command {
        self.command(&["cat-file", "-e", sha])
    }

    /// Checks the commit out.
    pub(crate) fn checkout(&self, sha: &str) -> Command {
        self.command(&["checkout", "--force", "--quiet", "--detach", sha])
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.project).env_clear();
        command.envs(self.inherited.iter().map(|(key, value)| (key, value)));
        command.envs([
            ("LC_ALL", "C"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ALLOW_PROTOCOL", self.remote.protocols),
        ]);
        command.env("HOME", self.home);
        let settings = self.settings();
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (index, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        command
    }

    /// Git's settings for this remote. Redirects are off, so that the header goes nowhere else.
    fn settings(&self) -> Vec<(String, String)> {
        let mut settings = vec![
            ("init.defaultBranch".to_owned(), "main".to_owned()),
            ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
            ("core.fsmonitor".to_owned(), "false".to_owned()),
            ("http.followRedirects".to_owned(), "false".to_owned()),
        ];
        if let Some(authorization) = &self.remote.authorization {
            let key = format!("http.{}.extraHeader", self.remote.url);
            settings.push((key, format!("Authorization: {authorization}")));
        }
        settings
    }
}

/// Whether `sha` is a full commit id.
pub(crate) fn is_commit_id(sha: &str) -> bool {
    matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
