//! Jobs reach a runner only through an open gate.

use super::{DEPLOY, NOW, Site, on_both, user, variable, wait};
use crate::lost_jobs::give_up;
use crate::update_job::{Heard, update_job};
use crate::{job_payload, overdue_jobs};
use countersign_domain::event::By;
use countersign_domain::ids::JobId;
use countersign_domain::job::{FailureReason, GRACE_MS, Status};
use countersign_domain::silence::Patience;
use countersign_store::Intent;
use countersign_store::jobs::Job;
use countersign_store::users::{self, State};
use countersign_wire::runner::{Job as Payload, JobState, UpdateJob};

pub(super) fn payload(site: &Site<'_>, runner: &countersign_store::runners::Runner, id: JobId) -> Payload {
    let (config, runner) = (site.app.config.clone(), runner.clone());
    let read = move |tx: &mut crate::Tx<'_>| job_payload::payload(tx, &config, &runner, id, "glcbt-t");
    site.app.store.read_blocking(read).unwrap()
}

pub(super) fn value(of: &Payload, key: &str) -> Option<String> {
    of.variables.iter().rev().find(|v| v.key == key).map(|v| v.value.clone())
}

#[test]
fn a_claimed_job_and_its_deployment_run_and_nobody_else_gets_it() {
    on_both("claiming", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let (runner, other) = (site.runner(&[]), site.runner(&["x"]));
        let id = site.claim(&runner, "glcbt-1").unwrap();
        assert_eq!(site.claim(&other, "glcbt-2"), None);
        let job = site.job(id);
        assert_eq!((job.status, job.attempt, job.runner_id), (Status::Running, 1, Some(runner.id)));
        assert_eq!(site.deployment(id).unwrap().status.as_str(), "running");
        assert_eq!(site.status(pipeline.id), "running");
    });
}

#[test]
fn a_job_whose_starter_is_blocked_goes_back_and_one_that_lacks_approval_is_blocked() {
    on_both("claiming_held", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, &format!("{DEPLOY}free:\n  script: [x]\n"));
        let jobs = site.jobs(pipeline.id);
        // The rule comes after the job was enqueued; re-evaluation blocks it at once.
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        assert_eq!(site.job(jobs[0].id).status, Status::Manual);
        let developer = crate::fixture::id(&site.developer);
        let block = move |tx: &mut crate::Tx<'_>| Ok(users::set_state(tx, developer, State::Blocked)?);
        site.app.store.housekeeping_blocking(block).unwrap();
        assert_eq!(site.claim(&site.runner(&[]), "glcbt-1"), None);
        assert_eq!(site.job(jobs[1].id).status, Status::Manual);
        site.play(&site.maintainer, jobs[1].id, &[]).unwrap();
        assert_eq!(site.claim(&site.runner(&["a"]), "glcbt-2"), Some(jobs[1].id));
    });
}

#[test]
fn only_a_runner_with_every_tag_gets_a_job() {
    on_both("claiming_tags", |store| {
        let site = Site::new(store);
        site.commit(&site.developer, "a:\n  script: [x]\n  tags: [big, linux]\n");
        assert_eq!(site.claim(&site.runner(&["big"]), "glcbt-1"), None);
        assert!(site.claim(&site.runner(&["linux", "big", "more"]), "glcbt-2").is_some());
    });
}

