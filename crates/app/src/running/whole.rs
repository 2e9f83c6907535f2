//! What is done to whole pipelines, and to logs.

use super::{DEPLOY, Job, NOW, NewEntry, Runner, Site, jobs, on_both, refusal, user, variable, wait};
use crate::authorize::Ref;
use crate::erase_job::erase_job;
use crate::fixture::{id, in_group, in_project};
use crate::invitations::Invite;
use crate::traces::{Appended, Patched, Traces, patch};
use crate::update_job::update_job;
use crate::vault::Vault;
use crate::{Failure, Result, Tx, approve, pipelines, projects};
use countersign_domain::access::{Actor, Level};
use countersign_domain::approval::Verdict;
use countersign_domain::event::Code;
use countersign_domain::ids::{JobId, PipelineId};
use countersign_domain::job::{FailureReason, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::pipelines as rows;
use countersign_store::testing::recorded;
use countersign_wire::runner::{JobState, UpdateJob};

/// Builds, deploys to production, and offers a clean-up.
fn three() -> String {
    format!(
        "stages: [build, deploy, after]\nbuild:\n  stage: build\n  script: [make]\n\
         {DEPLOY}  stage: deploy\nclean:\n  stage: deploy\n  when: manual\n  script: [x]\n\
         smoke:\n  stage: after\n  script: [x]\n  environment: staging\n"
    )
}

pub(super) fn token(of: JobId) -> String {
    format!("glcbt-{of}")
}

impl Site<'_> {
    fn on(
        &self,
        by: &Actor,
        act: fn(&mut Tx<'_>, &Actor, &Ref, PipelineId, Timestamp) -> Result<Ending<PipelineId>>,
        of: PipelineId,
    ) -> Result<PipelineId> {
        let at = self.at();
        self.write(by, move |tx, actor| act(tx, actor, &at, of, NOW))
    }

    fn delete(&self, by: &Actor, of: PipelineId) -> Result<pipelines::Deleted> {
        let at = self.at();
        self.write(by, move |tx, actor| pipelines::delete(tx, actor, &at, of, NOW))
    }

    pub(super) fn reject(&self, by: &Actor, job: JobId) {
        let (at, deployment) = (self.at(), self.deployment(job).unwrap().id);
        let no = approve::Opinion { verdict: Verdict::Rejected, comment: None, represented_as: None };
        self.write(by, move |tx, actor| approve::approve(tx, actor, &at, deployment, &no, NOW)).unwrap();
    }

    fn erase(&self, by: &Actor, of: JobId) -> Result<JobId> {
        let (at, has_log) = (self.at(), Traces::of(&self.app.config).has(self.project, of));
        self.write(by, move |tx, actor| erase_job(tx, actor, &at, of, has_log, NOW))
    }

    /// What a runner is handed, if anything, under a token of the job's own.
    pub(super) fn take(&self, runner: &Runner) -> Option<JobId> {
        let waiting = self.app.store.read_blocking(|tx| Ok::<_, Failure>(jobs::waiting(tx, None, JobId(0), 1)?));
        let next = waiting.unwrap().first().map(|job| job.id)?;
        self.claim(runner, &token(next))
    }

    /// Ends the job a runner has.
    fn end(&self, job: JobId, state: JobState) {
        let said = UpdateJob { state, ..UpdateJob::default() };
        wait(update_job(&self.app, job, &token(job), &said, NOW)).unwrap();
    }

    fn say(&self, job: JobId, piece: &'static [u8]) -> Patched {
        wait(patch(&self.app, job, &token(job), (0, piece.into()), NOW)).unwrap().unwrap()
    }

    pub(super) fn named(&self, of: PipelineId, name: &str) -> Job {
        self.jobs(of).into_iter().rfind(|job| job.name == name).unwrap()
    }

    fn recorded(&self, code: Code) -> i64 {
        recorded(&self.app.store, code)
    }
}

#[test]
fn canceling_a_pipeline_cancels_what_is_blocked_and_spares_what_is_merely_offered() {
    on_both("whole_cancel", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let of = site.pipeline(&site.developer, &three()).id;
        let build = site.take(&runner).unwrap();
        site.end(build, JobState::Success);
        assert_eq!(site.named(of, "deploy").status, Status::Manual);
        let stranger = site.world.user("stranger");
        assert!(refusal(site.on(&stranger, pipelines::cancel, of)).contains("404 Project Not Found"));
        site.on(&site.developer, pipelines::cancel, of).unwrap();
        let deploy = site.named(of, "deploy");
        assert_eq!((deploy.status, site.named(of, "clean").status), (Status::Canceled, Status::Manual));
        let stood = site.deployment(deploy.id).unwrap();
        assert_eq!((stood.status.as_str(), stood.is_final), ("canceled", true));
        let smoke = site.named(of, "smoke");
        assert_eq!((smoke.status, site.named(of, "build").status), (Status::Canceled, Status::Success));
        assert_eq!(site.deployment(smoke.id).unwrap().status.as_str(), "canceled");
        assert_eq!((site.status(of), site.recorded(Code::PipelineCanceled)), ("canceled", 1));
        // Once more changes nothing, and records nothing.
        site.on(&site.developer, pipelines::cancel, of).unwrap();
        assert_eq!(site.recorded(Code::PipelineCanceled), 1);
    });
}

