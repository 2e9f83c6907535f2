//! What runs and waits ends when its project or group is deleted, and the record says so.

use super::{DEPLOY, NOW, Site, on_both, user, wait};
use crate::authorize::Ref;
use crate::deployments::{self, Known, NewDeployment};
use crate::fixture::World;
use crate::traces::{Patched, patch};
use crate::update_job::{Heard, update_job};
use crate::{Result, Tx, groups, projects};
use countersign_domain::access::{Actor, Via};
use countersign_domain::deployment::Report;
use countersign_domain::event::Event;
use countersign_domain::ids::{DeploymentId, JobId};
use countersign_domain::outcome::Ending;
use countersign_store::jobs;
use countersign_wire::runner::{JobState, UpdateJob};

/// Runs a use case and keeps it; the code, subject and statuses of every fact it recorded.
fn facts<T: Send + 'static>(
    world: &World<'_>,
    by: &Actor,
    job: impl Fn(&mut Tx<'_>, &Actor) -> Result<Ending<T>> + Send + Sync + 'static,
) -> Vec<String> {
    let told = |e: &Event| {
        let status = |of: &serde_json::Value| of["status"].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}>{}", e.code.as_str(), e.subject.id, status(&e.before), status(&e.after))
    };
    let ending = world.write(by, move |tx, by| match job(tx, by)? {
        Ending::Done(outcome) => {
            let (_, events) = outcome.into_parts();
            Ok(Ending::from_events(events.iter().map(told).collect(), events))
        }
        _ => panic!("nothing changed"),
    });
    ending.unwrap()
}

/// A deployment of an outside tool.
pub(super) fn report(site: &Site<'_>, environment: &str, status: Report) -> DeploymentId {
    let new = NewDeployment {
        environment: environment.into(),
        sha: "0123456789abcdef0123456789abcdef01234567".into(),
        ref_name: "main".into(),
        tag: false,
        status,
    };
    let known = Known { ref_name: true, commit_there: true, commit: None };
    let at = site.at();
    site.write(&site.developer, move |tx, by| deployments::create(tx, by, &at, &new, &known, NOW)).unwrap()
}

const TOKEN: &str = "glcbt-1";

/// A job that runs and deploys, one that runs and does not, and deployments that wait, run and have ended.
fn busy(site: &Site<'_>) -> (JobId, Vec<String>) {
    let yaml = "test:\n  script: [x]\nship:\n  script: [x]\n  environment: review\n\
                last:\n  script: [x]\n  when: manual\n  environment: demo\n";
    site.pipeline(&site.developer, yaml);
    let runner = site.runner(&[]);
    let test = site.claim(&runner, "glcbt-0").unwrap();
    let ship = site.claim(&runner, TOKEN).unwrap();
    site.protect(vec![user(&site.developer), user(&site.maintainer)], 1);
    let blocked = site.pipeline(&site.developer, DEPLOY);
    let blocked = site.deployment(site.jobs(blocked.id)[0].id).unwrap().id;
    let outside = report(site, "elsewhere", Report::Running);
    report(site, "elsewhere", Report::Failed);
    let running = site.deployment(ship).unwrap().id;
    let manual = site.deployment(JobId(ship.0 + 1)).unwrap().id;
    let gone = vec![
        format!("deployment.canceled {running} running>canceled"),
        format!("deployment.canceled {manual} created>canceled"),
        format!("deployment.canceled {blocked} blocked>canceled"),
        format!("deployment.canceled {outside} running>canceled"),
        format!("job.finished {test} >canceled"),
        format!("job.finished {ship} >canceled"),
    ];
    (ship, gone)
}

/// No runner gets anything of it any more, and the one that has a job is refused at its next word: it stops.
fn is_over(site: &Site<'_>, job: JobId) {
    assert_eq!(site.claim(&site.runner(&["late"]), "glcbt-9"), None);
    for state in [JobState::Running, JobState::Success] {
        let said = UpdateJob { state, ..UpdateJob::default() };
        assert_eq!(wait(update_job(&site.app, job, TOKEN, &said, NOW)).unwrap(), Heard::Unknown);
    }
    let piece = (0, b"more".as_slice().into());
    assert_eq!(wait(patch(&site.app, job, TOKEN, piece, NOW)).unwrap().unwrap(), Patched::Unknown);
    let mut by = site.developer.clone();
    by.via = Via::Job(job, site.project);
    let entered = site.world.read(&by, |tx, by| crate::authenticate::refresh(tx, by, NOW));
    assert_eq!(crate::fixture::code(entered), "access.signed_out");
    assert!(site.world.read(&by, move |tx, _| Ok(jobs::get(tx, job)?)).unwrap().is_none());
}

#[test]
fn all_that_runs_and_waits_ends_with_the_project() {
    on_both("deleting_project", |store| {
        let site = Site::new(store);
        let (job, gone) = busy(&site);
        let at = site.at();
        let facts = facts(&site.world, &site.maintainer, move |tx, by| projects::delete(tx, by, &at, None, NOW));
        assert_eq!(facts[0], format!("project.deleted {} >", site.project));
        assert_eq!(facts[1..], gone);
        is_over(&site, job);
    });
}

#[test]
fn all_that_runs_and_waits_ends_with_the_group() {
    on_both("deleting_group", |store| {
        let site = Site::new(store);
        let (job, gone) = busy(&site);
        let group = site.world.group(&site.maintainer, "top", None);
        let sub = site.world.group(&site.maintainer, "sub", Some(group));
        let (at, to) = (site.at(), Ref::Id(sub.0));
        let least = countersign_domain::access::Level::Maintainer;
        site.write(&site.maintainer, move |tx, by| projects::transfer(tx, by, &at, &to, least, NOW)).unwrap();
        let at = Ref::Id(group.0);
        let facts = facts(&site.world, &site.maintainer, move |tx, by| groups::delete(tx, by, &at, None, NOW));
        assert_eq!(facts[0], format!("group.deleted {group} >"));
        assert_eq!(facts[1..], gone);
        is_over(&site, job);
    });
}