#[test]
fn the_runner_is_told_what_to_fetch_what_to_run_and_with_which_variables() {
    on_both("claiming_payload", |store| {
        let site = Site::new(store);
        let yaml = "variables: {A: global, B: $A-$CI_PROJECT_DIR, GIT_DEPTH: '7'}\n\
            d:\n  before_script: [one]\n  script: [two]\n  after_script: [three]\n\
            \x20 variables: {A: job, CI_ENVIRONMENT_SLUG: mine, C: $$x}\n\
            \x20 environment: {name: production, url: 'https://$CI_ENVIRONMENT_SLUG.example.org'}\n";
        site.commit(&site.developer, yaml);
        let pipeline = site.ask(&site.maintainer, "main", &[variable("A", "pipeline")]).unwrap();
        let runner = site.runner(&[]);
        let first = site.claim(&runner, "glcbt-1").unwrap();
        let second = site.claim(&runner, "glcbt-2").unwrap();
        let told = payload(&site, &runner, first);
        assert_eq!(value(&told, "A").as_deref(), Some("job"));
        assert_eq!(value(&told, "B").as_deref(), Some("job-${CI_PROJECT_DIR}"));
        assert_eq!(value(&told, "C").as_deref(), Some("$x"));
        assert_eq!(value(&told, "CI_ENVIRONMENT_SLUG").as_deref(), Some("production"));
        assert_eq!(value(&told, "CI_ENVIRONMENT_URL").as_deref(), Some("https://production.example.org"));
        assert_eq!(value(&told, "GITLAB_USER_LOGIN").as_deref(), Some("developer"));
        assert_eq!(value(&payload(&site, &runner, second), "A").as_deref(), Some("pipeline"));
        assert_eq!(told.git_info.depth, 7);
        assert_eq!(told.git_info.repo_url, "http://gitlab-ci-token:glcbt-t@localhost:8080/maintainer/app.git");
        let own = format!("+refs/pipelines/{0}:refs/pipelines/{0}", pipeline.0 - 1);
        assert_eq!(told.git_info.refspecs, [own, "+refs/heads/main:refs/remotes/origin/main".into()]);
        let steps: Vec<_> = told.steps.iter().map(|s| (s.name.as_str(), s.script.join(" "))).collect();
        assert_eq!(steps, [("script", "one two".into()), ("after_script", "three".into())]);
        let token = told.variables.iter().find(|v| v.key == "CI_JOB_TOKEN").unwrap();
        assert!(token.masked && !token.public);
    });
}

/// That of a server that has been there all the time.
const PATIENCE: Patience = Patience { unacknowledged: 60_000, lost: 300_000, listening_since: NOW };

/// What becomes of a job that was not heard of for that many milliseconds.
fn give_up_on(site: &Site<'_>, id: JobId, after: i64) -> Option<Job> {
    give_up_with(site, id, PATIENCE, after)
}

fn give_up_with(site: &Site<'_>, id: JobId, patience: Patience, after: i64) -> Option<Job> {
    let now = NOW.plus_ms(after);
    let job = move |tx: &mut crate::Tx<'_>| give_up(tx, id, patience, now);
    site.app.store.write_blocking(By::default(), now, Intent::Decide, job).unwrap()
}

#[test]
fn a_job_never_taken_up_returns_unless_its_environment_is_protected() {
    on_both("lost", |store| {
        let site = Site::new(store);
        let give_up_on = |id, after| give_up_on(&site, id, after);
        site.commit(&site.developer, DEPLOY);
        let runner = site.runner(&[]);
        let id = site.claim(&runner, "glcbt-1").unwrap();
        assert!(give_up_on(id, 59_000).is_none());
        assert!(give_up_on(id, 60_000).is_some());
        let job = site.job(id);
        assert_eq!((job.status, job.token_hash), (Status::Pending, None));
        assert_eq!(site.deployment(id).unwrap().status.as_str(), "running");
        assert_eq!(site.claim(&runner, "glcbt-2"), Some(id));
        assert_eq!(site.job(id).attempt, 2);
        site.cancel(&site.developer, id).unwrap();
        site.protect(vec![user(&site.developer)], 0);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let gated = site.jobs(pipeline.id)[0].id;
        assert_eq!(site.claim(&runner, "glcbt-3"), Some(gated));
        assert!(give_up_on(gated, 60_000).is_none());
        let job = site.job(gated);
        assert_eq!((job.status, job.failure_reason), (Status::Failed, Some(FailureReason::RunnerSystem)));
        assert_eq!(site.deployment(gated).unwrap().status.as_str(), "failed");
        assert_eq!(site.claim(&runner, "glcbt-4"), None);
    });
}

