//! Runs one job on this machine: its sources, its script, its `after_script`, and the files before and after. Reports
//! nothing to the server.

mod environment;
mod files;
mod sources;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use countersign_wire::runner::{FailureReason, Job};
use tokio::process::Command;
use tokio::time::Instant;

use crate::client::Client;
use crate::process::{self, Ended, Limits};
use crate::script;
use crate::stop::{Stop, Stopped};
use crate::trace::Trace;
use crate::variables::Variables;
use crate::workspace::Workspace;

/// The step that runs last, whatever happened before.
const AFTER_SCRIPT: &str = "after_script";

/// The hook that runs before the sources are fetched.
const BEFORE_SOURCES: &str = "pre_get_sources_script";

/// Variables by which other runners are told what this one does not do.
const NOT_DONE: [&str; 3] = ["RUNNER_SCRIPT_TIMEOUT", "RUNNER_AFTER_SCRIPT_TIMEOUT", "GIT_SUBMODULE_STRATEGY"];

/// A job's timeout in seconds where the server names none.
const DEFAULT_TIMEOUT: i64 = 7200;

/// The longest timeout of a job in seconds: 31 days.
const LONGEST_TIMEOUT: i64 = 31 * 24 * 3600;

/// What the machine offers to every job.
pub(crate) struct Host {
    /// The runner's name, for the log.
    pub(crate) name: String,
    /// The start of the runner's token, which names the runner without giving the token away.
    pub(crate) short_token: String,
    /// The server, which has the files of earlier jobs and takes those of this one.
    pub(crate) client: Arc<Client>,
    /// Where work trees are made; absolute.
    pub(crate) builds_dir: PathBuf,
    /// The shell that runs scripts.
    pub(crate) shell: PathBuf,
    /// The harmless part of the runner's environment, for scripts.
    pub(crate) inherited: Vec<(OsString, OsString)>,
    /// The part of the runner's environment that git needs to reach the server.
    pub(crate) inherited_by_git: Vec<(OsString, OsString)>,
    /// How long a script may take to end after SIGTERM.
    pub(crate) grace: Duration,
    /// How long `after_script` may take.
    pub(crate) after_script_limit: Duration,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Why it failed; `None` for success.
    pub(crate) failure: Option<FailureReason>,
    /// The exit code of a failed script.
    pub(crate) exit_code: Option<i64>,
}

/// Why a job did not succeed.
#[derive(Debug)]
enum Failure {
    /// The runner could not do its part.
    System(String),
    /// A script ended with this exit code.
    Script(i32),
    /// The job's time was over.
    Timeout,
    /// The job was ended by an order.
    Stopped(Stop),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string())
    }
}

/// Runs `job`, with all output going to `trace`.
pub(crate) async fn execute(host: Arc<Host>, job: Arc<Job>, trace: Arc<Trace>, stop: Stopped) -> Outcome {
    trace.line(format_args!(
        "Running with countersign runner {} on {} ({})",
        env!("CARGO_PKG_VERSION"),
        host.name,
        host.short_token
    ));
    let ended = match Execution::prepare(&host, &job, &trace, stop) {
        Ok(mut execution) => {
            let ended = execution.run().await;
            // Removing a large work tree takes its time, which other jobs' output should not wait for.
            let _ = tokio::task::spawn_blocking(move || drop(execution)).await;
            ended
        }
        Err(error) => Err(error.into()),
    };
    conclude(ended, &trace)
}

/// Says in the log how the job ended.
fn conclude(ended: Result<(), Failure>, trace: &Trace) -> Outcome {
    let (failure, exit_code, text) = match ended {
        Ok(()) => {
            trace.line("\x1b[32;1mJob succeeded\x1b[0;m");
            return Outcome { failure: None, exit_code: None };
        }
        Err(Failure::System(why)) => (FailureReason::RunnerSystemFailure, None, format!("(system failure): {why}")),
        Err(Failure::Script(code)) => (FailureReason::ScriptFailure, Some(code.into()), format!("exit code {code}")),
        Err(Failure::Timeout) => {
            (FailureReason::JobExecutionTimeout, None, "execution took longer than the job's timeout".to_owned())
        }
        Err(Failure::Stopped(Stop::Shutdown)) => {
            (FailureReason::RunnerInterrupted, None, "the runner was stopped".to_owned())
        }
        Err(Failure::Stopped(Stop::Cancel | Stop::Abort)) => (FailureReason::JobCanceled, None, "canceled".to_owned()),
    };
    trace.line(format_args!("\x1b[31;1mERROR: Job failed: {text}\x1b[0;m"));
    Outcome { failure: Some(failure), exit_code }
}

