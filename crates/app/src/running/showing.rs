//! What readers are shown of what a deployment waits for, and waited for.

use super::{DEPLOY, NOW, NewEntry, Site, on_both, user};
use crate::deployments::{self, Shown};
use crate::protections::{self, Target};
use countersign_domain::access::Actor;
use countersign_domain::ids::JobId;
use countersign_domain::protection::NewProtection;

/// Developer and maintainer deploy to production, and the maintainer alone approves.
fn protect(site: &Site<'_>) {
    let rule = NewEntry { required_approvals: Some(1), ..user(&site.maintainer) };
    let wish = NewProtection {
        name: Some("production".into()),
        deploy: Some(vec![user(&site.developer), user(&site.maintainer)]),
        rules: Some(vec![rule]),
        ..NewProtection::default()
    };
    let target = Target::Project(site.at());
    site.write(&site.maintainer, move |tx, by| protections::protect(tx, by, &target, &wish, NOW)).unwrap();
}

fn shown(site: &Site<'_>, by: &Actor, job: JobId) -> Shown {
    let (at, id) = (site.at(), site.deployment(job).unwrap().id);
    site.world.read(by, move |tx, by| deployments::show(tx, by, &at, id, NOW)).unwrap()
}

#[test]
fn a_rule_that_names_somebody_is_shown_alike_to_everybody() {
    on_both("showing_rules", |store| {
        let site = Site::new(store);
        protect(&site);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let job = site.jobs(pipeline.id).remove(0).id;
        for reader in [&site.developer, &site.maintainer, &site.world.root.clone()] {
            let codes: Vec<_> = shown(&site, reader, job).summary.reasons().iter().map(|why| why.code).collect();
            assert_eq!(codes, ["approval.missing"], "{reader:?}");
        }
    });
}

#[test]
fn what_asked_for_approval_is_not_shown_once_nothing_did_at_the_claim() {
    on_both("showing_claimed", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        protect(&site);
        let pipeline = site.pipeline(&site.developer, &DEPLOY.replace("script", "when: manual\n  script"));
        let job = site.jobs(pipeline.id).remove(0).id;
        site.approve(&site.maintainer, job).unwrap();
        assert_eq!(shown(&site, &site.developer, job).summary.rules.len(), 1);
        let target = Target::Project(site.at());
        site.write(&site.maintainer, move |tx, by| protections::unprotect(tx, by, &target, "production", NOW)).unwrap();
        site.play(&site.developer, job, &[]).unwrap();
        assert_eq!(site.claim(&runner, "glcbt-1"), Some(job));
        let summary = site.deployment(job).unwrap().summary.expect("kept at the claim");
        assert!(summary.rules.is_empty() && summary.unified.is_empty(), "{summary:?}");
        site.cancel(&site.developer, job).unwrap();
        assert!(shown(&site, &site.developer, job).summary.rules.is_empty());
    });
}
