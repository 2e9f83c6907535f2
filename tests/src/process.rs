//! A child process that never outlives the tests, however they end.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What the watchdog runs: it waits for the tests to let go of its input, then kills the process and clears up.
const WATCHDOG: &str = r#"cat >/dev/null; kill -9 "$1" 2>/dev/null; [ -z "$2" ] || rm -rf "$2""#;

/// A running child. Dropping it kills it (`SIGKILL`).
#[derive(Debug)]
pub struct Process {
    child: Child,
    watchdog: Child,
}

impl Process {
    /// Starts the command. If the tests end without dropping it, it is killed and `litter` is removed.
    pub fn spawn(command: &mut Command, litter: Option<&Path>) -> Process {
        let child = command.stdin(Stdio::null()).spawn().unwrap_or_else(|why| panic!("{command:?}: {why}"));
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "sh", &child.id().to_string()])
            .arg(litter.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        Process { child, watchdog }
    }

    /// What the child prints, if that was piped; once.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// The child's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the child still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the child with `SIGKILL` and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watchdog first: once the child is waited for, its id may belong to somebody else.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        self.kill();
    }
}