/// One job under way.
struct Execution {
    host: Arc<Host>,
    job: Arc<Job>,
    trace: Arc<Trace>,
    stop: Stopped,
    deadline: Instant,
    workspace: Workspace,
    variables: Variables,
}

impl Execution {
    fn prepare(host: &Arc<Host>, job: &Arc<Job>, trace: &Arc<Trace>, stop: Stopped) -> io::Result<Self> {
        let workspace = Workspace::create(&host.builds_dir, job.id)?;
        let timeout = timeout(job);
        let variables = environment::of(host, job, &workspace, timeout);
        variables.hidden.iter().for_each(|value| trace.hide(value));
        for name in &variables.refused {
            trace.line(format_args!("WARNING: the variable {name:?} cannot be exported and was left out"));
        }
        for (name, content) in &variables.files {
            workspace.write_private(name, content)?;
        }
        let (host, job, trace) = (Arc::clone(host), Arc::clone(job), Arc::clone(trace));
        Ok(Self { host, job, trace, stop, deadline: Instant::now() + timeout, workspace, variables })
    }

    async fn run(&mut self) -> Result<(), Failure> {
        self.warn_of_containers();
        self.warn_of_variables();
        self.before_sources().await?;
        self.sources().await?;
        self.bring_in().await?;
        let ended = self.steps().await;
        let status = match &ended {
            Ok(()) => "success",
            Err(Failure::Stopped(Stop::Cancel)) => "canceled",
            Err(Failure::Stopped(Stop::Shutdown | Stop::Abort)) => return ended,
            Err(_) => "failed",
        };
        let after = self.after_script(status).await;
        let ended = if self.ignores_after_script() { ended } else { ended.and(after) };
        let brought = self.bring_out(ended.is_ok()).await;
        ended.and(brought)
    }

    /// Says so where a job wants a container: it runs on this machine as it is.
    fn warn_of_containers(&self) {
        let services = self.job.services.iter().map(|service| service.name.as_str());
        for image in self.job.image.iter().map(|image| image.name.as_str()).chain(services) {
            self.trace.line(format_args!(
                "\x1b[33;1mWARNING: the image {image:?} is not used: this runner runs jobs on its own machine\x1b[0;m"
            ));
        }
    }

    /// Says so where a job sets what this runner does not do.
    fn warn_of_variables(&self) {
        for name in NOT_DONE {
            if !matches!(self.variables.get(name), "" | "none") {
                self.trace.line(format_args!("\x1b[33;1mWARNING: this runner does not heed {name}\x1b[0;m"));
            }
        }
    }

    /// Whether a job goes well whose `after_script` did not, which it does unless it says otherwise.
    fn ignores_after_script(&self) -> bool {
        !matches!(self.variables.get("AFTER_SCRIPT_IGNORE_ERRORS").to_ascii_lowercase().as_str(), "false" | "f" | "0")
    }

    /// Runs what is to run before the sources are there, in the empty work tree.
    async fn before_sources(&mut self) -> Result<(), Failure> {
        let job = Arc::clone(&self.job);
        for (index, hook) in job.hooks.iter().enumerate().filter(|(_, hook)| hook.name == BEFORE_SOURCES) {
            let command = self.script(&format!("hook-{index}"), &hook.script, "running")?;
            self.finish(command).await?;
        }
        Ok(())
    }

    /// Runs every step but `after_script`, up to the first that fails.
    async fn steps(&mut self) -> Result<(), Failure> {
        let job = Arc::clone(&self.job);
        for (index, step) in job.steps.iter().enumerate().filter(|(_, step)| step.name != AFTER_SCRIPT) {
            let command = self.script(&format!("step-{index}"), &step.script, "running")?;
            self.finish(command).await?;
        }
        Ok(())
    }

