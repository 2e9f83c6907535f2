//! Playing, trying again and canceling.

use super::{DEPLOY, NOW, NewEntry, Site, on_both, refusal, user, variable};
use crate::fixture::{id, in_group};
use crate::invitations::Invite;
use crate::script::{self, Script};
use crate::vault::Vault;
use crate::{Tx, deployments, projects, protections};
use countersign_domain::access::{Actor, Level};
use countersign_domain::event::Code;
use countersign_domain::ids::JobId;
use countersign_domain::job::Status;
use countersign_store::testing::recorded;

fn manual() -> String {
    DEPLOY.replace("script", "when: manual\n  script")
}

#[test]
fn a_manual_job_is_played_by_somebody_allowed_and_by_nobody_else() {
    on_both("playing", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.maintainer)], 0);
        let pipeline = site.pipeline(&site.developer, &manual());
        let job = site.jobs(pipeline.id).remove(0);
        let why = refusal(site.play(&site.developer, job.id, &[]));
        assert!(why.contains("The environment this job is deploying to is protected"), "{why}");
        assert!(refusal(site.play(&site.world.user("stranger"), job.id, &[])).contains("404 Project Not Found"));
        assert_eq!(site.play(&site.maintainer, job.id, &[variable("A", "1")]).unwrap(), job.id);
        let played = site.job(job.id);
        assert_eq!((played.status, played.user_id, played.played), (Status::Pending, Some(id(&site.maintainer)), true));
        let given = Script::read(&played.script).unwrap().played_with;
        let about = script::about_job(pipeline.id, &played.name);
        assert_eq!(given.open(&Vault::of_tests(), &about).unwrap(), [variable("A", "1")]);
        assert!(!played.script.contains("\"value\":\"1\""), "{}", played.script);
        // The triggerer stays who created the pipeline.
        assert_eq!(site.deployment(job.id).unwrap().user_id, Some(id(&site.developer)));
        assert!(refusal(site.play(&site.maintainer, job.id, &[])).contains("Unplayable Job"));
    });
}

#[test]
fn a_blocked_job_is_not_played_and_takes_no_variables_once_approved() {
    on_both("playing_blocked", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let pipeline = site.pipeline(&site.developer, &manual());
        let job = site.jobs(pipeline.id).remove(0);
        let why = refusal(site.play(&site.maintainer, job.id, &[]));
        assert!(why.contains("still needs 1 approval"), "{why}");
        site.approve(&site.maintainer, job.id).unwrap();
        assert_eq!(site.job(job.id).status, Status::Manual);
        assert!(refusal(site.play(&site.maintainer, job.id, &[variable("A", "1")])).contains("variables_refused"));
        site.play(&site.maintainer, job.id, &[]).unwrap();
        assert_eq!(site.job(job.id).status, Status::Pending);
    });
}

#[test]
fn what_a_job_was_played_with_does_not_reach_a_deployment_that_came_to_need_approval() {
    on_both("playing_overtaken", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, &manual());
        let job = site.jobs(pipeline.id).remove(0).id;
        site.play(&site.maintainer, job, &[variable("A", "1")]).unwrap();
        let played_with = |job: JobId| Script::read(&site.job(job).script).unwrap().played_with.keys();
        assert_eq!(played_with(job), ["A"]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        assert_eq!((site.job(job).status, site.deployment(job).unwrap().status.as_str()), (Status::Manual, "blocked"));
        assert_eq!(played_with(job), [""; 0]);
        assert_eq!(recorded(store, Code::JobVariablesDropped), 1);
        site.approve(&site.maintainer, job).unwrap();
        site.play(&site.maintainer, job, &[]).unwrap();
        assert_eq!(played_with(job), [""; 0]);
    });
}

