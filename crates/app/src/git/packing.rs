//! Puts together the packs and loose objects that pushes, commits and fetches leave, so that a repository does not become
//! slower with each. Git would do so by itself, but is told not to: it would also throw away what no ref leads to any more
//! (ADR 11).
//!
//! Which objects a new pack holds follows from the packs and loose files it replaces, not from refs, hidden or not: nothing
//! is lost. A process that reads meanwhile keeps open what it has found, and looks again for what it does not find any more.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::command::within;
use super::process::{self, Limits};
use super::{GitError, Repositories};

/// With more packs than these, and with more loose objects in one of the 256 directories they are spread over, there is much
/// to put together; both as in `git gc --auto`.
const MUCH: (usize, usize) = (50, 26);

/// How git packs: what a stranger's repository holds must not take all processors or memory.
const CONFIG: &[&str] =
    &["pack.threads=1", "pack.windowMemory=64m", "pack.deltaCacheSize=64m", "core.bigFileThreshold=16m"];

impl Repositories {
    /// The projects that have a repository, as far as the directory can be read.
    pub fn projects(&self) -> Vec<i64> {
        let names = fs::read_dir(&self.root).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.strip_suffix(".git")?.parse().ok()).collect()
    }

    /// Whether there is so much in a repository that it should be put together. Takes no process.
    pub fn wants_packing(&self, project: i64) -> bool {
        let objects = self.path(project).join("objects");
        let packs = names(&objects.join("pack"));
        let kept = |pack: &str| objects.join("pack").join(format!("{pack}.keep")).exists();
        let packs = packs.iter().filter_map(|name| name.strip_suffix(".pack")).filter(|pack| !kept(pack)).count();
        packs > MUCH.0 || names(&objects.join("17")).len() > MUCH.1
    }

    /// Puts packs and loose objects together, until the larger ones each hold twice as much as the next; with what time
    /// others leave. Not to be called while a project is fetched from elsewhere.
    ///
    /// # Errors
    /// When there is no repository, git fails, or takes too long; nothing is lost then.
    pub fn pack(&self, project: i64, time: Duration, given_up: &dyn Fn() -> bool) -> Result<(), GitError> {
        let mut command = self.command(project)?;
        for setting in CONFIG {
            command.arg("-c").arg(setting);
        }
        command.args(["repack", "-d", "--geometric=2", "-n", "--quiet"]);
        let mut nice = Command::new("nice");
        nice.args(["-n", "19"]);
        let limits = Limits { time, output: self.git().settings().output_limit };
        let done = process::run_unless(within(nice, &command), "repack", b"", limits, given_up);
        let done = done.and_then(|done| match done.status.success() {
            true => Ok(()),
            false => Err(GitError::failed("repack", done.stderr)),
        });
        if done.is_err() {
            self.clear_partial(project);
        }
        done
    }

    /// Removes what a fetch or a packing that was stopped left half written, and tells how large the largest of it was, in
    /// bytes. Pushes write elsewhere, and nothing else writes packs.
    pub(super) fn clear_partial(&self, project: i64) -> u64 {
        let packs = self.path(project).join("objects/pack");
        let mut largest = 0;
        for name in names(&packs).iter().filter(|name| name.starts_with("tmp_") || name.starts_with(".tmp-")) {
            let file = packs.join(name);
            largest = largest.max(file.metadata().map_or(0, |found| found.len()));
            if let Err(error) = fs::remove_file(&file) {
                tracing::warn!(file = %file.display(), %error, "a half written pack is still there");
            }
        }
        largest
    }
}

/// The names of the files in a directory, as far as it can be read; git's own are all text.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
