//! Plays with a real `gitlab-runner`, unmodified: run it with `scripts/runner`, which says so where there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::process::Process;
use countersign_tests::server::shared;
use countersign_tests::wait::until_within;
use countersign_tests::{Engine, Server, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How long a runner may take for what it does.
const PATIENCE: Duration = Duration::from_secs(180);

/// Builds, tests, and deploys to a protected environment.
const STORY: &str = r#"stages: [build, test, deploy]
build:
  stage: build
  script:
    - git log --oneline | head -1
    - mkdir bin && echo "built $CI_COMMIT_SHORT_SHA" > bin/app
    - echo "VERSION=1.2.3" > build.env
    - for i in $(seq 10000); do echo "line $i"; done
  after_script: ['echo "after $CI_JOB_STATUS"']
  artifacts: {paths: [bin/], reports: {dotenv: build.env}}
test:
  stage: test
  script: [cat bin/app, 'echo "the password is $PASSWORD"', exit 3]
  allow_failure: {exit_codes: 3}
production:
  stage: deploy
  script: [cat bin/app, 'echo "shipping $VERSION to $CI_ENVIRONMENT_NAME"']
  environment: {name: production}
"#;

/// A project with a configuration.
struct Site {
    world: World,
    server: &'static Server,
}

/// A runner that is registered, and the place where it works.
struct Runner {
    dir: TempDir,
    process: Process,
}

impl Site {
    async fn new(yaml: &str) -> Site {
        let server = shared(Engine::Sqlite).await;
        let site = Site { world: World::new(server).await, server };
        let masked = json!({"key": "PASSWORD", "value": "correct-horse-battery", "masked": true});
        site.world.owner.post(&site.at("/variables"), masked).await.ok(201);
        site.world.protect_as_the_seeds().await;
        let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
        let body = json!({"branch": "main", "commit_message": "Begin", "actions": [step]});
        site.world.deployer.post(&site.at("/repository/commits"), body).await.ok(201);
        site
    }

    fn at(&self, rest: &str) -> String {
        self.world.project.of(rest)
    }

    /// Registers a runner and starts it.
    async fn runner(&self, concurrent: u32) -> Runner {
        let (dir, token) = (tempfile::tempdir().expect("a directory"), self.world.runner().await);
        let mut register = gitlab_runner(dir.path());
        register.args(["register", "--non-interactive", "--executor", "shell", "--url", &self.server.url, "--token"]);
        let registered = register.arg(token).output().expect("it runs");
        let said = String::from_utf8_lossy(&registered.stderr).into_owned();
        assert!(registered.status.success() && said.contains("registered successfully"), "{said}");
        let config = dir.path().join("config.toml");
        let text = std::fs::read_to_string(&config).expect("its configuration");
        let text = text.replace("concurrent = 1", &format!("concurrent = {concurrent}"));
        std::fs::write(&config, text.replace("check_interval = 0", "check_interval = 1")).expect("a file");
        let process = run(dir.path());
        Runner { dir, process }
    }

    async fn jobs(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let found = self.world.owner.get(&self.at(&format!("/jobs?per_page=100&page={page}"))).await.ok(200);
            let found = found.as_array().cloned().expect("a list");
            if found.is_empty() {
                return all;
            }
            all.extend(found);
        }
        all
    }

    async fn job(&self, name: &str) -> Value {
        self.jobs().await.into_iter().find(|job| job["name"] == name).expect("the job")
    }

    /// The job, once it is so.
    async fn once(&self, name: &str, status: &str) -> Value {
        let what = format!("{name} to be {status}");
        let is = || async { Some(self.job(name).await).filter(|job| job["status"] == status) };
        until_within(PATIENCE, &what, is).await
    }

    async fn log(&self, name: &str) -> String {
        let job = id(&self.job(name).await);
        self.world.owner.get(&self.at(&format!("/jobs/{job}/trace"))).await.text
    }
}

/// The program, with a configuration of its own.
fn gitlab_runner(dir: &Path) -> Command {
    let program = std::env::var_os("GITLAB_RUNNER").map_or("gitlab-runner".into(), PathBuf::from);
    let mut command = Command::new(program);
    command.env("CONFIG_FILE", dir.join("config.toml")).env("HOME", dir).current_dir(dir);
    command
}