#[test]
fn an_approved_deployment_does_not_outlive_its_canceled_pipeline() {
    on_both("whole_cancel_approved", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let of = site.pipeline(&site.developer, &DEPLOY.replace("script", "when: manual\n  script")).id;
        let job = site.jobs(of).remove(0).id;
        site.approve(&site.maintainer, job).unwrap();
        assert_eq!(site.deployment(job).unwrap().status.as_str(), "created");
        site.on(&site.developer, pipelines::cancel, of).unwrap();
        assert_eq!(site.deployment(job).unwrap().status.as_str(), "canceled");
    });
}

#[test]
fn retrying_a_pipeline_replaces_what_failed_and_every_gate_is_asked_anew() {
    on_both("whole_retry", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let of = site.pipeline(&site.developer, &three()).id;
        let build = site.take(&runner).unwrap();
        site.end(build, JobState::Failed);
        assert_eq!((site.status(of), site.named(of, "deploy").status), ("failed", Status::Skipped));
        site.on(&site.developer, pipelines::retry, of).unwrap();
        let again = site.named(of, "build");
        assert_ne!(again.id, build);
        assert_eq!((again.status, again.user_id), (Status::Pending, Some(id(&site.developer))));
        let deploy = site.named(of, "deploy");
        assert_eq!((deploy.status, site.deployment(deploy.id).unwrap().status.as_str()), (Status::Created, "created"));
        // A second time there is nothing that failed: nothing changes.
        site.on(&site.developer, pipelines::retry, of).unwrap();
        assert_eq!((site.jobs(of).len(), site.recorded(Code::PipelineRetried)), (5, 1));
        let built = site.take(&runner).unwrap();
        site.end(built, JobState::Success);
        site.approve(&site.maintainer, deploy.id).unwrap();
        let deployed = site.take(&runner).unwrap();
        site.end(deployed, JobState::Failed);
        site.on(&site.maintainer, pipelines::retry, of).unwrap();
        let third = site.named(of, "deploy");
        let stood = site.deployment(third.id).unwrap();
        assert_eq!((third.status, stood.status.as_str()), (Status::Manual, "blocked"));
        assert_eq!((stood.user_id, stood.pipeline_creator_id), (Some(id(&site.maintainer)), Some(id(&site.developer))));
        // It waits: neither it nor a new attempt goes round the approval.
        site.on(&site.maintainer, pipelines::retry, of).unwrap();
        assert_eq!(site.named(of, "deploy").id, third.id);
        assert!(site.take(&runner).is_none());
    });
}

#[test]
fn what_cannot_be_tried_again_stays_and_says_why_if_nothing_else_can() {
    on_both("whole_retry_refused", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let yaml = format!("{DEPLOY}other:\n  script: [x]\n");
        let of = site.pipeline(&site.developer, &yaml).id;
        let rejected = site.named(of, "deploy").id;
        site.reject(&site.maintainer, rejected);
        let other = site.named(of, "other").id;
        assert_eq!(site.take(&runner), Some(other));
        site.end(other, JobState::Success);
        let why = refusal(site.on(&site.developer, pipelines::retry, of));
        assert!(why.contains("Job is not retryable: its deployment was rejected"), "{why}");
        // With another job that failed, that one alone is tried again.
        let of = site.pipeline(&site.developer, &yaml).id;
        let rejected = site.named(of, "deploy").id;
        site.reject(&site.maintainer, rejected);
        site.cancel(&site.developer, site.named(of, "other").id).unwrap();
        site.on(&site.developer, pipelines::retry, of).unwrap();
        let kept = site.named(of, "deploy");
        assert_eq!((kept.id, kept.failure_reason), (rejected, Some(FailureReason::DeploymentRejected)));
        assert_eq!(site.named(of, "other").status, Status::Pending);
    });
}

#[test]
fn whoever_may_not_deploy_does_not_retry_a_deployment_by_its_pipeline() {
    on_both("whole_retry_forbidden", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.maintainer)], 0);
        let of = site.pipeline(&site.developer, DEPLOY).id;
        assert_eq!(site.named(of, "deploy").failure_reason, Some(FailureReason::ProtectedEnvironment));
        assert!(refusal(site.on(&site.developer, pipelines::retry, of)).contains("deploy.not_allowed"));
        assert_eq!((site.jobs(of).len(), site.recorded(Code::AttemptRefused)), (1, 1));
        site.on(&site.maintainer, pipelines::retry, of).unwrap();
        assert_eq!(site.named(of, "deploy").status, Status::Pending);
    });
}

