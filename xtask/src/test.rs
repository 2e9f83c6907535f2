//! Every test of the workspace. Cargo runs one test program after another, and most of them wait for a server most of the
//! time: here as many run side by side as there are cores.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::shell;

/// A message of cargo about something it built.
#[derive(Deserialize)]
struct Built {
    executable: Option<PathBuf>,
    profile: Option<Profile>,
    target: Option<Target>,
    manifest_path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// A program that runs tests.
struct Program {
    /// What people call it: its package and target.
    name: String,
    executable: PathBuf,
    /// Where cargo would run it.
    directory: PathBuf,
}

/// Builds and runs all tests; all of them, even if some fail.
///
/// # Errors
/// They do not build, PostgreSQL is not at hand (one engine alone proves half), or some failed: which.
pub(crate) fn run() -> Result<()> {
    if std::env::var_os("COUNTERSIGN_TEST_POSTGRES").is_none() {
        bail!(
            "COUNTERSIGN_TEST_POSTGRES is not set; run scripts/test, or scripts/with-postgres cargo xtask ci test, \
             which start a private server"
        );
    }
    let workspace = ["test", "--workspace", "--locked"];
    let messages =
        shell::output(shell::cargo().args(workspace).args(["--no-run", "--message-format=json-render-diagnostics"]))?;
    let programs: VecDeque<Program> = messages.lines().filter_map(program).collect();
    if programs.is_empty() {
        bail!("cargo built no test");
    }
    let failed = side_by_side(programs);
    let documented = shell::run(shell::cargo().args(workspace).arg("--doc"));
    if !failed.is_empty() {
        bail!("these tests failed; their output is above: {}", failed.join(", "));
    }
    documented
}

fn program(message: &str) -> Option<Program> {
    let built: Built = serde_json::from_str(message).ok()?;
    let (profile, target, manifest) = (built.profile?, built.target?, built.manifest_path?);
    let directory = manifest.parent()?.to_owned();
    let package = directory.file_name()?.to_string_lossy().into_owned();
    let kind = target.kind.first().filter(|kind| *kind != "test").map_or(String::new(), |kind| format!(" ({kind})"));
    let executable = built.executable.filter(|_| profile.test)?;
    Some(Program { name: format!("{package}: {}{kind}", target.name), executable, directory })
}

/// Runs all programs; the names of those that failed.
fn side_by_side(programs: VecDeque<Program>) -> Vec<String> {
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let (waiting, failed) = (Mutex::new(programs), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                while let Some(program) = next(&waiting) {
                    let started = now();
                    let ran = Command::new(&program.executable).current_dir(&program.directory).output();
                    if !report(&program, ran.context("it did not start"), now() - started) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(program.name);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn next(waiting: &Mutex<VecDeque<Program>>) -> Option<Program> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Prints a line of what passed, and everything of what failed; whether it passed.
fn report(program: &Program, ran: Result<Output>, time: Duration) -> bool {
    let (name, seconds) = (&program.name, time.as_secs());
    let output = match ran {
        Ok(output) => output,
        Err(why) => {
            println!("FAILED {name}: {why:#}");
            return false;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().filter_map(|line| line.strip_prefix("test result: ")).next_back().unwrap_or("no result");
    if output.status.success() {
        println!("{name}: {result} ({seconds} s)");
        return true;
    }
    println!("FAILED {name} after {seconds} s ({})\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    false
}

#[expect(clippy::disallowed_methods, reason = "only tells the developer how long some tests took")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn only_programs_that_run_tests_are_run() {
        let message = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/w/crates/ci/Cargo.toml","profile":{{"test":{test}}},
                "target":{{"name":"lint","kind":["test"]}},"executable":{executable}}}"#
            )
        };
        let found = program(&message(true, r#""/w/target/lint-1""#)).expect("a program");
        assert_eq!((found.name.as_str(), found.directory.to_str()), ("ci: lint", Some("/w/crates/ci")));
        assert!(program(&message(false, r#""/w/target/lint-1""#)).is_none());
        assert!(program(&message(true, "null")).is_none());
        assert!(program(r#"{"reason":"build-finished","success":true}"#).is_none());
    }
}
