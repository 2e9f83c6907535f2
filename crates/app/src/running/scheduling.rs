//! When jobs run: by what they need, after a time, after a failure, and again by themselves.

use super::whole::token;
use super::{Job, NOW, Runner, Site, on_both, refusal, user, wait};
use crate::fixture::{id, in_project};
use crate::script::Script;
use crate::update_job::update_job;
use crate::{delayed_jobs, job_payload};
use countersign_domain::access::Level;
use countersign_domain::event::{By, Code};
use countersign_domain::ids::{JobId, PipelineId};
use countersign_domain::job::{FailureReason, Status};
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_store::testing::recorded;
use countersign_wire::runner::{JobState, UpdateJob};

const HOUR: i64 = 3_600_000;

impl Site<'_> {
    /// Ends the job a runner has, as it says.
    pub(super) fn ends(&self, job: JobId, code: i64) {
        let state = if code == 0 { JobState::Success } else { JobState::Failed };
        let failure_reason = (code != 0).then(|| "script_failure".to_owned());
        let said = UpdateJob { state, failure_reason, exit_code: Some(code), ..UpdateJob::default() };
        wait(update_job(&self.app, job, &token(job), &said, NOW)).unwrap();
    }

    /// Hands out the next job and ends it.
    pub(super) fn runs(&self, runner: &Runner, name: &str, code: i64) -> JobId {
        let taken = self.take(runner).unwrap();
        assert_eq!(self.job(taken).name, name);
        self.ends(taken, code);
        taken
    }

    pub(super) fn statuses(&self, of: PipelineId) -> Vec<String> {
        let jobs = self.jobs(of).into_iter().filter(|job| !job.retried);
        jobs.map(|job| format!("{} {}", job.name, job.status.as_str())).collect()
    }

    pub(super) fn go_on(&self, job: JobId, now: Timestamp) {
        let go_on = move |tx: &mut crate::Tx<'_>| delayed_jobs::go_on(tx, job, now);
        self.app.store.write_blocking(By::default(), now, Intent::Decide, go_on).unwrap();
    }
}

#[test]
fn jobs_start_once_what_they_need_has_ended() {
    on_both("needs", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let yaml = "stages: [one, two]\na: {stage: one, script: [x]}\nb: {stage: one, script: [x]}\n\
                    early: {stage: two, script: [x], needs: [a]}\nfree: {stage: two, script: [x], needs: []}\n\
                    late: {stage: two, script: [x]}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        assert_eq!(site.statuses(of), ["a pending", "b pending", "early created", "free pending", "late created"]);
        site.runs(&runner, "a", 0);
        assert_eq!(site.statuses(of)[2..], ["early pending", "free pending", "late created"]);
        site.runs(&runner, "b", 1);
        assert_eq!(site.statuses(of)[2..], ["early pending", "free pending", "late skipped"]);
        site.runs(&runner, "early", 0);
        site.runs(&runner, "free", 0);
        assert_eq!(site.status(of), "failed");
    });
}

#[test]
fn what_was_skipped_for_an_optional_job_runs_once_that_is_played() {
    on_both("needs_manual", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let yaml = "ask: {script: [x], when: manual}\nthen: {script: [x], needs: [ask]}\n\
                    and: {script: [x], needs: [then]}\nother: {script: [x]}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        assert_eq!(site.statuses(of), ["ask manual", "then skipped", "and skipped", "other pending"]);
        site.play(&site.developer, site.named(of, "ask").id, &[]).unwrap();
        assert_eq!(site.statuses(of), ["ask pending", "then created", "and created", "other pending"]);
        site.runs(&runner, "ask", 0);
        site.runs(&runner, "then", 0);
        site.runs(&runner, "and", 0);
        site.runs(&runner, "other", 0);
        assert_eq!(site.status(of), "success");
    });
}

#[test]
fn a_retry_wakes_what_needs_the_job_in_its_own_stage_too() {
    on_both("needs_retry", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let yaml = "a: {script: [x]}\nb: {script: [x], needs: [a]}\nc: {script: [x], needs: [b]}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let a = site.runs(&runner, "a", 1);
        assert_eq!(site.statuses(of), ["a failed", "b skipped", "c skipped"]);
        site.retry(&site.developer, a).unwrap();
        site.runs(&runner, "a", 0);
        site.runs(&runner, "b", 0);
        site.runs(&runner, "c", 0);
        assert_eq!(site.status(of), "success");
    });
}

