//! The hardened way to start the `git` program: one environment, one configuration.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Configuration every git process gets, whatever a repository's own file says.
const CONFIG: &[&str] = &[
    "protocol.allow=never",
    "core.alternateRefsCommand=true",
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    "core.fsync=objects,reference",
    "core.filesRefLockTimeout=5000",
    "core.logAllRefUpdates=false",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// How git is run.
#[derive(Debug, Clone)]
pub struct GitSettings {
    /// The git program, 2.39 or newer: a path, or a name looked up in `PATH`.
    pub program: PathBuf,
    /// How long one plumbing command may take before its process group is killed.
    pub time_limit: Duration,
    /// How many bytes one plumbing command may answer.
    pub output_limit: u64,
    /// How many bytes one pushed pack may have.
    pub push_limit: u64,
}

impl Default for GitSettings {
    fn default() -> Self {
        Self {
            program: PathBuf::from("git"),
            time_limit: Duration::from_secs(30),
            output_limit: 64 * 1024 * 1024,
            push_limit: 512 * 1024 * 1024,
        }
    }
}

/// The git program with the environment it always gets.
#[derive(Debug, Clone)]
pub struct Git {
    settings: GitSettings,
    search_path: OsString,
    hooks: PathBuf,
}

impl Git {
    /// Prepares to run git with `hooks` as the only directory hooks are taken from.
    pub(crate) fn new(settings: GitSettings, hooks: PathBuf) -> Self {
        let search_path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"));
        let program = found(&settings.program, &search_path);
        Self { settings: GitSettings { program, ..settings }, search_path, hooks }
    }

    /// How git is run.
    pub fn settings(&self) -> &GitSettings {
        &self.settings
    }

    /// Where programs are looked for.
    pub(crate) fn search_path(&self) -> &OsStr {
        &self.search_path
    }

    /// A command on no repository in particular.
    pub(crate) fn bare_command(&self) -> Command {
        let mut command = Command::new(&self.settings.program);
        command
            .env_clear()
            .env("PATH", &self.search_path)
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            // A pushed refs/replace/* must never change what an approved commit contains.
            .env("GIT_NO_REPLACE_OBJECTS", "1");
        for setting in CONFIG {
            command.arg("-c").arg(setting);
        }
        command.arg("-c").arg(joined("core.hooksPath=", self.hooks.as_os_str()));
        command
    }

    /// A command line that trusts `repository`, whoever owns its files.
    pub(crate) fn trusting_command(&self, repository: &Path) -> Command {
        let mut command = self.bare_command();
        command.arg("-c").arg(joined("safe.directory=", repository.as_os_str()));
        command
    }

    /// A command on one bare repository; the caller adds the git command and its arguments.
    pub(crate) fn command(&self, repository: &Path) -> Command {
        let mut command = self.trusting_command(repository);
        command.arg(joined("--git-dir=", repository.as_os_str())).arg("--literal-pathspecs");
        command
    }
}

/// A command that is given to another one, which runs it: the other one with its own arguments before.
pub(crate) fn within(mut outer: Command, inner: &Command) -> Command {
    outer.arg(inner.get_program()).args(inner.get_args()).env_clear();
    outer.envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
    if let Some(dir) = inner.get_current_dir() {
        outer.current_dir(dir);
    }
    outer
}

/// Where a program is in the directories of `search_path`; its name as it is, where it is in none or says a directory itself.
///
/// With an environment of its own, a program that is only named is started by a copy of this whole process, page tables and
/// all; one whose path is known is not.
fn found(program: &Path, search_path: &OsStr) -> PathBuf {
    if program.components().count() > 1 {
        return program.to_owned();
    }
    let mut candidates = std::env::split_paths(search_path).map(|directory| directory.join(program));
    candidates.find(|candidate| is_executable(candidate)).unwrap_or_else(|| program.to_owned())
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn joined(prefix: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(prefix);
    text.push(value);
    text
}

#[cfg(test)]
mod tests {
    use super::found;
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn a_named_program_is_looked_for_where_the_search_path_says() {
        let search_path = OsStr::new("/nonexistent:/dev:/bin:/usr/bin");
        assert_eq!(found(Path::new("sh"), search_path), Path::new("/bin/sh"));
        // What cannot be run is no program.
        assert_eq!(found(Path::new("null"), search_path), Path::new("null"));
        assert_eq!(found(Path::new("no-such-program"), search_path), Path::new("no-such-program"));
        assert_eq!(found(Path::new("/opt/git/bin/git"), search_path), Path::new("/opt/git/bin/git"));
    }
}
