//! Jobs that wait for what another job has.

use super::whole::token;
use super::{JobId, NOW, Pipeline, PipelineId, Result, Site, on_both, refusal, user, wait};
use crate::{lost_jobs, protections, resource_groups};
use countersign_domain::access::Actor;
use countersign_domain::event::By;
use countersign_domain::job::{FailureReason, Status};
use countersign_domain::protection::NewProtection;
use countersign_domain::settings::ProcessMode;
use countersign_domain::silence::Patience;
use countersign_store::Intent;

/// One job that needs the resource, and one before it that only a runner with the tag takes.
const SLOW: &str = "build: {stage: build, script: [x], tags: [slow]}\n\
                    deploy: {stage: deploy, script: [x], resource_group: eu/$CI_COMMIT_BRANCH}\n";
/// One job that needs the resource.
const QUICK: &str = "deploy: {stage: deploy, script: [x], resource_group: eu/$CI_COMMIT_BRANCH}\n";

impl Site<'_> {
    fn needs_resource(&self, yaml: &str, times: usize) -> Pipeline {
        self.pipeline(&self.developer, &format!("{yaml}# {times}\n"))
    }

    fn deploy_of(&self, of: &Pipeline) -> (Status, JobId) {
        let job = self.named(of.id, "deploy");
        (job.status, job.id)
    }

    fn stands(&self, all: &[&Pipeline]) -> Vec<&'static str> {
        all.iter().map(|of| self.deploy_of(of).0.as_str()).collect()
    }

    fn sweep(&self) {
        wait(resource_groups::sweep(&self.app, NOW)).unwrap();
    }

    fn mode(&self, by: &Actor, mode: ProcessMode) -> Result<ProcessMode> {
        let at = self.at();
        let changed =
            self.write(by, move |tx, actor| resource_groups::update(tx, actor, &at, ("eu/main", Some(mode)), NOW));
        changed.map(|group| group.process_mode)
    }

    fn takes(&self, of: &Pipeline) {
        let job = self.deploy_of(of).1;
        let runner = self.runner(&[&job.to_string()]);
        assert_eq!(self.claim(&runner, &token(job)), Some(job));
    }

    fn upcoming(&self) -> Vec<PipelineId> {
        let (at, by) = (self.at(), self.developer.clone());
        let read = move |tx: &mut crate::Tx<'_>| {
            resource_groups::upcoming_jobs(tx, &by, &at, ("eu/main", 9, 0), NOW).map(|found| found.1)
        };
        self.app.store.read_blocking(read).unwrap().into_iter().map(|job| job.pipeline_id).collect()
    }
}

#[test]
fn one_job_has_the_resource_and_the_next_gets_it_whatever_the_end() {
    on_both("resource", |store| {
        let site = Site::new(store);
        let all: Vec<Pipeline> = (0..6).map(|n| site.needs_resource(QUICK, n)).collect();
        let all: Vec<&Pipeline> = all.iter().collect();
        let waiting = |from: usize, first: &'static str| {
            let expected: Vec<_> =
                std::iter::once(first).chain(vec!["waiting_for_resource"; all.len() - from - 1]).collect();
            assert_eq!(site.stands(&all[from..]), expected);
        };
        waiting(0, "pending");
        assert_eq!(site.status(all[1].id), "waiting_for_resource");
        site.sweep();
        waiting(0, "pending");
        // It succeeds, it fails, it is canceled before and after a runner has it, and it gets lost.
        for (at, end) in ["success", "failed", "canceled", "running", "lost"].into_iter().enumerate() {
            let job = site.deploy_of(all[at]).1;
            if end != "canceled" {
                site.takes(all[at]);
                waiting(at, "running");
            }
            match end {
                "success" => site.ends(job, 0),
                "failed" => site.ends(job, 1),
                "lost" => site.lose(job),
                _ => drop(site.cancel(&site.developer, job).unwrap()),
            }
            waiting(at + 1, "waiting_for_resource");
            site.sweep();
            waiting(at + 1, "pending");
        }
        let last = site.deploy_of(all[5]).1;
        site.takes(all[5]);
        site.ends(last, 1);
        let again = site.retry(&site.developer, last).unwrap();
        assert_eq!(site.job(again).status, Status::Pending, "it is free");
        let other = site.needs_resource(QUICK, 7);
        assert_eq!(site.deploy_of(&other).0, Status::WaitingForResource);
        site.cancel(&site.developer, site.deploy_of(&other).1).unwrap();
        site.sweep();
        assert_eq!(site.deploy_of(&other).0, Status::Canceled);
    });
}

impl Site<'_> {
    /// Lets deployments to production need that many approvals.
    fn demand(&self, approvals: i64) {
        let wish = NewProtection { required_approval_count: Some(approvals), ..NewProtection::default() };
        let target = protections::Target::Project(self.at());
        let update = move |tx: &mut crate::Tx<'_>, actor: &Actor| {
            protections::update(tx, actor, &target, "production", &wish, NOW)
        };
        self.write(&self.maintainer, update).unwrap();
    }

    /// A runner takes a job up and is never heard of again.
    fn lose(&self, job: JobId) {
        self.app.store.housekeeping_blocking(move |tx| Ok(super::jobs::acknowledge(tx, job, NOW)?)).unwrap();
        let patience = Patience { unacknowledged: 0, lost: 0, listening_since: NOW };
        let given_up = move |tx: &mut crate::Tx<'_>| lost_jobs::give_up(tx, job, patience, NOW);
        self.app.store.write_blocking(By::default(), NOW, Intent::Decide, given_up).unwrap();
    }
}