#[test]
fn jobs_for_failures_run_only_after_one() {
    on_both("on_failure", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let yaml = "a: {stage: build, script: [x]}\nclean: {stage: test, script: [x], when: on_failure}\n\
                    b: {stage: test, script: [x]}\n";
        for (code, clean, b, end) in [(0, "skipped", "pending", "success"), (1, "pending", "skipped", "failed")] {
            let of = site.pipeline(&site.developer, &format!("{yaml}# {code}\n")).id;
            site.runs(&runner, "a", code);
            assert_eq!(site.statuses(of)[1..], [format!("clean {clean}"), format!("b {b}")]);
            site.runs(&runner, if code == 0 { "b" } else { "clean" }, 0);
            assert_eq!(site.status(of), end);
        }
    });
}

#[test]
fn a_delayed_job_waits_its_time_or_is_played_before() {
    on_both("delayed", |store| {
        let site = Site::new(store);
        let yaml =
            "a: {script: [x], when: delayed, start_in: 1 hour}\nb: {script: [x], when: delayed, start_in: 1 day}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let (a, b) = (site.named(of, "a"), site.named(of, "b"));
        let due = a.scheduled_at.unwrap();
        assert_eq!((a.status, due.since(a.created_at), site.status(of)), (Status::Scheduled, HOUR, "scheduled"));
        site.go_on(a.id, due.plus_ms(-1));
        assert_eq!(site.job(a.id).status, Status::Scheduled);
        wait(delayed_jobs::sweep(&site.app, due)).unwrap();
        assert_eq!((site.job(a.id).status, site.job(b.id).status), (Status::Pending, Status::Scheduled));
        site.play(&site.developer, b.id, &[]).unwrap();
        let played = site.job(b.id);
        assert_eq!((played.status, played.played), (Status::Pending, true));
        site.go_on(b.id, due.plus_ms(48 * HOUR));
        assert_eq!(site.job(b.id).status, Status::Pending, "its time does not come twice");
    });
}

#[test]
fn a_delayed_deployment_is_approved_first_and_waits_then_and_its_gate_is_asked_again() {
    on_both("delayed_approval", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let yaml = "deploy: {script: [x], when: delayed, start_in: 1 hour, environment: production}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let job = site.named(of, "deploy").id;
        assert_eq!(site.deployment(job).unwrap().status.as_str(), "blocked");
        site.approve(&site.maintainer, job).unwrap();
        assert_eq!((site.job(job).status, site.take(&runner)), (Status::Scheduled, None));
        assert_eq!(site.deployment(job).unwrap().status.as_str(), "created");
        site.go_on(job, NOW.plus_ms(HOUR));
        assert_eq!(site.take(&runner), Some(job));
    });
}

#[test]
fn a_scheduled_deployment_that_comes_to_lack_approval_is_blocked_and_waits_no_second_time() {
    on_both("delayed_blocked", |store| {
        let site = Site::new(store);
        let yaml = "deploy: {script: [x], when: delayed, start_in: 1 hour, environment: production}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let job = site.named(of, "deploy").id;
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        assert_eq!((site.job(job).status, site.deployment(job).unwrap().status.as_str()), (Status::Manual, "blocked"));
        assert!(refusal(site.play(&site.developer, job, &[])).contains("still needs 1 approval"));
        site.approve(&site.maintainer, job).unwrap();
        assert_eq!(site.job(job).status, Status::Pending);
    });
}

#[test]
fn a_scheduled_job_is_canceled() {
    on_both("delayed_cancel", |store| {
        let site = Site::new(store);
        let of = site.pipeline(&site.developer, "a: {script: [x], when: delayed, start_in: 1 hour}\n").id;
        let job = site.named(of, "a").id;
        site.cancel(&site.developer, job).unwrap();
        site.go_on(job, NOW.plus_ms(100_000 * HOUR));
        assert_eq!((site.job(job).status, site.status(of)), (Status::Canceled, "canceled"));
    });
}

#[test]
fn a_job_is_tried_again_by_itself_as_often_as_it_says() {
    on_both("retry_by_itself", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let yaml =
            "a: {stage: build, script: [x], retry: {max: 2, when: script_failure}}\nb: {stage: test, script: [x]}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        for _ in 0..2 {
            let failed = site.runs(&runner, "a", 1);
            assert!(site.job(failed).retried);
            assert_eq!(site.statuses(of), ["a pending", "b created"]);
        }
        site.runs(&runner, "a", 1);
        assert_eq!((site.statuses(of), site.status(of)), (vec!["a failed".into(), "b skipped".into()], "failed"));
        let all: Vec<Job> = site.jobs(of).into_iter().filter(|job| job.name == "a").collect();
        assert_eq!((all.len(), recorded(&site.app.store, Code::JobRetried)), (3, 2));
        assert!(all.iter().all(|job| job.user_id == Some(id(&site.developer))));
    });
}

