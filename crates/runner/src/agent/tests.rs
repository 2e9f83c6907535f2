//! What is left of a runner that ends, and of one that was killed.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::{GRACE, run, short};
use crate::config::Config;
use crate::small_server::serve;

#[test]
fn a_short_token_names_but_does_not_open() {
    assert_eq!(short("glrt-abcdefghijklmno"), "abcdefghi");
    assert_eq!(short("glrt-t3_abcdefghijklmno"), "abcdefghi");
    assert_eq!(short("plain"), "plain");
}

/// A server that has one job, with that script and a secret in a file.
async fn server(script: String) -> String {
    let mut job = Some(json!({
        "id": 7, "token": "glcbt-token", "steps": [{"name": "script", "script": [script]}],
        "variables": [{"key": "KEY", "value": "secret", "file": true}]
    }));
    serve(move |path| match path {
        "/api/v4/runners/verify" => Some((200, json!({"id": 1}).to_string().into_bytes())),
        "/api/v4/jobs/request" => Some(job.take().map_or((204, Vec::new()), |job| (201, job.to_string().into_bytes()))),
        "/api/v4/jobs/7" => Some((200, Vec::new())),
        _ => Some((202, Vec::new())),
    })
    .await
}

fn jobs_in(builds: &Path) -> usize {
    builds
        .read_dir()
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().as_encoded_bytes()[..4] == *b"job-")
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_twice_to_end_kills_its_jobs_and_removes_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let (builds, begun) = (dir.path().join("builds"), dir.path().join("begun"));
    fs::create_dir_all(builds.join("job-6-killed/private")).unwrap();
    let script = format!("trap '' TERM; echo $$ > {0}.new; mv {0}.new {0}; while :; do sleep 1; done", begun.display());
    let config = Config {
        url: server(script).await,
        token: "glrt-token".to_owned(),
        name: "test".to_owned(),
        concurrent: 1,
        builds_dir: builds.clone(),
        check_interval: Duration::from_millis(100),
        shell: Config::default_shell(),
    };
    let (stop, stopped) = oneshot::channel::<Instant>();
    let shutdown = async {
        while !begun.exists() {
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(jobs_in(&builds), 1, "that of the killed job is gone, that of the running one is not");
        stop.send(Instant::now()).unwrap();
    };
    let (ended, told) = tokio::join!(timeout(GRACE * 3, run(config, shutdown, async {})), stopped);
    ended.unwrap().unwrap();
    assert!(told.unwrap().elapsed() < GRACE, "it waited for the script to heed SIGTERM");
    assert_eq!(jobs_in(&builds), 0);
    let pid: i32 = fs::read_to_string(&begun).unwrap().trim().parse().unwrap();
    let gone = async {
        while kill(Pid::from_raw(pid), None::<Signal>).is_ok() && !is_dead(pid) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(GRACE, gone).await.unwrap();
}

/// Whether the process is dead and only waits for its parent to take note.
fn is_dead(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default().contains(") Z")
}
