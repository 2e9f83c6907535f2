//! What a configuration turns into.

use super::{DEPLOY, NOW, Site, on_both, refusal, user, variable};
use crate::fixture::id;
use crate::{Tx, pipelines};
use countersign_domain::access::Actor;
use countersign_domain::job::{FailureReason, Status};
use countersign_domain::pipeline::Status as PipelineStatus;

#[test]
fn a_commit_begins_a_pipeline_with_jobs_environments_and_deployments() {
    on_both("creating", |store| {
        let site = Site::new(store);
        let yaml = "stages: [build, ship]\nbuild:\n  stage: build\n  script: [make]\n\
            production:\n  stage: ship\n  script: [ship]\n  environment:\n    name: ${CI_JOB_NAME}\n\
            \x20   url: https://$CI_ENVIRONMENT_SLUG.example.org\n";
        let pipeline = site.pipeline(&site.developer, yaml);
        assert_eq!((pipeline.source.as_str(), pipeline.ref_name.as_str(), pipeline.tag), ("push", "main", false));
        assert_eq!(pipeline.user_id, Some(id(&site.developer)));
        let jobs = site.jobs(pipeline.id);
        assert_eq!(jobs.iter().map(|j| j.status).collect::<Vec<_>>(), [Status::Pending, Status::Created]);
        assert_eq!(jobs[1].environment_url.as_deref(), Some("https://production.example.org"));
        let deployment = site.deployment(jobs[1].id).unwrap();
        assert_eq!((deployment.environment_name.as_str(), deployment.iid), ("production", 1));
        assert!(site.deployment(jobs[0].id).is_none());
        let kept = site.app.repositories.path(site.project.0).join(format!("refs/pipelines/{}", pipeline.id));
        assert!(kept.exists());
    });
}

#[test]
fn a_deployment_that_needs_approval_is_blocked_and_the_pipeline_waits() {
    on_both("creating_blocked", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let job = site.jobs(pipeline.id).remove(0);
        assert_eq!((job.status, job.allow_failure, pipeline.status), (Status::Manual, false, PipelineStatus::Manual));
        assert_eq!(site.deployment(job.id).unwrap().status.as_str(), "blocked");
    });
}

#[test]
fn an_automatic_job_of_somebody_who_may_not_deploy_fails_and_a_manual_one_waits() {
    on_both("creating_protected", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.maintainer)], 0);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let job = site.jobs(pipeline.id).remove(0);
        assert_eq!(job.failure_reason, Some(FailureReason::ProtectedEnvironment));
        let pipeline = site.pipeline(&site.developer, &DEPLOY.replace("script", "when: manual\n  script"));
        assert_eq!(site.jobs(pipeline.id)[0].status, Status::Manual);
        // Every job that names the environment is gated, whatever it does there.
        let verify = "verify:\n  script: [x]\n  environment:\n    name: production\n    action: verify\n";
        let pipeline = site.pipeline(&site.developer, verify);
        assert_eq!(site.jobs(pipeline.id)[0].failure_reason, Some(FailureReason::ProtectedEnvironment));
    });
}

#[test]
fn an_environment_that_is_not_valid_fails_its_job_and_no_retry_runs_it_without_one() {
    on_both("creating_invalid", |store| {
        let site = Site::new(store);
        let yaml = "a:\n  script: [x]\n  environment: $NOTHING\n\
            b:\n  script: [x]\n  environment:\n    name: ok\n    deployment_tier: $CI_JOB_NAME\n\
            c:\n  script: [x]\n  environment: prod-\n\
            d:\n  script: [x]\n  environment: prod\n\
            e:\n  script: [x]\n  environment:\n    name: site\n    url: ftp://x\n";
        let pipeline = site.pipeline(&site.developer, yaml);
        let jobs = site.jobs(pipeline.id);
        let failed = Some(FailureReason::EnvironmentCreation);
        let reasons: Vec<_> = jobs.iter().map(|j| j.failure_reason).collect();
        assert_eq!(reasons, [failed, failed, None, failed, None]);
        assert_eq!((jobs[2].status, jobs[4].status), (Status::Pending, Status::Pending));
        assert_eq!(jobs[4].environment_url, None, "what is no address says nothing");
        assert!(refusal(site.retry(&site.developer, jobs[0].id)).contains("job.not_retryable"));
    });
}

