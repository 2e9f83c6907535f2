//! Other servers' repositories: git asks what they have and fetches it. Nothing that comes from there is run, and there is
//! no way out: one protocol, one host at addresses that were judged before, no redirection.

mod explain;
mod ssh;

pub use ssh::{DeployKey, SshFiles};

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use countersign_domain::import::{Address, Credentials, Scheme};

use super::command::within;
use super::process::{self, Finished, Limits};
use super::{GitError, Repositories, is_sha};

/// Hands git the credentials, from the environment: a command line could be read by every user of the machine.
const HELPER: &str = r#"credential.helper=!f() { test "$1" != get || printf 'username=%s\npassword=%s\n' "$COUNTERSIGN_USERNAME" "$COUNTERSIGN_PASSWORD"; }; f"#;

/// How git fetches, beyond what it is always told.
const CONFIG: &[&str] = &[
    "protocol.version=2",
    "http.followRedirects=false",
    "http.proxy=",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
    "credential.helper=",
    "credential.interactive=false",
    "fetch.fsckObjects=true",
    "fetch.fsck.badTimezone=ignore",
    // One pack, whose size is limited, however few objects it holds.
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "fetch.recurseSubmodules=false",
    "transfer.bundleURI=false",
    "pack.threads=1",
];

/// The whole history, said as a depth: with one, git refuses servers that only hand out files, whose objects it would not
/// check, and notes where a history is cut off, which it would pass over.
const WHOLE: &str = "--depth=2147483647";

/// How long asking for the branches and tags may take.
const LIST_TIME: Duration = Duration::from_secs(60);
/// The most bytes of a list of branches and tags.
const LIST_BYTES: u64 = 8 * 1024 * 1024;

/// A repository elsewhere, and how much it may ask of this server.
pub struct Remote<'a> {
    /// Where it is.
    pub address: &'a Address,
    /// The addresses that its host's name was found to lead to, and that may be called; none on the server's own disk.
    pub pinned: &'a [IpAddr],
    /// What it asks for over HTTP.
    pub credentials: Option<&'a Credentials>,
    /// How it is signed in to over SSH.
    pub ssh: Option<&'a SshFiles>,
    /// The most bytes that are fetched at once.
    pub bytes: u64,
    /// How long a fetch may take.
    pub time: Duration,
    /// Whether to give up because the server ends.
    pub given_up: &'a dyn Fn() -> bool,
}

impl Repositories {
    /// The branches and tags of a repository elsewhere, by full name, with the objects they name. Those whose names are no
    /// text are left out.
    ///
    /// # Errors
    /// It cannot be reached, does not let the server in, or answers what is no list; text for people to read.
    pub fn remote_refs(&self, project: i64, remote: &Remote<'_>) -> Result<BTreeMap<String, String>, GitError> {
        let mut command = self.remote_command(project, remote)?;
        command.args(["ls-remote", "--refs", "--heads", "--tags", "--"]).arg(remote.address.to_string());
        let listed = self.call(command, "ls-remote", b"", remote, LIST_TIME.min(remote.time))?.stdout;
        let lines = listed.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let mut refs = BTreeMap::new();
        for (sha, name) in lines.filter_map(|line| line.split_once('\t')) {
            if !is_sha(sha) {
                return Err(GitError::Invalid(
                    "the other repository names its objects by SHA-256; use one with SHA-1".into(),
                ));
            }
            if name.starts_with("refs/heads/") || name.starts_with("refs/tags/") {
                refs.insert(name.to_owned(), sha.to_owned());
            }
        }
        Ok(refs)
    }

    /// The branch that clones of a repository elsewhere check out, by its short name, if it says so.
    ///
    /// # Errors
    /// As [`Self::remote_refs`].
    pub fn remote_default_branch(&self, project: i64, remote: &Remote<'_>) -> Result<Option<String>, GitError> {
        let mut command = self.remote_command(project, remote)?;
        command.args(["ls-remote", "--symref", "--"]).arg(remote.address.to_string()).arg("HEAD");
        let listed = self.call(command, "ls-remote", b"", remote, LIST_TIME.min(remote.time))?.stdout;
        let listed = String::from_utf8_lossy(&listed);
        let named = |line: &str| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD").map(str::to_owned);
        Ok(listed.lines().find_map(named))
    }

