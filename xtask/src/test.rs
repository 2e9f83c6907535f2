//! Every test of the workspace. Cargo runs one test program after another, and most of them wait for a server most of the
//! time: here some run side by side.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::built::{self, Tests};
use crate::shell;

/// How many programs run at a time for every core.
const LANES_OF_A_CORE: usize = 2;

/// What takes longest and is started first, so that nothing long is left to run alone at the end.
const LONGEST: [&str; 3] = ["tests: conformance", "tests: authorization", "app: countersign_app (lib)"];

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
    let (mut tests, server) = built::all()?;
    if tests.is_empty() {
        bail!("cargo built no test");
    }
    tests.sort_by_key(|tests| !LONGEST.contains(&tests.name.as_str()));
    let failed = side_by_side(tests.into(), &server);
    let documented = shell::run(shell::cargo().args(["test", "--workspace", "--locked", "--doc"]));
    if !failed.is_empty() {
        bail!("these tests failed; their output is above: {}", failed.join(", "));
    }
    documented
}

/// Runs all programs; the names of those that failed.
fn side_by_side(tests: VecDeque<Tests>, server: &Path) -> Vec<String> {
    let lanes = LANES_OF_A_CORE * std::thread::available_parallelism().map_or(1, usize::from);
    let (waiting, failed) = (Mutex::new(tests), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                while let Some(tests) = next(&waiting) {
                    let started = now();
                    let mut command = Command::new(&tests.executable);
                    let ran = command.current_dir(&tests.directory).env("COUNTERSIGN_BIN", server).output();
                    if !report(&tests, ran.context("it did not start"), now() - started) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(tests.name);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn next(waiting: &Mutex<VecDeque<Tests>>) -> Option<Tests> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Prints a line of what passed, and everything of what failed; whether it passed.
fn report(tests: &Tests, ran: Result<Output>, time: Duration) -> bool {
    let (name, seconds) = (&tests.name, time.as_secs());
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
