//! Whether programs end when they must, with all their children.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::{Ended, Limits, run};
use crate::mask::Masker;
use crate::stop::{self, Stop};
use crate::trace::Trace;

fn sh(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

fn log(trace: &Trace) -> String {
    String::from_utf8_lossy(&trace.chunk(0, usize::MAX)).into_owned()
}

/// Runs `script` for at most `limit`; `stop` is ordered as soon as it has written anything.
async fn ran(script: &str, limit: Duration, stop: Option<Stop>) -> (Ended, String) {
    let trace = Trace::new(Masker::new([], &[]));
    let (stopper, mut stopped) = stop::channel();
    let limits = Limits {
        stop: &mut stopped,
        heeded: None,
        deadline: Instant::now() + limit,
        grace: Duration::from_millis(1500),
    };
    let order = async {
        while trace.len() == 0 {
            sleep(Duration::from_millis(10)).await;
        }
        if let Some(stop) = stop {
            stopper.raise(stop);
        }
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! { ended = run(sh(script), &trace, limits) => ended.unwrap(), () = order => panic!() };
    (ended, log(&trace))
}

const LONG: Duration = Duration::from_secs(30);

/// Whether the process is gone, or dead and only waiting for its parent to take note.
fn is_gone(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    kill(Pid::from_raw(pid), None::<Signal>).is_err() || stat.contains(") Z")
}

async fn assert_all_gone(pids: &str) {
    let pids: Vec<i32> = pids.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    assert!(pids.len() >= 2, "{pids:?}");
    for _ in 0..100 {
        if pids.iter().all(|pid| is_gone(*pid)) {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("left behind: {pids:?}");
}

#[tokio::test]
async fn output_and_exit_code_are_kept_in_order() {
    let (ended, log) = ran("echo out; echo err >&2; echo out2; exit 3", LONG, None).await;
    assert_eq!((ended, log.as_str()), (Ended::Exited(3), "out\nerr\nout2\n"));
    assert_eq!(ran("kill -9 $$", LONG, None).await.0, Ended::Exited(137));
}

#[tokio::test]
async fn what_a_script_leaves_running_is_killed() {
    let (ended, log) = ran("sleep 600 & echo $!; sh -c 'sleep 600 & echo $!'", LONG, None).await;
    assert_eq!(ended, Ended::Exited(0));
    assert_all_gone(&log).await;
}

#[tokio::test]
async fn a_stop_ends_the_whole_tree() {
    let script = "trap '' TERM; sh -c 'echo $$; sleep 600 & echo $!; wait' & sleep 600";
    let (ended, log) = ran(script, LONG, Some(Stop::Cancel)).await;
    assert_eq!(ended, Ended::Stopped(Stop::Cancel));
    assert_all_gone(&format!("{log} 2147483000")).await;
}

#[tokio::test]
async fn a_program_may_end_with_grace() {
    let script = "sh -c 'trap \"sleep 0.2; echo tidy; exit 0\" TERM; echo go; while :; do sleep 0.05; done' & wait";
    let (ended, log) = ran(script, LONG, Some(Stop::Shutdown)).await;
    assert_eq!(ended, Ended::Stopped(Stop::Shutdown));
    assert!(log.contains("tidy"), "{log}");
}

#[tokio::test]
async fn a_timeout_ends_the_whole_tree() {
    let (ended, log) = ran("sleep 600 & echo $!; sleep 600 & echo $!; wait", Duration::from_millis(300), None).await;
    assert_eq!(ended, Ended::TimedOut);
    assert_all_gone(&log).await;
}

#[tokio::test]
async fn a_dropped_run_kills_its_group() {
    let trace = Trace::new(Masker::new([], &[]));
    let (_stopper, mut stopped) = stop::channel();
    let limits = Limits { stop: &mut stopped, heeded: None, deadline: Instant::now() + LONG, grace: LONG };
    let written = async {
        while log(&trace).lines().count() < 2 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        ended = run(sh("sleep 600 & echo $!; sleep 600 & echo $!; wait"), &trace, limits) => panic!("{ended:?}"),
        () = written => {}
    }
    assert_all_gone(&log(&trace)).await;
}

#[tokio::test]
async fn a_daemon_that_holds_the_output_does_not_hang_the_job() {
    let begun = Instant::now();
    let (ended, log) = ran("setsid sleep 20 & echo $!", LONG, None).await;
    assert_eq!(ended, Ended::Exited(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let _ = kill(Pid::from_raw(log.trim().parse().unwrap()), Signal::SIGKILL);
}

#[tokio::test]
async fn a_missing_program_is_an_error() {
    let trace = Trace::new(Masker::new([], &[]));
    let (_stopper, mut stopped) = stop::channel();
    let limits = Limits { stop: &mut stopped, heeded: None, deadline: Instant::now() + LONG, grace: LONG };
    assert!(run(Command::new("/nonexistent/program"), &trace, limits).await.is_err());
}