#[test]
fn a_deleted_pipeline_leaves_its_deployments_and_the_audit() {
    on_both("whole_delete", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let keeper = site.world.user("keeper");
        site.world.join(&in_project(site.project), &keeper, Level::Maintainer);
        let of = site.pipeline(&site.developer, DEPLOY).id;
        let job = site.jobs(of).remove(0).id;
        site.approve(&site.maintainer, job).unwrap();
        let running = site.take(&runner).unwrap();
        site.say(running, b"secret");
        site.end(running, JobState::Success);
        let done = site.deployment(job).unwrap();
        let blocked = site.pipeline(&site.developer, DEPLOY).id;
        let waiting = site.deployment(site.jobs(blocked).remove(0).id).unwrap();
        assert!(refusal(site.delete(&keeper, of)).contains("Owner"));
        let deleted = [site.delete(&site.maintainer, of).unwrap(), site.delete(&site.maintainer, blocked).unwrap()];
        assert_eq!(deleted[0].jobs, [job]);
        assert!(refusal(site.delete(&site.maintainer, of)).contains("404 Not found"));
        for (before, status) in [(done, "success"), (waiting, "canceled")] {
            let found = move |tx: &mut Tx<'_>| {
                Ok::<_, Failure>(countersign_store::deployments::get(tx, before.project_id, before.id)?)
            };
            let kept = site.app.store.read_blocking(found).unwrap().unwrap();
            assert_eq!((kept.status.as_str(), kept.job_id, kept.is_final), (status, None, true));
        }
        assert_eq!(site.recorded(Code::PipelineDeleted), 2);
        assert_eq!(site.recorded(Code::VoteApproved), 1);
        let traces = Traces::of(&site.app.config);
        assert!(traces.has(site.project, job) && site.app.repositories.keeps(site.project.0, of.0));
        pipelines::clear(&site.app, &deleted[0]);
        assert!(!traces.has(site.project, job) && !site.app.repositories.keeps(site.project.0, of.0));
        // The rest of a log that comes late finds nothing to belong to.
        assert!(matches!(site.say(job, b"more"), Patched::Unknown));
    });
}

#[test]
fn a_log_is_erased_once_by_whoever_may() {
    on_both("whole_erase", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.commit(&site.developer, DEPLOY);
        let job = site.take(&runner).unwrap();
        assert_eq!(site.say(job, b"secret"), Patched::Looked(Appended::Stored(6), Status::Running));
        assert!(refusal(site.erase(&site.maintainer, job)).contains("403 Forbidden - Job is not erasable!"));
        site.end(job, JobState::Success);
        // The default branch is protected.
        assert!(refusal(site.erase(&site.developer, job)).contains("Maintainer"));
        site.erase(&site.maintainer, job).unwrap();
        assert_eq!((site.job(job).erased_at, site.recorded(Code::JobErased)), (Some(NOW), 1));
        // Nothing is added to it; what is still on the disk can be erased again.
        assert_eq!(site.say(job, b"secret"), Patched::Over(Status::Success));
        site.erase(&site.maintainer, job).unwrap();
        Traces::of(&site.app.config).remove(site.project, job).unwrap();
        assert!(refusal(site.erase(&site.maintainer, job)).contains("It has no log"));
    });
}

#[test]
fn a_deploy_entry_is_no_way_to_a_log() {
    on_both("whole_erase_entry", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        let operators = site.world.group(&site.world.root, "operators", None);
        let operator = site.world.user("operator");
        site.world.join(&in_group(operators), &operator, Level::Guest);
        let invite = Invite { group: operators, level: Level::Reporter, expires_at: None };
        let (root, at) = (site.world.root.clone(), site.at());
        site.write(&root, move |tx, actor| projects::share(tx, actor, &at, &invite, NOW)).unwrap();
        site.protect(vec![NewEntry { group_id: Some(operators.0), ..NewEntry::default() }], 0);
        let of = site.pipeline(&site.developer, &DEPLOY.replace("script", "when: manual\n  script")).id;
        let job = site.jobs(of).remove(0).id;
        site.play(&operator, job, &[]).unwrap();
        let claimed = site.take(&runner).unwrap();
        site.say(claimed, b"secret");
        site.end(claimed, JobState::Success);
        assert!(refusal(site.erase(&operator, job)).contains("access.role"));
        let at = site.at();
        let seen = site.world.read(&operator, move |tx, actor| pipelines::show_job(tx, actor, &at, job, NOW)).unwrap();
        assert_eq!((seen.1.id, seen.2), (job, false));
        let at = site.at();
        let log = site.world.read(&operator, move |tx, actor| pipelines::with_trace(tx, actor, &at, job, NOW));
        assert!(refusal(log.map(drop)).contains("access.role"));
    });
}

