//! Whole jobs, from the payload to the log, without a server.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use countersign_wire::runner::{FailureReason, Info, Job};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::{Host, Outcome, execute};
use crate::client::Client;
use crate::config::Config;
use crate::mask::Masker;
use crate::small_server::serve;
use crate::stop::{self, Stop};
use crate::trace::Trace;

fn host(builds: &Path) -> Host {
    Host {
        name: "test".to_owned(),
        short_token: "abcdefghi".to_owned(),
        client: Arc::new(
            Client::new("http://server.test", "glrt-x".to_owned(), "s_0".to_owned(), Info::default()).unwrap(),
        ),
        builds_dir: builds.to_owned(),
        shell: Config::default_shell(),
        inherited: std::env::var_os("PATH").map(|path| ("PATH".into(), path)).into_iter().collect(),
        inherited_by_git: Vec::new(),
        grace: Duration::from_secs(2),
        after_script_limit: Duration::from_secs(1),
    }
}

fn job(steps: &Value, variables: &Value, timeout: i64) -> Job {
    let payload = json!({
        "id": 7, "token": "glcbt-job-token", "runner_info": {"timeout": timeout}, "steps": steps, "variables": variables
    });
    serde_json::from_value(payload).unwrap()
}

struct Ran {
    outcome: Outcome,
    log: String,
    builds: TempDir,
    took: Duration,
}

/// Runs `job`; `stop` is ordered once the log holds `when`.
async fn ran(job: Job, stop: Option<(&str, Stop)>) -> Ran {
    let builds = tempfile::tempdir().unwrap();
    let trace = Arc::new(Trace::new(Masker::new(["top-secret-value"], &[])));
    let log = || String::from_utf8_lossy(&trace.chunk(0, usize::MAX)).into_owned();
    let (stopper, stopped) = stop::channel();
    let begun = Instant::now();
    let execution = execute(Arc::new(host(builds.path())), Arc::new(job), Arc::clone(&trace), stopped);
    let order = async {
        let Some((when, stop)) = stop else { return };
        while !log().contains(when) {
            sleep(Duration::from_millis(10)).await;
        }
        stopper.raise(stop);
    };
    let (outcome, ()) = tokio::join!(execution, order);
    trace.finish();
    Ran { outcome, log: log(), builds, took: begun.elapsed() }
}

fn steps(script: &[&str], after: &[&str]) -> Value {
    json!([{"name": "script", "script": script}, {"name": "after_script", "script": after}])
}