#[test]
fn a_tier_is_stored_only_by_somebody_who_may_deploy_under_all_tiers_concerned() {
    on_both("creating_tier", |store| {
        let site = Site::new(store);
        let yaml = "d:\n  script: [x]\n  environment:\n    name: production\n    deployment_tier: testing\n";
        // Nothing is protected: every developer may.
        let pipeline = site.pipeline(&site.developer, yaml);
        let job = site.jobs(pipeline.id).remove(0);
        assert!(!job.tier_refused);
        assert_eq!(site.deployment(job.id).unwrap().environment_tier.as_str(), "testing");
        site.protect(vec![user(&site.maintainer)], 0);
        let pipeline = site.pipeline(&site.developer, &yaml.replace("testing", "other"));
        let job = site.jobs(pipeline.id).remove(0);
        assert!(job.tier_refused);
        assert_eq!(site.deployment(job.id).unwrap().environment_tier.as_str(), "testing");
    });
}

#[test]
fn broken_configuration_leaves_a_failed_pipeline_of_a_push_and_nothing_of_a_request() {
    on_both("creating_broken", |store| {
        let site = Site::new(store);
        assert!(refusal(site.ask(&site.developer, "main", &[])).contains("Reference not found"));
        let pipeline = site.pipeline(&site.developer, "job:\n  scrpt: [x]\n");
        assert_eq!(pipeline.status, PipelineStatus::Failed);
        assert!(pipeline.yaml_errors.unwrap().contains("line 2"));
        assert!(refusal(site.ask(&site.developer, "main", &[])).contains("line 2"));
        let nothing = "job:\n  script: [x]\n  rules: [{when: never}]\n";
        site.commit(&site.developer, nothing);
        assert_eq!(site.newest().unwrap().id, pipeline.id);
        assert!(refusal(site.ask(&site.developer, "main", &[])).contains("Pipeline will not run"));
        assert_eq!(site.newest().unwrap().id, pipeline.id);
    });
}

#[test]
fn a_pushed_commit_that_says_so_leaves_a_skipped_pipeline_without_jobs() {
    on_both("creating_skipped", |store| {
        let site = Site::new(store);
        site.commit_saying(&site.developer, ("main", "Tidy\n\nNothing new. [CI Skip]"), DEPLOY).unwrap();
        let skipped = site.newest().unwrap();
        assert_eq!((skipped.source.as_str(), skipped.status), ("push", PipelineStatus::Skipped));
        assert!(skipped.finished_at.is_some() && site.jobs(skipped.id).is_empty());
        // There is nothing to try again.
        let (at, of) = (site.at(), skipped.id);
        let again = move |tx: &mut Tx<'_>, by: &Actor| pipelines::retry(tx, by, &at, of, NOW);
        site.write(&site.developer, again).unwrap();
        assert_eq!((site.status(of), site.jobs(of).len()), ("skipped", 0));
        // Whoever asks for a pipeline gets one; a broken configuration is not read.
        let asked = site.ask(&site.developer, "main", &[]).unwrap();
        assert_eq!(site.jobs(asked).len(), 1);
        site.commit_saying(&site.developer, ("main", "[skip ci] Break"), "job:\n  scrpt: [x]\n").unwrap();
        let broken = site.newest().unwrap();
        assert_eq!((broken.status, broken.yaml_errors), (PipelineStatus::Skipped, None));
    });
}

#[test]
fn variables_of_a_pipeline_need_a_maintainer_and_good_names() {
    on_both("creating_variables", |store| {
        let site = Site::new(store);
        site.commit(&site.developer, "d:\n  script: [x]\n  environment: $WHERE\n");
        let given = [variable("WHERE", "review/1")];
        let why = refusal(site.ask(&site.developer, "main", &given));
        assert!(why.contains("Insufficient permissions to set pipeline variables"), "{why}");
        let id = site.ask(&site.maintainer, "refs/heads/main", &given).unwrap();
        let job = site.jobs(id).remove(0);
        assert_eq!(site.deployment(job.id).unwrap().environment_name, "review/1");
        assert!(refusal(site.ask(&site.maintainer, "main", &[variable("1A", "")])).contains("invalid"));
        let stranger = site.world.user("stranger");
        assert!(refusal(site.ask(&stranger, "main", &[])).contains("not_found"));
    });
}
