//! Runs one command to its end, within a time limit and an output limit.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::GitError;

/// How much of what git says on standard error is kept, in bytes.
const STDERR_LIMIT: u64 = 16 * 1024;

/// What a finished command left.
pub(crate) struct Finished {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// All of its standard output.
    pub(crate) stdout: Vec<u8>,
    /// The beginning of its standard error, trimmed.
    pub(crate) stderr: String,
}

/// The limits of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Longest running time.
    pub(crate) time: Duration,
    /// Most bytes of standard output.
    pub(crate) output: u64,
}

/// Kills every process of the group that `leader` leads. A group that is gone already is fine.
pub fn kill_group(leader: u32) {
    if let Ok(group) = i32::try_from(leader) {
        // The only failure is that nobody is left to be killed.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

/// Kills the group and collects the leader, unless told that it has ended.
struct Group {
    child: Child,
    ended: bool,
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.ended {
            kill_group(self.child.id());
            // Collected so that no zombie stays; its status no longer matters.
            let _ = self.child.wait();
        }
    }
}

/// How often it is asked whether a program is to be given up.
const PATIENCE: Duration = Duration::from_millis(200);

/// Runs `command`, feeding it `stdin`. Any exit status is an answer; only limits and the machine are errors.
pub(crate) fn run(command: Command, name: &str, stdin: &[u8], limits: Limits) -> Result<Finished, GitError> {
    run_unless(command, name, stdin, limits, &|| false)
}

/// As [`run`], but killed as soon as it is to be given up.
pub(crate) fn run_unless(
    mut command: Command,
    name: &str,
    stdin: &[u8],
    limits: Limits,
    given_up: &dyn Fn() -> bool,
) -> Result<Finished, GitError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let deadline = clock() + limits.time;
    let child = command.spawn().map_err(|e| GitError::io(format!("start git ({name})"), e))?;
    let mut group = Group { child, ended: false };
    let input = group.child.stdin.take();
    let output = group.child.stdout.take();
    let errors = group.child.stderr.take();
    thread::scope(|scope| {
        scope.spawn(move || input.map(|mut pipe| pipe.write_all(stdin)));
        let messages = scope.spawn(move || errors.map(read_beginning).unwrap_or_default());
        let (sender, receiver) = mpsc::channel();
        scope.spawn(move || sender.send(output.map(|pipe| read_limited(pipe, limits.output)).unwrap_or(Ok(None))));
        let late = || timeout(name, limits);
        let answered = loop {
            let left = deadline.saturating_duration_since(clock());
            match receiver.recv_timeout(left.min(PATIENCE)) {
                Err(RecvTimeoutError::Timeout) if given_up() => break Err(GitError::GivenUp(name.to_owned())),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break Err(late()),
                Ok(answered) => break Ok(answered),
            }
        };
        let stdout = answered.and_then(|answered| match answered {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(GitError::TooLarge { what: format!("{name} answer"), limit: limits.output }),
            Err(e) => Err(GitError::io(format!("read from git ({name})"), e)),
        });
        let status = stdout.and_then(|bytes| Ok((wait_until(&mut group, deadline)?.ok_or_else(late)?, bytes)));
        // On an error this kills the group, which closes the pipes the other threads wait for.
        drop(group);
        let stderr = messages.join().unwrap_or_default();
        let (status, stdout) = status?;
        Ok(Finished { status, stdout, stderr })
    })
}

/// The clock by which programs are timed.
#[expect(clippy::disallowed_methods, reason = "an edge: a program outside is given a deadline")]
fn clock() -> Instant {
    Instant::now()
}

fn timeout(name: &str, limits: Limits) -> GitError {
    GitError::Timeout { command: name.to_owned(), seconds: limits.time.as_secs() }
}

/// Reads everything; `None` when there is more than `limit`.
fn read_limited(pipe: impl Read, limit: u64) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    pipe.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= limit);
    Ok(fits.then_some(bytes))
}

/// Reads to the end but keeps only the beginning, so that a talkative program never blocks.
fn read_beginning(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    // Whatever could be read before a failure is still the best explanation there is.
    let _ = pipe.by_ref().take(STDERR_LIMIT).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

fn wait_until(group: &mut Group, deadline: Instant) -> Result<Option<ExitStatus>, GitError> {
    let mut pause = Duration::from_micros(100);
    loop {
        let status = group.child.try_wait().map_err(|e| GitError::io("wait for git", e))?;
        if status.is_some() {
            group.ended = true;
            return Ok(status);
        }
        if clock() >= deadline {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        command
    }

    const QUICK: Limits = Limits { time: Duration::from_millis(300), output: 10 };

    #[test]
    fn feeds_input_and_collects_both_outputs() {
        let done = run(shell("cat; echo why >&2; exit 3"), "cat", b"in", QUICK).unwrap();
        assert_eq!((done.stdout.as_slice(), done.stderr.as_str()), (b"in".as_slice(), "why"));
        assert_eq!(done.status.code(), Some(3));
    }

    #[test]
    fn a_slow_command_is_killed_with_its_children() {
        let started = clock();
        let error = run(shell("sleep 30 & sleep 30"), "sleep", b"", QUICK).err();
        assert!(matches!(error, Some(GitError::Timeout { .. })));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_command_that_closes_its_output_is_still_timed() {
        let error = run(shell("exec >&- 2>&-; sleep 30"), "sleep", b"", QUICK).err();
        assert!(matches!(error, Some(GitError::Timeout { .. })));
    }

    #[test]
    fn a_flood_is_cut_off() {
        let error = run(shell("yes"), "yes", b"", QUICK).err();
        assert!(matches!(error, Some(GitError::TooLarge { limit: 10, .. })));
    }

    #[test]
    fn unread_input_is_no_failure() {
        let big = vec![b'x'; 1 << 20];
        assert!(run(shell("exit 0"), "exit", &big, QUICK).unwrap().status.success());
    }
}