#[test]
fn what_a_job_was_played_with_stays_with_a_retry_only_where_that_needs_no_approval() {
    on_both("retrying_played", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, &manual());
        let job = site.jobs(pipeline.id).remove(0).id;
        site.play(&site.maintainer, job, &[variable("A", "1")]).unwrap();
        site.cancel(&site.maintainer, job).unwrap();
        let again = site.retry(&site.maintainer, job).unwrap();
        let played_with = |job: JobId| Script::read(&site.job(job).script).unwrap().played_with.keys();
        assert_eq!(played_with(again), ["A"]);
        site.cancel(&site.maintainer, again).unwrap();
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let guarded = site.retry(&site.maintainer, again).unwrap();
        assert_eq!(site.deployment(guarded).unwrap().status.as_str(), "blocked");
        assert_eq!(played_with(guarded), [""; 0]);
    });
}

#[test]
fn a_job_that_waited_for_approval_is_optional_again_as_it_was_written() {
    on_both("optional_again", |store| {
        let site = Site::new(store);
        let after = "after:\n  stage: deploy\n  script: [x]\n";
        let production = || protections::Target::Project(site.at());
        let unprotect = |site: &Site<'_>| {
            let target = production();
            site.write(&site.maintainer, move |tx, by| protections::unprotect(tx, by, &target, "production", NOW))
        };
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        // Nothing asks for approval any more: the pipeline goes on without it.
        let of = site.pipeline(&site.developer, &format!("{}{after}", manual())).id;
        assert_eq!((site.status(of), site.named(of, "deploy").allow_failure), ("manual", false));
        assert_eq!(site.statuses(of), ["deploy manual", "after created"]);
        unprotect(&site).unwrap();
        assert_eq!((site.status(of), site.named(of, "deploy").allow_failure), ("pending", true));
        assert_eq!(site.statuses(of), ["deploy manual", "after pending"]);
        site.cancel(&site.developer, site.named(of, "after").id).unwrap();
        // It was approved and runs: its failure does no more harm than that of any job that may fail.
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let may_fail = DEPLOY.replace("script", "allow_failure: true\n  script");
        let of = site.pipeline(&site.developer, &may_fail).id;
        assert_eq!((site.status(of), site.named(of, "deploy").allow_failure), ("manual", false));
        let job = site.named(of, "deploy").id;
        site.approve(&site.maintainer, job).unwrap();
        let runner = site.runner(&[]);
        site.runs(&runner, "deploy", 1);
        assert_eq!((site.status(of), site.named(of, "deploy").allow_failure), ("success", true));
        // A retry is as optional as it was written, also of one that still waited.
        let again = site.retry(&site.maintainer, job).unwrap();
        assert_eq!(site.deployment(again).unwrap().status.as_str(), "blocked");
        site.cancel(&site.maintainer, again).unwrap();
        unprotect(&site).unwrap();
        assert!(site.job(site.retry(&site.maintainer, again).unwrap()).allow_failure);
    });
}

#[test]
fn the_last_approval_enqueues_an_automatic_job() {
    on_both("playing_approved", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let job = site.jobs(pipeline.id).remove(0);
        assert!(refusal(site.approve(&site.developer, job.id)).contains("approval.self"));
        site.approve(&site.maintainer, job.id).unwrap();
        assert_eq!((site.job(job.id).status, site.status(pipeline.id)), (Status::Pending, "pending"));
    });
}

#[test]
fn a_retry_is_a_new_job_and_a_new_deployment_that_needs_new_approvals() {
    on_both("retrying", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let job = site.jobs(pipeline.id).remove(0);
        assert!(refusal(site.retry(&site.developer, job.id)).contains("waits for approval"));
        site.approve(&site.maintainer, job.id).unwrap();
        site.cancel(&site.developer, job.id).unwrap();
        assert_eq!(site.deployment(job.id).unwrap().status.as_str(), "canceled");
        let again = site.retry(&site.maintainer, job.id).unwrap();
        assert!(site.job(job.id).retried);
        let (made, deployment) = (site.job(again), site.deployment(again).unwrap());
        assert_eq!((made.status, deployment.status.as_str()), (Status::Manual, "blocked"));
        assert_eq!(deployment.user_id, Some(id(&site.maintainer)));
        assert_eq!(deployment.pipeline_creator_id, Some(id(&site.developer)));
        for nobody in [&site.developer, &site.maintainer] {
            assert!(refusal(site.approve(nobody, again)).contains("approval.self"));
        }
        assert!(refusal(site.retry(&site.maintainer, job.id)).contains("retried already"));
    });
}