#[test]
fn the_mode_says_who_is_next() {
    on_both("resource_modes", |store| {
        let site = Site::new(store);
        let holder = site.needs_resource(QUICK, 0);
        let slow = site.needs_resource(SLOW, 1);
        let [second, third] = [2, 3].map(|n| site.needs_resource(QUICK, n));
        let all = [&slow, &second, &third];
        assert_eq!(site.stands(&all), ["created", "waiting_for_resource", "waiting_for_resource"]);
        let reporter = site.world.user("reporter");
        assert!(refusal(site.mode(&reporter, ProcessMode::OldestFirst)).contains("not_found"));
        let order = |mode: ProcessMode, of: &[&Pipeline]| {
            assert_eq!(site.mode(&site.developer, mode).unwrap(), mode);
            assert_eq!(site.upcoming(), of.iter().map(|of| of.id).collect::<Vec<_>>(), "{mode:?}");
        };
        order(ProcessMode::NewestFirst, &[&third, &second, &slow]);
        order(ProcessMode::NewestReadyFirst, &[&third, &second]);
        order(ProcessMode::Unordered, &[&second, &third]);
        order(ProcessMode::OldestFirst, &all);
        site.takes(&holder);
        site.ends(site.deploy_of(&holder).1, 0);
        site.sweep();
        assert_eq!(site.stands(&all)[1..], ["waiting_for_resource"; 2], "the oldest is not ready");
        site.mode(&site.developer, ProcessMode::NewestReadyFirst).unwrap();
        site.sweep();
        assert_eq!(site.stands(&all), ["created", "waiting_for_resource", "pending"]);
        site.takes(&third);
        site.ends(site.deploy_of(&third).1, 0);
        site.mode(&site.developer, ProcessMode::OldestFirst).unwrap();
        site.sweep();
        assert_eq!(site.stands(&all)[..2], ["created", "waiting_for_resource"]);
        // The oldest will not need it any more.
        let build = site.named(slow.id, "build").id;
        site.cancel(&site.developer, build).unwrap();
        site.sweep();
        assert_eq!(site.stands(&all)[..2], ["skipped", "pending"]);
    });
}

#[test]
fn what_waits_for_people_does_not_hold_the_resource() {
    on_both("resource_blocked", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let yaml = "deploy: {script: [x], resource_group: prod, environment: production}\n";
        let [first, second] = [1, 2].map(|n| site.needs_resource(yaml, n));
        let free = site.needs_resource("deploy: {script: [x], resource_group: prod}\n", 3);
        assert_eq!(site.stands(&[&first, &second, &free]), ["manual", "manual", "pending"]);
        for of in [&first, &second] {
            site.approve(&site.maintainer, site.deploy_of(of).1).unwrap();
        }
        assert_eq!(site.stands(&[&first, &second]), ["waiting_for_resource"; 2]);
        site.takes(&free);
        site.ends(site.deploy_of(&free).1, 0);
        site.sweep();
        assert_eq!(site.stands(&[&first, &second]), ["pending", "waiting_for_resource"]);
        // More approvals are wanted: who had the resource is blocked anew, and lets go of it; so is who waits for it.
        site.demand(2);
        site.sweep();
        assert_eq!(site.stands(&[&first, &second]), ["manual"; 2]);
    });
}

#[test]
fn a_job_whose_group_has_no_name_never_runs() {
    on_both("resource_name", |store| {
        let site = Site::new(store);
        let yaml = "deploy: {script: [x], resource_group: $NOTHING, environment: production}\n\
                    other: {script: [x], resource_group: /$CI_COMMIT_BRANCH}\n";
        assert!(site.try_commit(&site.developer, "main", yaml).is_ok());
        let of = site.newest().unwrap();
        assert_eq!(of.status.as_str(), "failed");
        let yaml = yaml.replace("/$", "$NOTHING/$");
        let of = site.pipeline(&site.developer, &yaml);
        for name in ["deploy", "other"] {
            let job = site.named(of.id, name);
            assert_eq!((job.status, job.failure_reason), (Status::Failed, Some(FailureReason::UnmetPrerequisites)));
            assert!(refusal(site.retry(&site.developer, job.id)).contains("job.not_retryable"), "{name}");
            assert!(site.deployment(job.id).is_none());
        }
    });
}

#[test]
fn two_that_look_at_once_give_the_resource_to_one() {
    on_both("resource_race", |store| {
        let site = Site::new(store);
        let all: Vec<Pipeline> = (0..4).map(|n| site.needs_resource(QUICK, n)).collect();
        for at in 0..3 {
            site.takes(&all[at]);
            site.ends(site.deploy_of(&all[at]).1, 0);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| site.sweep());
                }
            });
            let rest: Vec<&Pipeline> = all[at + 1..].iter().collect();
            assert_eq!(site.stands(&rest).iter().filter(|status| **status == "pending").count(), 1);
        }
    });
}