#[test]
fn a_deployment_tried_again_by_itself_is_a_new_one_and_needs_new_approvals() {
    on_both("retry_approval", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let of = site.pipeline(&site.developer, "deploy: {script: [x], retry: 2, environment: production}\n").id;
        let first = site.named(of, "deploy").id;
        site.approve(&site.maintainer, first).unwrap();
        site.runs(&runner, "deploy", 1);
        let second = site.named(of, "deploy").id;
        assert_ne!(first, second);
        assert_eq!(site.deployment(first).unwrap().status.as_str(), "failed");
        assert_eq!(site.deployment(second).unwrap().status.as_str(), "blocked");
        assert_eq!((site.take(&runner), site.status(of)), (None, "manual"));
        // Whoever triggered it may not vote on that either.
        assert!(refusal(site.approve(&site.developer, second)).contains("approval.self"));
        site.approve(&site.maintainer, second).unwrap();
        site.runs(&runner, "deploy", 0);
        assert_eq!(site.status(of), "success");
    });
}

#[test]
fn whoever_only_played_what_is_tried_again_by_itself_may_approve_that_too() {
    on_both("retry_played", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let yaml = "deploy: {script: [x], when: manual, retry: 2, environment: production}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let first = site.named(of, "deploy").id;
        site.approve(&site.maintainer, first).unwrap();
        site.play(&site.maintainer, first, &[]).unwrap();
        site.runs(&runner, "deploy", 1);
        let second = site.named(of, "deploy").id;
        let (old, new) = (site.deployment(first).unwrap(), site.deployment(second).unwrap());
        assert_ne!(old.id, new.id);
        assert_eq!((new.status.as_str(), new.user_id), ("blocked", Some(id(&site.developer))));
        assert!(refusal(site.approve(&site.developer, second)).contains("approval.self"));
        site.approve(&site.maintainer, second).unwrap();
    });
}

#[test]
fn whoever_tried_a_job_again_may_not_approve_it_either_when_it_is_tried_again_by_itself() {
    on_both("retry_retried", |store| {
        let site = Site::new(store);
        let (runner, other) = (site.runner(&[]), site.world.user("other"));
        site.world.join(&in_project(site.project), &other, Level::Maintainer);
        site.protect(vec![user(&site.developer), user(&site.maintainer), user(&other)], 1);
        let yaml = "deploy: {script: [x], when: manual, retry: 2, environment: production}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let first = site.named(of, "deploy").id;
        site.approve(&other, first).unwrap();
        site.play(&other, first, &[]).unwrap();
        site.cancel(&other, first).unwrap();
        let second = site.retry(&site.maintainer, first).unwrap();
        site.approve(&other, second).unwrap();
        site.play(&other, second, &[]).unwrap();
        site.runs(&runner, "deploy", 1);
        let third = site.named(of, "deploy").id;
        assert_ne!(second, third);
        assert!(refusal(site.approve(&site.maintainer, third)).contains("approval.self"));
        assert!(refusal(site.approve(&site.developer, third)).contains("approval.self"));
        site.approve(&other, third).unwrap();
    });
}

#[test]
fn a_rejected_deployment_is_never_tried_again_by_itself() {
    on_both("retry_rejected", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let yaml = "deploy: {script: [x], retry: {max: 2, when: always}, environment: production}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        site.reject(&site.maintainer, site.named(of, "deploy").id);
        let jobs = site.jobs(of);
        assert_eq!((jobs.len(), jobs[0].failure_reason), (1, Some(FailureReason::DeploymentRejected)));
        assert_eq!(site.status(of), "failed");
    });
}

#[test]
fn a_failure_with_an_allowed_code_does_no_harm() {
    on_both("exit_codes", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let yaml =
            "a: {stage: build, script: [x], allow_failure: {exit_codes: [7, 9]}}\nb: {stage: test, script: [x]}\n";
        let of = site.pipeline(&site.developer, &format!("{yaml}# 1\n")).id;
        let failed = site.runs(&runner, "a", 9);
        assert_eq!(
            (site.job(failed).allow_failure, site.statuses(of)),
            (true, vec!["a failed".into(), "b pending".into()])
        );
        site.retry(&site.developer, failed).unwrap();
        assert!(!site.named(of, "a").allow_failure, "how it ended before is no rule");
        site.runs(&runner, "b", 0);
        site.runs(&runner, "a", 1);
        assert_eq!(site.status(of), "failed");
    });
}