    /// Runs `after_script` and says how it failed, which counts only where the job wants it to.
    async fn after_script(&mut self, status: &str) -> Result<(), Failure> {
        let job = Arc::clone(&self.job);
        let Some((index, step)) =
            job.steps.iter().enumerate().find(|(_, step)| step.name == AFTER_SCRIPT && !step.script.is_empty())
        else {
            return Ok(());
        };
        self.trace.line("\x1b[36;1mRunning after_script\x1b[0;m");
        let limits = Limits {
            heeded: Some(Stop::Cancel),
            deadline: Instant::now() + self.host.after_script_limit,
            grace: self.host.grace,
            stop: &mut self.stop.clone(),
        };
        let ended = match self.script(&format!("step-{index}"), &step.script, status) {
            Ok(command) => process::run(command, &self.trace, limits).await,
            Err(error) => Err(error),
        };
        let (failure, why) = match ended {
            Ok(Ended::Exited(0)) => return Ok(()),
            Ok(Ended::Exited(code)) => (Failure::Script(code), format!("exit code {code}")),
            Ok(Ended::TimedOut) => (Failure::Timeout, "it took longer than it may".to_owned()),
            Ok(Ended::Stopped(stop)) => (Failure::Stopped(stop), "it was ended early".to_owned()),
            Err(error) => (Failure::System(error.to_string()), error.to_string()),
        };
        let but = if self.ignores_after_script() { ", but the job goes on" } else { "" };
        self.trace.line(format_args!("\x1b[33;1mWARNING: after_script failed{but}: {why}\x1b[0;m"));
        Err(failure)
    }

    /// The shell that runs commands, in the job's environment and nothing of the runner's own. `name` has a hyphen, as no
    /// file variable can.
    fn script(&self, name: &str, commands: &[String], status: &str) -> io::Result<Command> {
        let text = script::build(commands, script::is_bash(&self.host.shell));
        let path = self.workspace.write_private(name, &text)?;
        let mut command = Command::new(&self.host.shell);
        command.arg(path).current_dir(&self.workspace.project).env_clear();
        command.envs(self.host.inherited.iter().map(|(key, value)| (key, value)));
        command.envs(&self.variables.environment).env("CI_JOB_STATUS", status);
        Ok(command)
    }

    /// Waits for something within the job's time.
    async fn in_time<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let heeded = self.stop.given();
        tokio::select! {
            done = work => Ok(done),
            () = tokio::time::sleep_until(self.deadline) => Err(Failure::Timeout),
            stop = self.stop.stronger_than(heeded) => Err(Failure::Stopped(stop)),
        }
    }

    /// Does something with files, where it holds up nobody, within the job's time.
    async fn blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<io::Result<T>, Failure> {
        let done = self.in_time(tokio::task::spawn_blocking(work)).await?;
        Ok(done.unwrap_or_else(|gone| Err(io::Error::other(gone))))
    }

    /// Runs a command within the job's time; it must end well.
    async fn finish(&mut self, command: Command) -> Result<(), Failure> {
        match self.attempt(command).await? {
            0 => Ok(()),
            code => Err(Failure::Script(code)),
        }
    }

    /// Runs a command within the job's time and returns its exit code.
    async fn attempt(&mut self, command: Command) -> Result<i32, Failure> {
        let limits = Limits { stop: &mut self.stop, heeded: None, deadline: self.deadline, grace: self.host.grace };
        match process::run(command, &self.trace, limits).await? {
            Ended::Exited(code) => Ok(code),
            Ended::TimedOut => Err(Failure::Timeout),
            Ended::Stopped(stop) => Err(Failure::Stopped(self.stop.given().unwrap_or(stop))),
        }
    }
}

/// How long the job may run.
fn timeout(job: &Job) -> Duration {
    let seconds = match job.runner_info.timeout {
        ..=0 => DEFAULT_TIMEOUT,
        seconds => seconds.min(LONGEST_TIMEOUT),
    };
    Duration::from_secs(seconds.unsigned_abs())
}

#[cfg(test)]
mod tests;
