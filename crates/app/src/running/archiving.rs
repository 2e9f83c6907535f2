//! An archived project gets nothing new, and nothing in it starts.

use super::{DEPLOY, Site, on_both, refusal, user};
use crate::commit_files;
use crate::fixture::NOW;
use crate::projects;
use countersign_domain::access::Actor;

fn archive(site: &Site<'_>, on: bool) {
    let at = site.at();
    site.write(&site.maintainer, move |tx, by| projects::archive(tx, by, &at, on, NOW)).unwrap();
}

fn may_push(site: &Site<'_>, by: &Actor) -> crate::Result<()> {
    let (at, by) = (site.at(), by.clone());
    site.app.store.read_blocking(move |tx| commit_files::committer(tx, &by, &at, "main", NOW).map(drop))
}

#[test]
fn what_waits_is_canceled_and_nothing_new_begins() {
    on_both("archiving", |store| {
        let site = Site::new(store);
        site.protect(vec![user(&site.maintainer), user(&site.developer)], 1);
        let blocked = site.pipeline(&site.developer, DEPLOY);
        let job = site.jobs(blocked.id)[0].id;
        assert_eq!(site.deployment(job).unwrap().status.as_str(), "blocked");
        archive(&site, true);
        assert_eq!(site.deployment(job).unwrap().status.as_str(), "canceled");
        assert_eq!((site.job(job).status.as_str(), site.status(blocked.id)), ("canceled", "canceled"));
        for by in [&site.developer, &site.maintainer] {
            assert!(refusal(may_push(&site, by)).starts_with("project.archived"));
            assert!(refusal(site.ask(by, "main", &[])).starts_with("project.archived"));
            assert!(refusal(site.retry(by, job)).starts_with("project.archived"));
        }
        assert!(refusal(site.approve(&site.maintainer, job)).starts_with("approval.not_blocked"));
        archive(&site, false);
        assert_eq!(site.job(job).status.as_str(), "canceled", "what was canceled stays so");
        let again = site.retry(&site.developer, job).unwrap();
        assert_eq!(site.deployment(again).unwrap().status.as_str(), "blocked");
    });
}

#[test]
fn no_runner_gets_a_job_of_an_archived_project() {
    on_both("archiving_claim", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, "build:\n  script: [echo]\n");
        let job = site.jobs(pipeline.id)[0].id;
        assert_eq!(site.job(job).status.as_str(), "pending");
        archive(&site, true);
        let runner = site.runner(&[]);
        assert_eq!(site.claim(&runner, "t"), None);
        assert_eq!(site.job(job).status.as_str(), "manual");
        assert!(refusal(site.play(&site.developer, job, &[])).starts_with("project.archived"));
        archive(&site, false);
        site.play(&site.developer, job, &[]).unwrap();
        assert_eq!(site.claim(&runner, "t"), Some(job));
    });
}