fn run(dir: &Path) -> Process {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(dir.join("log")).expect("a file");
    let mut command = gitlab_runner(dir);
    command.args(["run", "--working-directory"]).arg(dir).stdout(Stdio::null()).stderr(log);
    Process::spawn(&mut command, None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a gitlab-runner: scripts/runner"]
async fn a_pipeline_hands_its_files_on_and_deploys_once_it_is_approved() {
    let site = Site::new(STORY).await;
    let runner = site.runner(1).await;
    site.once("test", "failed").await;
    let waiting = site.once("production", "manual").await;
    let build = site.log("build").await;
    for line in ["line 1\n", "line 10000\n", "after success", "Begin"] {
        assert!(build.contains(line), "{line}: {build}");
    }
    let test = site.log("test").await;
    assert!(test.contains("the password is [MASKED]") && !test.contains("correct-horse-battery"), "{test}");
    assert!(test.contains("built ") && test.contains("exit status 3"), "{test}");
    let at = site.at("/deployments?environment=production");
    let deployment = id(&site.world.owner.get(&at).await.ok(200)[0]);
    for by in [&site.world.qa1, &site.world.sec1, &site.world.sec2] {
        assert_eq!(site.job("production").await["started_at"], Value::Null);
        site.world.vote(by, deployment, "approved").await.ok(201);
    }
    let shipped = site.once("production", "success").await;
    assert_eq!(shipped["id"], waiting["id"]);
    assert!(site.log("production").await.contains("shipping 1.2.3 to production"));
    assert_eq!(site.world.status(deployment).await, "success");
    drop(runner);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a gitlab-runner: scripts/runner"]
async fn a_job_is_canceled_in_the_middle_and_another_ended_when_its_time_is_over() {
    let yaml = "long: {script: ['echo begun', 'sleep 120'], after_script: ['echo \"after $CI_JOB_STATUS\"']}\n\
                slow: {script: ['echo begun', 'sleep 120'], timeout: 5 seconds}\n";
    let site = Site::new(yaml).await;
    let _runner = site.runner(2).await;
    until_within(PATIENCE, "the job to print", || async { site.log("long").await.contains("begun\n").then_some(()) })
        .await;
    let at = site.at(&format!("/jobs/{}/cancel", id(&site.job("long").await)));
    site.world.owner.post(&at, json!({})).await.ok(201);
    site.once("long", "canceled").await;
    let log = site.log("long").await;
    assert!(log.contains("after canceled"), "{log}");
    let slow = site.once("slow", "failed").await;
    assert_eq!(slow["failure_reason"], "job_execution_timeout", "{slow}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a gitlab-runner: scripts/runner"]
async fn a_runner_that_was_killed_goes_on_with_other_jobs() {
    let yaml = "stages: [a, b]\nlost: {stage: a, script: ['echo begun', 'sleep 600']}\n\
                next: {stage: b, needs: [], script: ['echo next']}\n";
    let site = Site::new(yaml).await;
    let mut runner = site.runner(1).await;
    until_within(PATIENCE, "the job to print", || async { site.log("lost").await.contains("begun\n").then_some(()) })
        .await;
    runner.process.kill();
    runner.process = run(runner.dir.path());
    site.once("next", "success").await;
    assert_eq!(site.job("lost").await["status"], "running", "it is lost after five minutes without a word");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a gitlab-runner: scripts/runner"]
async fn two_runners_share_200_jobs_and_none_runs_twice() {
    let yaml = "many: {parallel: 200, variables: {GIT_STRATEGY: none}, script: ['echo \"I am $CI_NODE_INDEX\"']}\n";
    let site = Site::new(yaml).await;
    let (_one, _two) = (site.runner(4).await, site.runner(4).await);
    let ended = || async {
        let jobs = site.jobs().await;
        jobs.iter().all(|job| !job["finished_at"].is_null()).then_some(jobs)
    };
    let jobs = until_within(2 * PATIENCE, "200 jobs to end", ended).await;
    assert_eq!(jobs.len(), 200);
    let mut shares: BTreeMap<i64, usize> = BTreeMap::new();
    for job in &jobs {
        assert_eq!(job["status"], "success", "{job}");
        *shares.entry(id(&job["runner"])).or_default() += 1;
    }
    println!("how many jobs each runner had: {shares:?}");
    assert_eq!(shares.len(), 2, "{shares:?}");
    for job in jobs.iter().step_by(40) {
        let log = site.world.owner.get(&site.at(&format!("/jobs/{}/trace", id(job)))).await.text;
        assert_eq!(log.matches("I am ").count(), 2, "the command and what it printed: {log}");
    }
}