#[test]
fn a_job_that_was_taken_up_and_lost_fails_and_its_runner_is_told_so() {
    on_both("lost_for_good", |store| {
        let site = Site::new(store);
        let give_up_on = |id, after| give_up_on(&site, id, after);
        let say = |id: JobId, token: &str, after: i64| {
            let said = UpdateJob { state: JobState::Running, ..UpdateJob::default() };
            wait(update_job(&site.app, id, token, &said, NOW.plus_ms(after))).unwrap()
        };
        let runner = site.runner(&[]);
        for protected in [false, true] {
            if protected {
                site.protect(vec![user(&site.developer)], 0);
            }
            site.commit(&site.developer, DEPLOY);
            let token = format!("glcbt-1-{protected}");
            let id = site.claim(&runner, &token).unwrap();
            assert_eq!(say(id, &token, 59_000), Heard::Noted(Status::Running));
            assert!(give_up_on(id, 60_000).is_none());
            assert!(give_up_on(id, 358_999).is_none());
            assert_eq!(site.job(id).status, Status::Running, "it was heard of 299,999 ms ago");
            assert!(give_up_on(id, 359_000).is_none());
            let job = site.job(id);
            assert_eq!((job.status, job.failure_reason), (Status::Failed, Some(FailureReason::RunnerSystem)));
            assert_eq!(site.deployment(id).unwrap().status.as_str(), "failed");
            assert_eq!(say(id, &token, 359_001), Heard::Over(Status::Failed));
            assert_eq!(site.claim(&runner, "glcbt-2"), None, "it is not handed out again");
            site.retry(&site.developer, id).unwrap();
            let again = site.claim(&runner, &format!("glcbt-3-{protected}")).unwrap();
            site.cancel(&site.developer, again).unwrap();
        }
        site.commit(&site.developer, "free:\n  script: [x]\n");
        let id = site.claim(&runner, "glcbt-4").unwrap();
        let patience = Patience { listening_since: NOW.plus_ms(1), ..PATIENCE };
        assert!(give_up_with(&site, id, patience, 60_000).is_none(), "the server was not there all the time");
        assert!(give_up_on(id, 60_000).is_some(), "never taken up: it goes back");
        assert_eq!(say(id, "glcbt-4", 60_001), Heard::Unknown, "too late: its token is dead");
        assert_eq!(site.claim(&runner, "glcbt-5"), Some(id));
    });
}

#[test]
fn a_job_that_its_runner_does_not_end_in_time_is_ended() {
    on_both("overdue", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let sweep = |after: i64| wait(overdue_jobs::sweep(&site.app, NOW.plus_ms(after))).unwrap();
        // The project gives an hour; then come ten minutes of grace.
        let up = 3_600_000 + GRACE_MS;
        site.commit(&site.developer, DEPLOY);
        let id = site.claim(&runner, "glcbt-1").unwrap();
        sweep(up - 1);
        assert_eq!(site.job(id).status, Status::Running);
        sweep(up);
        let job = site.job(id);
        assert_eq!((job.status, job.failure_reason), (Status::Failed, Some(FailureReason::Timeout)));
        assert_eq!(site.deployment(id).unwrap().status.as_str(), "failed");
        assert_eq!(site.newest().unwrap().status.as_str(), "failed");
        sweep(up);
        // A runner that allows less has the last word, and one that is being stopped ends canceled.
        let again = site.retry(&site.developer, id).unwrap();
        assert_eq!(site.claim(&runner, "glcbt-2"), Some(again));
        let allow = move |tx: &mut crate::Tx<'_>| {
            let limit = "UPDATE runners SET maximum_timeout = 60";
            let stopping = "UPDATE jobs SET status = 'canceling' WHERE id = $1";
            Ok(tx.execute(limit, &[])? + tx.execute(stopping, &[again.into()])?)
        };
        site.app.store.housekeeping_blocking(allow).unwrap();
        sweep(60_000 + GRACE_MS - 1);
        assert_eq!(site.job(again).status, Status::Canceling);
        sweep(60_000 + GRACE_MS);
        assert_eq!(site.job(again).status, Status::Canceled);
    });
}
