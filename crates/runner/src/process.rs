//! Runs one program in a process group of its own, copies its output into the log, and leaves nothing of it behind.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::stop::{Stop, Stopped};
use crate::trace::Trace;

/// How long output is still read after the group is dead: a daemon that left the group may hold the pipe open.
const DRAIN: Duration = Duration::from_secs(2);

/// How often a group told to end is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What ends a program that does not end by itself.
pub(crate) struct Limits<'a> {
    /// Orders to end early.
    pub(crate) stop: &'a mut Stopped,
    /// An order already heeded; only a stronger one counts.
    pub(crate) heeded: Option<Stop>,
    /// When the program's time is over.
    pub(crate) deadline: Instant,
    /// How long the program may take to end after SIGTERM, before SIGKILL.
    pub(crate) grace: Duration,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself, with this exit code; 128 and the signal's number if a signal ended it.
    Exited(i32),
    /// Its time was over.
    TimedOut,
    /// An order ended it.
    Stopped(Stop),
}

/// Runs `command`, with all output going to `trace`.
///
/// # Errors
/// The program cannot be started or waited for.
pub(crate) async fn run(mut command: Command, trace: &Trace, mut limits: Limits<'_>) -> io::Result<Ended> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0).kill_on_drop(true);
    let mut child = command.spawn()?;
    // The command holds the writing ends; the pipe ends only when they are gone.
    drop(command);
    let group = Group::of(&child)?;
    let copying = copy(Receiver::from_owned_fd(reader.into())?, trace);
    tokio::pin!(copying);
    let mut copied = false;
    let ended = {
        let ending = ending(&mut child, &group, &mut limits);
        tokio::pin!(ending);
        loop {
            tokio::select! {
                ended = &mut ending => break ended,
                () = &mut copying, if !copied => copied = true,
            }
        }
    };
    group.signal(Signal::SIGKILL);
    if !copied && timeout(DRAIN, copying).await.is_err() {
        tracing::debug!("a process that left its group holds the output of a job open");
    }
    ended
}

/// Copies until the pipe ends. A broken pipe is its end.
async fn copy(mut pipe: Receiver, trace: &Trace) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
        trace.write(&buffer[..length]);
    }
}

/// Waits for the program to end, by itself or by one of the limits.
async fn ending(child: &mut Child, group: &Group, limits: &mut Limits<'_>) -> io::Result<Ended> {
    let ended = tokio::select! {
        status = child.wait() => return status.map(|status| Ended::Exited(exit_code(status))),
        stop = limits.stop.stronger_than(limits.heeded) => Ended::Stopped(stop),
        () = sleep_until(limits.deadline) => Ended::TimedOut,
    };
    group.signal(Signal::SIGTERM);
    let gone = timeout(limits.grace, async {
        let _ = child.wait().await;
        while group.is_alive() {
            sleep(LOOK).await;
        }
    });
    if gone.await.is_err() {
        group.signal(Signal::SIGKILL);
        child.wait().await?;
    }
    Ok(ended)
}

fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// A process group that does not outlive this value.
struct Group(Pid);

impl Group {
    /// The group that `child` leads.
    fn of(child: &Child) -> io::Result<Self> {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        id.map(|id| Self(Pid::from_raw(id))).ok_or_else(|| io::Error::other("the process has no id"))
    }

    /// Sends a signal to all that is left of the group; none left is fine.
    fn signal(&self, signal: Signal) {
        let _ = killpg(self.0, signal);
    }

    fn is_alive(&self) -> bool {
        killpg(self.0, None::<Signal>).is_ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

#[cfg(test)]
mod tests;
