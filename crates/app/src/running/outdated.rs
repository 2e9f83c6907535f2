//! Deployment jobs that something later has overtaken.

use super::whole::token;
use super::{Actor, JobId, NOW, Site, on_both, refusal, user};
use crate::projects;
use countersign_domain::job::{FailureReason, Status};
use countersign_domain::settings::ProjectSettingsChanges;

const OLDER: &str = "older than the previously succeeded deployment job";

impl Site<'_> {
    /// A pipeline with a deployment to production that only a runner with that tag takes; its job.
    fn deploys(&self, tag: &str, more: &str) -> JobId {
        let yaml = format!("deploy:\n  script: [x]\n  environment: production\n  tags: [{tag}]\n{more}");
        let of = self.pipeline(&self.developer, &yaml);
        self.named(of.id, "deploy").id
    }

    /// Has a runner with those tags take whatever it can; the job if it is that one.
    fn taken(&self, tag: &str, job: JobId) -> bool {
        let runner = self.runner(&tag.split(' ').collect::<Vec<_>>());
        self.claim(&runner, &token(job)) == Some(job)
    }

    fn succeeds(&self, tag: &str, job: JobId) {
        assert!(self.taken(tag, job));
        self.ends(job, 0);
    }

    /// What became of a job and its deployment.
    fn end_of(&self, job: JobId) -> (Status, Option<FailureReason>, &'static str) {
        let of = self.job(job);
        (of.status, of.failure_reason, self.deployment(job).unwrap().status.as_str())
    }

    fn set(&self, by: &Actor, settings: ProjectSettingsChanges) {
        let (at, changes) = (self.at(), projects::Changes { settings, ..projects::Changes::default() });
        self.write(by, move |tx, actor| projects::update(tx, actor, &at, &changes, NOW)).unwrap();
    }
}

#[test]
fn a_job_that_something_later_has_overtaken_fails_when_a_runner_asks_for_it() {
    on_both("outdated_claim", |store| {
        let site = Site::new(store);
        let (old, new) = (site.deploys("one", ""), site.deploys("two", ""));
        site.succeeds("two", new);
        assert!(!site.taken("one", old));
        assert_eq!(site.end_of(old), (Status::Failed, Some(FailureReason::Outdated), "failed"));
        // Trying it again is a rollback, which people decide on, and the project may forbid.
        let again = site.retry(&site.developer, old).unwrap();
        site.succeeds("three one", again);
        assert_eq!(site.end_of(again).0, Status::Success);
        let no = ProjectSettingsChanges { ci_forward_deployment_rollback_allowed: Some(false), ..Default::default() };
        site.set(&site.maintainer, no);
        let refused = refusal(site.retry(&site.developer, new));
        assert!(refused.contains("deployment.no_rollback") && refused.contains(OLDER), "{refused}");
    });
}

#[test]
fn nothing_is_outdated_where_the_project_says_so_or_the_commit_is_the_same() {
    on_both("outdated_off", |store| {
        let site = Site::new(store);
        let old = site.deploys("one", "");
        let same = site.ask(&site.maintainer, "main", &[]).unwrap();
        let same = site.named(same, "deploy").id;
        let newer = site.deploys("two", "");
        let runner = site.runner(&["one"]);
        assert_eq!(site.claim(&runner, &token(old)), Some(old));
        site.ends(old, 1);
        site.retry(&site.developer, old).unwrap();
        assert_eq!(site.claim(&runner, &token(same)), Some(same));
        site.ends(same, 0);
        site.succeeds("two", newer);
        let left = site.deploys("three", "");
        site.set(
            &site.maintainer,
            ProjectSettingsChanges { ci_forward_deployment_enabled: Some(false), ..Default::default() },
        );
        let last = site.deploys("four", "");
        site.succeeds("four", last);
        site.succeeds("three", left);
    });
}

#[test]
fn a_job_fails_at_its_turn_and_nobody_plays_it_once_something_later_is_there() {
    on_both("outdated_turn", |store| {
        let site = Site::new(store);
        let yaml = "build: {stage: build, script: [x], tags: [one]}\n\
                    deploy: {stage: test, script: [x], environment: production}\n\
                    later: {stage: deploy, script: [x], environment: production, when: manual, needs: []}\n";
        let of = site.pipeline(&site.developer, yaml).id;
        let new = site.deploys("two", "");
        site.succeeds("two", new);
        let build = site.named(of, "build").id;
        site.succeeds("one", build);
        let (deploy, later) = (site.named(of, "deploy").id, site.named(of, "later").id);
        assert_eq!(site.end_of(deploy), (Status::Failed, Some(FailureReason::Outdated), "failed"));
        let refused = refusal(site.play(&site.developer, later, &[]));
        assert!(refused.contains("deployment.outdated") && refused.contains(OLDER), "{refused}");
        assert_eq!(site.end_of(later), (Status::Manual, None, "created"));
        assert_eq!(site.status(of), "failed");
        site.cancel(&site.developer, later).unwrap();
    });
}

#[test]
fn approving_a_deployment_that_something_later_has_overtaken_fails_it() {
    on_both("outdated_approval", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let (old, new) = (site.deploys("one", ""), site.deploys("two", ""));
        site.approve(&site.maintainer, new).unwrap();
        site.succeeds("two", new);
        assert_eq!(site.end_of(old).2, "blocked");
        site.approve(&site.maintainer, old).unwrap();
        assert_eq!(site.end_of(old), (Status::Failed, Some(FailureReason::Outdated), "failed"));
        assert!(!site.taken("one", old));
        // A rollback needs an approval of its own, and has it then.
        let again = site.retry(&site.developer, old).unwrap();
        assert_eq!(site.end_of(again).2, "blocked");
        site.approve(&site.maintainer, again).unwrap();
        site.succeeds("three one", again);
    });
}

#[test]
fn a_failure_is_not_tried_again_by_itself_once_something_later_is_there() {
    on_both("outdated_retry", |store| {
        let site = Site::new(store);
        let (old, new) = (site.deploys("one", "  retry: 2\n"), site.deploys("two", ""));
        assert!(site.taken("one", old));
        site.succeeds("two", new);
        site.ends(old, 1);
        assert_eq!(site.end_of(old), (Status::Failed, Some(FailureReason::Script), "failed"));
        assert!(!site.job(old).retried);
    });
}