#[tokio::test]
async fn a_good_job_succeeds_and_leaves_nothing() {
    let variables = json!([
        {"key": "GREETING", "value": "hello $WHO"}, {"key": "WHO", "value": "world"},
        {"key": "KEY", "value": "content", "file": true},
        {"key": "PASSWORD", "value": "hunter2-$WHO", "masked": true}
    ]);
    let script = [
        "echo \"$GREETING from $CI_PROJECT_DIR\"",
        "cat \"$KEY\"; stat -c %a \"$KEY\"",
        "echo \"it is $PASSWORD and top-secret-value and glpat-abcdef\"",
        "pwd; ls -A | wc -l; echo \"status $CI_JOB_STATUS\"",
    ];
    let ran = ran(job(&steps(&script, &["echo \"after $CI_JOB_STATUS\""]), &variables, 60), None).await;
    assert_eq!(ran.outcome, Outcome { failure: None, exit_code: None }, "{}", ran.log);
    assert!(ran.log.starts_with("Running with countersign runner "), "{}", ran.log);
    for expected in
        ["hello world from /", "\x1b[32;1m$ echo", "content600\n", "it is [MASKED] and [MASKED] and [MASKED]\n"]
    {
        assert!(ran.log.contains(expected), "{expected}: {}", ran.log);
    }
    assert!(ran.log.contains("\n0\nstatus running\n") && ran.log.contains("\nafter success\n"), "{}", ran.log);
    assert!(!ran.log.contains("hunter2-world") && ran.log.contains("Job succeeded"), "{}", ran.log);
    assert_eq!(ran.builds.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn the_first_failing_command_ends_the_script() {
    let ran = ran(
        job(&steps(&["echo one", "(exit 42)", "echo two"], &["echo after $CI_JOB_STATUS", "false"]), &json!([]), 60),
        None,
    )
    .await;
    assert_eq!(ran.outcome, Outcome { failure: Some(FailureReason::ScriptFailure), exit_code: Some(42) });
    assert!(ran.log.contains("one") && !ran.log.contains("\ntwo"), "{}", ran.log);
    assert!(ran.log.contains("after failed\n") && ran.log.contains("after_script failed"), "{}", ran.log);
}

#[tokio::test]
async fn a_failing_pipe_is_a_failure_in_bash() {
    let ran = ran(job(&steps(&["false | cat"], &[]), &json!([]), 60), None).await;
    let bash = Config::default_shell().ends_with("bash");
    assert_eq!(ran.outcome.failure.is_some(), bash, "{}", ran.log);
}

#[tokio::test]
async fn a_cancelled_job_still_cleans_up() {
    let script = steps(&["echo begun; sleep 600"], &["echo \"after $CI_JOB_STATUS\""]);
    let ran = ran(job(&script, &json!([]), 60), Some(("\nbegun", Stop::Cancel))).await;
    assert_eq!(ran.outcome.failure, Some(FailureReason::JobCanceled));
    assert!(ran.log.contains("\nafter canceled\n"), "{}", ran.log);
    assert!(ran.took < Duration::from_secs(10));
}

#[tokio::test]
async fn what_is_to_run_before_the_sources_does_and_a_failure_ends_the_job() {
    let hooked = |script: &str| {
        let mut job = job(&steps(&["echo ran"], &[]), &json!([]), 60);
        let hook = json!({"name": "pre_get_sources_script", "script": [script]});
        job.hooks = vec![serde_json::from_value(hook).unwrap()];
        job.image = Some(serde_json::from_value(json!({"name": "alpine:3"})).unwrap());
        job
    };
    let ran = self::ran(hooked("echo first"), None).await;
    assert_eq!(ran.outcome.failure, None, "{}", ran.log);
    let (first, sources) = (ran.log.find("\nfirst\n"), ran.log.find("Skipping the Git checkout"));
    assert!(first.is_some() && first < sources, "{}", ran.log);
    assert!(ran.log.contains("the image \"alpine:3\" is not used"), "{}", ran.log);
    let failed = self::ran(hooked("exit 4"), None).await;
    assert_eq!((failed.outcome.failure, failed.outcome.exit_code), (Some(FailureReason::ScriptFailure), Some(4)));
    assert!(!failed.log.contains("\nran\n"), "{}", failed.log);
}

#[tokio::test]
async fn a_shutdown_ends_the_job_at_once() {
    let script = steps(&["echo begun; sleep 600"], &["echo \"after $CI_JOB_STATUS\""]);
    let ran = ran(job(&script, &json!([]), 60), Some(("\nbegun", Stop::Shutdown))).await;
    assert_eq!(ran.outcome.failure, Some(FailureReason::RunnerInterrupted));
    assert!(!ran.log.contains("after canceled"), "{}", ran.log);
}

#[tokio::test]
async fn a_job_has_its_timeout_and_after_script_its_own() {
    let ran = ran(job(&steps(&["sleep 600"], &["echo after; sleep 600"]), &json!([]), 1), None).await;
    assert_eq!(ran.outcome.failure, Some(FailureReason::JobExecutionTimeout));
    assert!(ran.log.contains("\nafter\n") && ran.log.contains("longer than it may"), "{}", ran.log);
    assert!(ran.took < Duration::from_secs(10));
}

#[tokio::test]
async fn a_script_sees_nothing_of_the_runners_environment() {
    let ran = ran(job(&steps(&["env"], &[]), &json!([{"key": "MINE", "value": "1"}]), 60), None).await;
    let own = std::env::vars().map(|(key, _)| key).find(|key| key.starts_with("CARGO_"));
    assert!(own.is_some_and(|own| !ran.log.contains(&format!("\n{own}="))), "{}", ran.log);
    assert!(ran.log.contains("\nMINE=1\n") && ran.log.contains("\nCI_SERVER=yes\n"), "{}", ran.log);
}

#[tokio::test]
async fn sources_that_cannot_be_had_are_a_system_failure() {
    let mut broken = job(&steps(&["echo ran"], &["echo ran"]), &json!([]), 60);
    broken.git_info.repo_url = "http://127.0.0.1:9/a.git".to_owned();
    broken.git_info.sha = "main".to_owned();
    let at = |sha: &str| {
        let mut job = broken.clone();
        job.git_info.sha = sha.to_owned();
        job
    };
    for (job, expected) in [(at("main"), "40 or 64 hex digits"), (at(&"a".repeat(40)), "git fetch failed")] {
        let ran = ran(job, None).await;
        assert_eq!(ran.outcome.failure, Some(FailureReason::RunnerSystemFailure), "{}", ran.log);
        assert!(ran.log.contains(expected) && !ran.log.contains("\nran"), "{}", ran.log);
    }
    let odd = ran(job(&steps(&["echo ran"], &[]), &json!([{"key": "GIT_STRATEGY", "value": "magic"}]), 60), None).await;
    assert!(odd.log.contains("clone, fetch, none or empty"), "{}", odd.log);
}

/// Runs a job with the commit of a new repository, all of whose files have the filter `program`, fetched from a server
/// that is busy for its first `busy` answers. `hook` runs before the sources are fetched.
async fn ran_with_sources(hook: &str, script: &[&str], busy: usize) -> Ran {
    let origin = tempfile::tempdir().unwrap();
    let make =
        "git init -q -b main . && echo '* filter=program' > .gitattributes && echo content > file && git add . &&
        git -c user.name=n -c user.email=e@x.test commit -qm c && git update-server-info && git rev-parse HEAD";
    let made = Command::new("/bin/sh").args(["-ec", make]).current_dir(origin.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let (files, mut asked) = (origin.path().join(".git"), 0);
    let url = serve(move |path| {
        asked += 1;
        if asked <= busy {
            return Some((429, Vec::new()));
        }
        let file = path.trim_start_matches("/a.git/").split('?').next().unwrap_or_default();
        Some(std::fs::read(files.join(file)).map_or((404, Vec::new()), |content| (200, content)))
    });
    let mut job = job(&steps(script, &[]), &json!([]), 60);
    job.git_info.repo_url = format!("{}/a.git", url.await);
    job.git_info.sha = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    job.git_info.refspecs = vec!["+refs/heads/main:refs/remotes/origin/main".to_owned()];
    let hook = json!({"name": "pre_get_sources_script", "script": [hook]});
    job.hooks = vec![serde_json::from_value(hook).unwrap()];
    ran(job, None).await
}

#[tokio::test]
async fn git_runs_no_program_that_a_hook_names() {
    let seen = tempfile::tempdir().unwrap();
    let seen = seen.path().join("environment");
    let filter = format!("git config filter.program.smudge 'env > {}; cat'", seen.display());
    let elsewhere = format!("(mkdir ../own; mv .git ../own; echo gitdir: $PWD/../own/.git > .git; {filter})");
    for hook in [format!("git init -q; {filter}"), format!("git init -q; {elsewhere}")] {
        let ran = ran_with_sources(&hook, &["cat file"], 0).await;
        assert_eq!(ran.outcome.failure, None, "{}", ran.log);
        assert!(ran.log.contains("\ncontent\n"), "{}", ran.log);
        assert!(!seen.exists(), "git ran the program: {}", std::fs::read_to_string(&seen).unwrap());
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_for_the_sources_again() {
    let ran = ran_with_sources("true", &["cat file"], 2).await;
    assert_eq!(ran.outcome.failure, None, "{}", ran.log);
    assert!(ran.log.contains("trying again") && ran.log.contains("\ncontent\n"), "{}", ran.log);
}

#[tokio::test]
async fn a_failing_after_script_counts_where_the_job_says_so() {
    let ran_with = async |script: &str, after: &str, ignore: &str| {
        let variables = json!([{"key": "AFTER_SCRIPT_IGNORE_ERRORS", "value": ignore}]);
        ran(job(&steps(&[script], &[after]), &variables, 60), None).await
    };
    for (script, after, ignore, expected) in [
        ("true", "exit 3", "false", (Some(FailureReason::ScriptFailure), Some(3))),
        ("true", "sleep 600", "False", (Some(FailureReason::JobExecutionTimeout), None)),
        ("exit 4", "exit 3", "false", (Some(FailureReason::ScriptFailure), Some(4))),
        ("true", "true", "false", (None, None)),
        ("true", "exit 3", "true", (None, None)),
        ("true", "exit 3", "", (None, None)),
    ] {
        let ran = ran_with(script, after, ignore).await;
        assert_eq!((ran.outcome.failure, ran.outcome.exit_code), expected, "{script} {after} {ignore}: {}", ran.log);
        let goes_on = after == "exit 3" && ignore != "false";
        assert_eq!(ran.log.contains("but the job goes on"), goes_on, "{}", ran.log);
    }
}

#[tokio::test]
async fn a_job_is_told_what_this_runner_does_not_heed() {
    let variables = json!([
        {"key": "RUNNER_AFTER_SCRIPT_TIMEOUT", "value": "10m"}, {"key": "GIT_SUBMODULE_STRATEGY", "value": "none"}
    ]);
    let ran = ran(job(&steps(&["true"], &[]), &variables, 60), None).await;
    assert!(ran.log.contains("does not heed RUNNER_AFTER_SCRIPT_TIMEOUT"), "{}", ran.log);
    assert_eq!(ran.log.matches("does not heed").count(), 1, "{}", ran.log);
}