#[test]
fn a_runner_is_told_of_all_that_is_for_it() {
    on_both("payload", |store| {
        let site = Site::new(store);
        let runner = site.runner(&["linux-eu"]);
        let yaml = "variables: {REGION: eu, LEFT: 'no'}\ndefault: {image: 'alpine:3', timeout: 5m}\n\
                    a:\n  script: [x]\n  parallel: 2\n  tags: [linux-$REGION, $NOTHING]\n  inherit: {variables: [REGION]}\n  \
                    services: [{name: 'pg:1', alias: db, variables: {A: $REGION}}]\n  hooks: {pre_get_sources_script: [first]}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let job = site.named(of, "a 2/2");
        assert_eq!((job.tags.as_str(), job.timeout), (r#"["linux-eu","$NOTHING"]"#, Some(300)));
        let (config, asking) = (site.app.config.clone(), runner.clone());
        let read = move |tx: &mut crate::Tx<'_>| job_payload::payload(tx, &config, &asking, job.id, "glcbt-t");
        let told = site.app.store.read_blocking(read).unwrap();
        assert_eq!((told.image.unwrap().name, told.runner_info.timeout), ("alpine:3".into(), 300));
        let service = &told.services[0];
        assert_eq!((service.name.as_str(), service.alias.as_str(), service.variables[0].raw), ("pg:1", "db", false));
        assert_eq!(
            (told.hooks[0].name.as_str(), &told.hooks[0].script[..]),
            ("pre_get_sources_script", &["first".to_owned()][..])
        );
        let value = |key: &str| told.variables.iter().rev().find(|v| v.key == key).map(|v| v.value.clone());
        let of_job = ["CI_NODE_INDEX", "CI_NODE_TOTAL", "REGION", "LEFT"].map(value);
        assert_eq!(of_job, [Some("2".into()), Some("2".into()), Some("eu".into()), None]);
        assert_eq!(Script::read(&site.named(of, "a 1/2").script).unwrap().pre_get_sources, ["first"]);
    });
}

#[test]
fn conditions_are_decided_by_what_is_known_of_the_push() {
    on_both("conditions", |store| {
        let site = Site::new(store);
        let yaml = "workflow:\n  name: $CI_COMMIT_BRANCH by $GITLAB_USER_LOGIN\n  rules: [{if: $CI_COMMIT_BRANCH}]\n\
                    main: {script: [x], rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]}\n\
                    tags: {script: [x], only: [tags]}\n\
                    protected: {script: [x], rules: [{if: '$CI_COMMIT_REF_PROTECTED == \"false\"', when: never}, {when: manual}]}\n\
                    changed: {script: [x], rules: [{changes: [other/*]}]}\n\
                    there: {script: [x], rules: [{exists: ['*.yml']}]}\n\
                    compared: {script: [x], rules: [{changes: {paths: ['*.yml'], compare_to: main}}]}\n";
        let of = site.pipeline(&site.developer, yaml);
        let names = |of: PipelineId| site.jobs(of).into_iter().map(|job| job.name).collect::<Vec<_>>();
        // The first push of a branch has nothing before it: everything changed, but not since the branch itself.
        assert_eq!(names(of.id), ["main", "protected", "changed", "there"]);
        assert_eq!(of.name.as_deref(), Some("main by developer"));
        let of = site.pipeline(&site.developer, &format!("{yaml}# 2\n"));
        assert_eq!(names(of.id), ["main", "protected", "there"]);
        site.app.repositories.create_branch(site.project.0, "feature", &of.sha, &mut |_| Ok(())).unwrap();
        site.try_commit(&site.developer, "feature", &format!("{yaml}# 3\n")).unwrap();
        let of = site.newest().unwrap();
        assert_eq!((of.ref_name.as_str(), names(of.id)), ("feature", vec!["there".to_owned(), "compared".to_owned()]));
        assert!(refusal(site.ask(&site.developer, "gone", &[])).contains("Reference not found"));
        site.commit(
            &site.developer,
            "workflow: {rules: [{if: '$CI_PIPELINE_SOURCE == \"push\"'}]}\na: {script: [x]}\n",
        );
        assert!(refusal(site.ask(&site.developer, "main", &[])).contains("filtered out by workflow rules"));
    });
}
