//! The first stage of a job: the commit in the work tree, or an empty directory.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::sleep;

use super::{Execution, Failure};
use crate::git::{Git, Remote, is_commit_id};
use crate::workspace::remove_tree;

/// How often git tries to fetch.
const FETCHES: u32 = 3;

/// How long it waits after its first try; longer after every further one.
const BEFORE_NEXT_FETCH: Duration = Duration::from_secs(1);

impl Execution {
    /// Brings the commit into the work tree, unless the job wants none.
    pub(super) async fn sources(&mut self) -> Result<(), Failure> {
        let strategy = self.variables.get("GIT_STRATEGY").to_owned();
        match strategy.as_str() {
            "none" | "empty" => self.without(format_args!("GIT_STRATEGY is {strategy}")),
            "" if self.job.git_info.repo_url.is_empty() => self.without("the job names no repository"),
            "" | "clone" | "fetch" => self.check_out().await,
            _ => {
                let why = format!("GIT_STRATEGY must be clone, fetch, none or empty, not {strategy:?}");
                Err(Failure::System(why))
            }
        }
    }

    fn without(&self, why: impl std::fmt::Display) -> Result<(), Failure> {
        self.trace.line(format_args!("Skipping the Git checkout: {why}"));
        self.stop.given().map_or(Ok(()), |stop| Err(Failure::Stopped(stop)))
    }

    async fn check_out(&mut self) -> Result<(), Failure> {
        let (host, job) = (Arc::clone(&self.host), Arc::clone(&self.job));
        let info = &job.git_info;
        if !is_commit_id(&info.sha) {
            return Err(Failure::System(format!("the commit id must have 40 or 64 hex digits: {:?}", info.sha)));
        }
        let remote = Remote::new(info, host.client.server(), &job.token).map_err(Failure::System)?;
        if let Some(secret) = remote.secret() {
            self.trace.hide(secret);
        }
        let (project, home) = (self.workspace.project.clone(), self.workspace.private.clone());
        let dir = project.clone();
        let git = Git { remote: &remote, project: &project, home: &home, inherited: &host.inherited_by_git };
        self.trace.line(format_args!("Fetching {}", remote.url));
        self.blocking(move || without_repository(&dir)).await?.map_err(|why| Failure::System(why.to_string()))?;
        self.git("init", git.init(&info.repo_object_format)).await?;
        self.git("remote add", git.add_remote()).await?;
        self.fetch(|| git.fetch(info)).await?;
        // The branch may have moved on further than the depth while the job waited for approval.
        if info.depth > 0 && self.attempt(git.has(&info.sha)).await? != 0 {
            self.fetch(|| git.fetch_rest(info)).await?;
        }
        self.trace.line(format_args!("Checking out {} as detached HEAD (ref is {})", info.sha, info.reference));
        self.git("checkout", git.checkout(&info.sha)).await
    }

    /// Fetches, and does so again if it fails: the server may be busy, or just starting. Git does not say why it failed.
    async fn fetch(&mut self, command: impl Fn() -> Command) -> Result<(), Failure> {
        for tried in 1..FETCHES {
            if self.attempt(command()).await? == 0 {
                return Ok(());
            }
            let pause = BEFORE_NEXT_FETCH * tried;
            self.trace.line(format_args!("WARNING: git fetch failed; trying again in {} seconds", pause.as_secs()));
            self.in_time(sleep(pause)).await?;
        }
        self.git("fetch", command()).await
    }

    /// Runs one git command, which must end well.
    async fn git(&mut self, name: &str, command: Command) -> Result<(), Failure> {
        match self.attempt(command).await? {
            0 => Ok(()),
            code => Err(Failure::System(format!("git {name} failed with exit code {code}"))),
        }
    }
}

/// Removes the repository that a hook may have made in the work tree: its configuration can name programs, and git would
/// run them with what it takes over from the runner's environment.
fn without_repository(project: &Path) -> io::Result<()> {
    let path = project.join(".git");
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => remove_tree(&path),
        Ok(_) => fs::remove_file(&path),
        Err(_) => Ok(()),
    }
}