#[test]
fn pipeline_variables_are_read_by_their_giver_and_by_maintainers() {
    on_both("whole_variables", |store| {
        let site = Site::new(store);
        let (giver, other) = (site.world.user("giver"), site.world.user("other"));
        site.world.join(&in_project(site.project), &giver, Level::Maintainer);
        site.world.join(&in_project(site.project), &other, Level::Developer);
        site.commit(&site.developer, DEPLOY);
        let of = site.ask(&giver, "main", &[variable("A", "1")]).unwrap();
        let read = |by: &Actor| {
            let at = site.at();
            site.world.read(by, move |tx, actor| pipelines::variables(tx, &Vault::of_tests(), actor, (&at, of), NOW))
        };
        assert_eq!(read(&giver).unwrap(), [variable("A", "1")]);
        assert_eq!(read(&site.maintainer).unwrap().len(), 1);
        assert!(refusal(read(&other)).contains("Maintainer"));
        assert!(refusal(read(&site.world.user("stranger"))).contains("404 Project Not Found"));
    });
}

#[test]
fn pipelines_are_found_by_all_that_is_known_of_them() {
    on_both("whole_list", |store| {
        let site = Site::new(store);
        site.commit(&site.developer, "job: [");
        site.commit(&site.developer, DEPLOY);
        let asked = site.ask(&site.maintainer, "main", &[]).unwrap();
        let at = site.at();
        site.write(&site.maintainer, move |tx, actor| pipelines::rename(tx, actor, &at, asked, "Nightly", NOW))
            .unwrap();
        let project = site.project;
        let count = |filter: rows::Filter| {
            let list = move |tx: &mut Tx<'_>| {
                let wanted = rows::Filter { limit: 20, ..filter.clone() };
                Ok::<_, Failure>(rows::list(tx, project, &wanted)?)
            };
            let (rows, total) = site.app.store.read_blocking(list).unwrap();
            assert_eq!(i64::try_from(rows.len()).unwrap(), total);
            rows.into_iter().map(|p| p.iid).collect::<Vec<_>>()
        };
        let some = rows::Filter::default;
        assert_eq!(count(some()), [3, 2, 1]);
        assert_eq!(count(rows::Filter { ascending: true, ..some() }), [1, 2, 3]);
        assert_eq!(count(rows::Filter { order: rows::Order::Status, ..some() }), [3, 2, 1]);
        assert_eq!(count(rows::Filter { order: rows::Order::UserId, ..some() }), [2, 1, 3]);
        assert_eq!(count(rows::Filter { broken: Some(true), ..some() }), [1]);
        assert_eq!(count(rows::Filter { broken: Some(false), ..some() }), [3, 2]);
        assert_eq!(count(rows::Filter { username: Some("Maintainer".into()), ..some() }), [3]);
        assert_eq!(count(rows::Filter { name: Some("Nightly".into()), ..some() }), [3]);
        assert_eq!(count(rows::Filter { source: Some("api".into()), ..some() }), [3]);
        assert_eq!(count(rows::Filter { scope: Some(rows::Scope::Branches), ..some() }), [3]);
        assert!(count(rows::Filter { scope: Some(rows::Scope::Tags), ..some() }).is_empty());
        assert_eq!(count(rows::Filter { scope: Some(rows::Scope::Finished), ..some() }), [1]);
        assert_eq!(count(rows::Filter { scope: Some(rows::Scope::Pending), ..some() }), [3, 2]);
        let nightly = || rows::Filter { name: Some("Nightly".into()), ..some() };
        let (before, after) = (Some(NOW.plus_ms(-1)), Some(NOW.plus_ms(1)));
        assert_eq!(count(rows::Filter { created_after: before, created_before: after, ..nightly() }), [3]);
        assert_eq!(count(rows::Filter { updated_after: before, updated_before: after, ..nightly() }), [3]);
        assert!(count(rows::Filter { created_after: Some(NOW), ..nightly() }).is_empty());
        assert!(count(rows::Filter { updated_before: Some(NOW), ..nightly() }).is_empty());
        let at = site.at();
        let newest = site.world.read(&site.developer, move |tx, a| pipelines::latest(tx, a, &at, None, NOW)).unwrap();
        assert_eq!(newest.1.id, asked);
        let at = site.at();
        let none = site.world.read(&site.developer, move |tx, a| pipelines::latest(tx, a, &at, Some("x"), NOW));
        assert!(refusal(none).contains("pipeline.none"));
    });
}
