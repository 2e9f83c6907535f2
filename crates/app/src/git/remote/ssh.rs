//! Signing in to other hosts over SSH: with the project's own key, to the one address that was judged, without any
//! configuration, agent or known host of the user that the server runs as.

use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use countersign_domain::import::Address;
use tempfile::TempDir;

use crate::git::{GitError, Repositories};

/// How git starts ssh; the shell that git uses puts in the file's name.
pub(super) const COMMAND: &str = r#"ssh -F "$COUNTERSIGN_SSH_CONFIG""#;
/// The environment variable with the name of the configuration file.
pub(super) const FILE: &str = "COUNTERSIGN_SSH_CONFIG";

/// A key that a project signs in with.
#[derive(Clone, PartialEq, Eq)]
pub struct DeployKey {
    /// The public part, as `authorized_keys` has it.
    pub public: String,
    /// The private part, as ssh reads it.
    pub private: String,
}

impl std::fmt::Debug for DeployKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeployKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// What ssh reads during one fetch, in a directory of its own that goes with this.
pub struct SshFiles {
    dir: TempDir,
}

impl SshFiles {
    pub(super) fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    /// The keys of hosts that are known now.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn known_hosts(&self) -> Result<String, GitError> {
        fs::read_to_string(self.dir.path().join("known_hosts")).map_err(|e| GitError::io("read the keys of hosts", e))
    }
}

impl Repositories {
    /// Makes a new Ed25519 key by `ssh-keygen`.
    ///
    /// # Errors
    /// The program is not there, or fails.
    pub fn make_deploy_key(&self) -> Result<DeployKey, GitError> {
        let dir = self.private_dir()?;
        let file = dir.path().join("key");
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "countersign", "-f"]).arg(&file);
        command.env_clear().env("PATH", self.git().search_path());
        self.finish(command, "ssh-keygen", b"")?;
        let read = |path: &Path| fs::read_to_string(path).map_err(|e| GitError::io("read a new deploy key", e));
        Ok(DeployKey { public: read(&file.with_extension("pub"))?.trim_end().to_owned(), private: read(&file)? })
    }

    /// Writes what ssh reads to reach that address at `pinned`. Without known hosts the key that the host shows first is
    /// believed, and kept in what [`SshFiles::known_hosts`] returns.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn ssh_files(
        &self,
        address: &Address,
        pinned: IpAddr,
        private_key: &str,
        known_hosts: &str,
    ) -> Result<SshFiles, GitError> {
        let dir = self.private_dir()?;
        let config = config(dir.path(), address, pinned, known_hosts.is_empty());
        for (name, text) in [("key", private_key), ("known_hosts", known_hosts), ("config", config.as_str())] {
            let write = || {
                let file = dir.path().join(name);
                let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
                file.write_all(text.as_bytes())
            };
            write().map_err(|e| GitError::io("write what ssh reads", e))?;
        }
        Ok(SshFiles { dir })
    }

    fn private_dir(&self) -> Result<TempDir, GitError> {
        let mode = fs::Permissions::from_mode(0o700);
        let made = tempfile::Builder::new().prefix("ssh-").permissions(mode).tempdir_in(&self.scratch);
        made.map_err(|e| GitError::io("create a temporary directory", e))
    }
}

/// The whole configuration of ssh for one fetch.
fn config(dir: &Path, address: &Address, pinned: IpAddr, first_time: bool) -> String {
    // Of what a path may hold, ssh gives a meaning to % and to quotes.
    let file = |name: &str| format!("\"{}\"", dir.join(name).display().to_string().replace('%', "%%"));
    let host = address.host().map(ToString::to_string).unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let alias = match address.port() {
        Some(port) if port != 22 => format!("[{host}]:{port}"),
        _ => host.to_owned(),
    };
    let checking = if first_time { "accept-new" } else { "yes" };
    let lines = [
        "Host *".to_owned(),
        format!("HostName {pinned}"),
        format!("HostKeyAlias {alias}"),
        format!("IdentityFile {}", file("key")),
        format!("UserKnownHostsFile {}", file("known_hosts")),
        format!("StrictHostKeyChecking {checking}"),
    ];
    format!("{}\n{FIXED}", lines.join("\n"))
}

/// What is the same for all fetches.
const FIXED: &str = "\
GlobalKnownHostsFile /dev/null
KnownHostsCommand none
HashKnownHosts no
UpdateHostKeys no
CheckHostIP no
CanonicalizeHostname no
IdentitiesOnly yes
IdentityAgent none
AddKeysToAgent no
BatchMode yes
PreferredAuthentications publickey
ProxyCommand none
ProxyJump none
ControlMaster no
ControlPath none
PermitLocalCommand no
ForwardAgent no
ForwardX11 no
ClearAllForwardings yes
RequestTTY no
EscapeChar none
ConnectTimeout 20
ServerAliveInterval 20
ServerAliveCountMax 3
LogLevel ERROR
";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn ssh_is_told_where_to_go_and_whom_to_believe() {
        let (address, _) = Address::parse("ssh://git@git.example:2222/a").unwrap();
        let first = config(Path::new("/x/50% \"of\""), &address, "192.0.2.7".parse().unwrap(), true);
        for line in [
            "HostName 192.0.2.7\n",
            "HostKeyAlias [git.example]:2222\n",
            "StrictHostKeyChecking accept-new\n",
            "IdentityFile \"/x/50%% ",
        ] {
            assert!(first.contains(line), "{line} {first}");
        }
        let (address, _) = Address::parse("ssh://git@git.example/a").unwrap();
        let later = config(Path::new("/x"), &address, "2001:db8::1".parse().unwrap(), false);
        assert!(
            later.contains("HostKeyAlias git.example\n") && later.contains("StrictHostKeyChecking yes\n"),
            "{later}"
        );
    }
}