    /// Fetches these objects, by their full names, with all they need. No branch or tag moves.
    ///
    /// # Errors
    /// As [`Self::remote_refs`]; or they are too large, take too long, or are not as git's objects should be.
    pub fn fetch_objects(&self, project: i64, remote: &Remote<'_>, wanted: &[&str]) -> Result<(), GitError> {
        self.clear_partial(project);
        let mut command = self.remote_command(project, remote)?;
        command.args([
            "fetch",
            "--quiet",
            "--no-progress",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
        ]);
        command.args(["--no-recurse-submodules", WHOLE, "--stdin", "--"]).arg(remote.address.to_string());
        let done = self.call(command, "fetch", wanted.join("\n").as_bytes(), remote, remote.time);
        if let Err(why) = done {
            // Git does not say that the limit stopped it.
            let full = self.clear_partial(project) >= remote.bytes;
            let why = if full { GitError::TooLarge { what: "fetch".into(), limit: remote.bytes } } else { why };
            return Err(why);
        }
        match fs::remove_file(self.path(project).join("shallow")) {
            Ok(()) => {
                Err(GitError::Invalid("the other repository is shallow: part of its history is not there".into()))
            }
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            Err(e) => Err(GitError::io("look for where a history is cut off", e)),
        }
    }

    /// A git command in a project's repository that may reach that repository elsewhere, and nothing else.
    fn remote_command(&self, project: i64, remote: &Remote<'_>) -> Result<Command, GitError> {
        let mut command = self.command(project)?;
        let mut set = |setting: &str| {
            command.arg("-c").arg(setting);
        };
        CONFIG.iter().for_each(|setting| set(setting));
        if let (Some(host), Some(port)) = (remote.address.host(), remote.address.port()) {
            let ips: Vec<_> = remote.pinned.iter().map(bracketed).collect();
            set(&format!("http.curloptResolve={host}:{port}:{}", ips.join(",")));
        }
        if let Some(credentials) = remote.credentials {
            set(HELPER);
            command.env("COUNTERSIGN_USERNAME", &credentials.username);
            command.env("COUNTERSIGN_PASSWORD", &credentials.password);
        }
        if let Some(ssh) = remote.ssh {
            command.env("GIT_SSH_VARIANT", "ssh").env("GIT_SSH_COMMAND", ssh::COMMAND).env(ssh::FILE, ssh.config());
        }
        command.current_dir(self.path(project));
        command.env("GIT_ALLOW_PROTOCOL", remote.address.scheme().as_str());
        Ok(limited(&command, remote.bytes))
    }

    fn call(
        &self,
        command: Command,
        name: &str,
        input: &[u8],
        remote: &Remote<'_>,
        time: Duration,
    ) -> Result<Finished, GitError> {
        let limits = Limits { time, output: LIST_BYTES };
        let done = process::run_unless(command, name, input, limits, remote.given_up)?;
        if done.status.success() {
            return Ok(done);
        }
        let reason = explain::reason(&done.stderr, remote);
        Err(GitError::failed(name, remote.credentials.map_or(reason.clone(), |secret| secret.mask(&reason))))
    }
}

/// The same command, under a limit on the bytes of each file it writes; the shell's unit is 512 bytes.
fn limited(command: &Command, bytes: u64) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", r#"ulimit -f "$1"; shift; exec "$@""#, "sh", &bytes.div_ceil(512).to_string()]);
    within(shell, command)
}

fn bracketed(ip: &IpAddr) -> String {
    if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }
}

/// Whether a repository is reached over SSH.
pub fn over_ssh(address: &Address) -> bool {
    address.scheme() == Scheme::Ssh
}