#[test]
fn a_retry_gives_skipped_jobs_of_later_stages_another_turn() {
    on_both("retrying_renews", |store| {
        let site = Site::new(store);
        let yaml = "stages: [a, b]\none:\n  stage: a\n  script: [x]\n\
            two:\n  stage: b\n  script: [x]\n  environment: staging\n";
        let pipeline = site.pipeline(&site.developer, yaml);
        let jobs = site.jobs(pipeline.id);
        site.cancel(&site.developer, jobs[0].id).unwrap();
        assert_eq!(site.job(jobs[1].id).status, Status::Skipped);
        assert_eq!(site.deployment(jobs[1].id).unwrap().status.as_str(), "skipped");
        let again = site.retry(&site.developer, jobs[0].id).unwrap();
        assert_eq!(site.job(again).status, Status::Pending);
        assert_eq!(site.job(jobs[1].id).status, Status::Created);
        assert_eq!(site.deployment(jobs[1].id).unwrap().status.as_str(), "created");
        assert_eq!(site.cancel(&site.developer, jobs[0].id).unwrap(), jobs[0].id);
    });
}

#[test]
fn a_job_needs_approval_also_when_the_record_of_its_skipped_deployment_was_deleted() {
    on_both("retrying_without_record", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let yaml = "stages: [a, b]\none: {stage: a, script: [x]}\n\
            two: {stage: b, script: [x], environment: production}\n";
        let pipeline = site.pipeline(&site.developer, yaml);
        let jobs = site.jobs(pipeline.id);
        site.cancel(&site.developer, jobs[0].id).unwrap();
        let (skipped, at) = (site.deployment(jobs[1].id).unwrap(), site.at());
        assert_eq!(skipped.status.as_str(), "skipped");
        let delete = move |tx: &mut Tx<'_>, by: &Actor| deployments::delete(tx, by, &at, skipped.id, NOW);
        site.write(&site.maintainer, delete).unwrap();
        site.retry(&site.developer, jobs[0].id).unwrap();
        site.runs(&runner, "one", 0);
        assert_eq!(site.claim(&runner, "glcbt-before"), None);
        let made = site.deployment(jobs[1].id).unwrap();
        assert_eq!((made.status.as_str(), made.user_id), ("blocked", Some(id(&site.developer))));
        assert_ne!(made.id, skipped.id);
        assert!(refusal(site.approve(&site.developer, jobs[1].id)).contains("approval.self"));
        site.approve(&site.maintainer, jobs[1].id).unwrap();
        assert_eq!(site.claim(&runner, "glcbt-after"), Some(jobs[1].id));
    });
}

#[test]
fn a_deploy_entry_lets_a_reporter_play_retry_and_cancel_those_jobs_only() {
    on_both("acting_by_entry", |store| {
        let site = Site::new(store);
        let operators = site.world.group(&site.world.root, "operators", None);
        let operator = site.world.user("operator");
        site.world.join(&in_group(operators), &operator, Level::Guest);
        let invite = Invite { group: operators, level: Level::Reporter, expires_at: None };
        let (root, at) = (site.world.root.clone(), site.at());
        site.write(&root, move |tx, actor| projects::share(tx, actor, &at, &invite, NOW)).unwrap();
        let entry = NewEntry { group_id: Some(operators.0), ..NewEntry::default() };
        site.protect(vec![entry], 0);
        let yaml = format!("{}other:\n  when: manual\n  script: [x]\n", manual());
        let pipeline = site.pipeline(&site.developer, &yaml);
        let jobs = site.jobs(pipeline.id);
        site.play(&operator, jobs[0].id, &[]).unwrap();
        site.cancel(&operator, jobs[0].id).unwrap();
        assert_eq!(site.job(site.retry(&operator, jobs[0].id).unwrap()).status, Status::Pending);
        assert!(refusal(site.play(&operator, jobs[1].id, &[])).contains("404"));
    });
}
