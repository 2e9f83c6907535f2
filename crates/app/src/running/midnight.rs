//! Memberships end at 00:00 UTC without anybody doing anything: what that changes counts at once.

use super::deleting::report;
use super::{DEPLOY, NOW, Site, on_both, user, wait};
use crate::deployments;
use crate::fixture::{in_project, refusal};
use crate::{Result, Tx, approve, day, withdraw};
use countersign_domain::access::{Actor, Level};
use countersign_domain::approval::Verdict;
use countersign_domain::deployment::{Report, Status};
use countersign_domain::ids::{DeploymentId, ProjectId};
use countersign_domain::job::Status as JobStatus;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::{Date, Timestamp};
use countersign_store::deployments::{Filter, Order};

/// One day after [`NOW`].
const TOMORROW: Timestamp = Timestamp(NOW.0 + 24 * 3600 * 1000);

/// A site whose `production` needs so many approvals, by two people: one is a member until midnight, one stays.
fn site(store: &countersign_store::Store, count: i64) -> (Site<'_>, Actor, Actor) {
    let site = Site::new(store);
    let [leaving, staying] = ["leaving", "staying"].map(|name| site.world.user(name));
    let until = Date::parse("2026-11-22");
    let at = in_project(site.project);
    site.world.try_join(&site.world.root, &at, &leaving, Level::Developer, until).unwrap();
    site.world.join(&at, &staying, Level::Developer);
    site.protect(vec![user(&site.developer), user(&leaving), user(&staying)], count);
    (site, leaving, staying)
}

fn say(site: &Site<'_>, by: &Actor, id: DeploymentId, verdict: Verdict, now: Timestamp) -> Result<bool> {
    let at = site.at();
    let opinion = approve::Opinion { verdict, comment: None, represented_as: None };
    site.write(by, move |tx, by| approve::approve(tx, by, &at, id, &opinion, now)).map(|r| r.new)
}

fn yes(site: &Site<'_>, by: &Actor, id: DeploymentId, now: Timestamp) -> Result<bool> {
    say(site, by, id, Verdict::Approved, now)
}

fn filter(project: ProjectId, status: Option<Status>) -> Filter {
    Filter {
        project,
        environment: None,
        status,
        updated_after: None,
        updated_before: None,
        finished_after: None,
        finished_before: None,
        order: Order::Id,
        descending: false,
        limit: 100,
        offset: 0,
    }
}

/// The ids and statuses of the deployments in that status, as a list shows them.
fn listed(site: &Site<'_>, status: Option<Status>, now: Timestamp) -> Vec<(DeploymentId, Status)> {
    let at = site.at();
    let found = site
        .world
        .read(&site.maintainer, move |tx, by| deployments::list(tx, by, &at, |project| filter(project, status), now));
    found.unwrap().1.into_iter().map(|d| (d.id, d.status)).collect()
}

fn shown(site: &Site<'_>, id: DeploymentId, now: Timestamp) -> Status {
    let at = site.at();
    let found = site.world.read(&site.maintainer, move |tx, by| deployments::show(tx, by, &at, id, now));
    found.unwrap().case.deployment.status
}

/// A manual deployment job that everybody approved.
fn approved(site: &Site<'_>, by: &[&Actor]) -> DeploymentId {
    let pipeline = site.pipeline(&site.developer, &DEPLOY.replace("script", "when: manual\n  script"));
    let id = site.deployment(site.jobs(pipeline.id)[0].id).unwrap().id;
    for voter in by {
        yes(site, voter, id, NOW).unwrap();
    }
    assert_eq!(shown(site, id, NOW), Status::Created);
    id
}

#[test]
fn lists_and_their_filters_say_what_one_deployment_says() {
    on_both("midnight_lists", |store| {
        let (site, leaving, staying) = site(store, 1);
        let lost = approved(&site, &[&leaving]);
        let kept = approved(&site, &[&staying]);
        wait(day::begin(&site.app, NOW)).unwrap();
        assert_eq!(listed(&site, Some(Status::Created), NOW), [(lost, Status::Created), (kept, Status::Created)]);
        wait(day::begin(&site.app, TOMORROW)).unwrap();
        assert_eq!(listed(&site, Some(Status::Blocked), TOMORROW), [(lost, Status::Blocked)]);
        assert_eq!(listed(&site, Some(Status::Created), TOMORROW), [(kept, Status::Created)]);
        for (id, status) in listed(&site, None, TOMORROW) {
            assert_eq!(shown(&site, id, TOMORROW), status);
        }
        // A day begins once, and none begins again.
        let changed =
            move |tx: &mut Tx<'_>, _: &Actor| Ok(Ending::from_events((), crate::reassess::everything(tx, TOMORROW)?));
        site.write(&site.maintainer, changed).unwrap();
        wait(day::begin(&site.app, NOW)).unwrap();
        assert_eq!(listed(&site, Some(Status::Blocked), TOMORROW), [(lost, Status::Blocked)]);
    });
}

#[test]
fn votes_are_judged_by_what_is_true_when_they_come() {
    on_both("midnight_votes", |store| {
        let (site, leaving, staying) = site(store, 1);
        let id = approved(&site, &[&leaving]);
        // Nothing was stored yet; still the deployment is blocked, for whoever asks.
        assert_eq!(refusal(yes(&site, &staying, id, NOW)), Refusal::NotBlocked(Status::Created));
        assert_eq!(refusal(yes(&site, &site.developer, id, TOMORROW)), Refusal::OwnDeployment);
        assert_eq!(listed(&site, None, TOMORROW), [(id, Status::Created)], "a refusal stores nothing");
        assert!(yes(&site, &staying, id, TOMORROW).unwrap());
        assert_eq!(shown(&site, id, TOMORROW), Status::Created);
        let other = approved(&site, &[&leaving]);
        assert!(say(&site, &staying, other, Verdict::Rejected, TOMORROW).unwrap());
        assert_eq!(shown(&site, other, TOMORROW), Status::Failed);
    });
}

#[test]
fn a_vote_is_repeated_and_withdrawn_once_another_one_ended() {
    on_both("midnight_withdraw", |store| {
        let (site, leaving, staying) = site(store, 2);
        let id = approved(&site, &[&leaving, &staying]);
        let at = site.at();
        let back = |now| {
            let at = at.clone();
            site.write(&staying, move |tx, by| withdraw::withdraw(tx, by, &at, id, now))
        };
        assert_eq!(refusal(back(NOW)), Refusal::NotBlocked(Status::Created));
        assert!(!yes(&site, &staying, id, TOMORROW).unwrap(), "said before");
        back(TOMORROW).unwrap();
        assert_eq!(listed(&site, None, TOMORROW), [(id, Status::Blocked)]);
        let job = site.world.read(&staying, move |tx, _| Ok(countersign_store::deployments::find(tx, id)?)).unwrap();
        let job = site.job(job.unwrap().job_id.unwrap());
        assert_eq!((job.status, job.allow_failure), (JobStatus::Manual, false));
    });
}

#[test]
fn an_outside_deployment_that_lost_its_approval_ends_for_good() {
    on_both("midnight_outside", |store| {
        let (site, leaving, _) = site(store, 1);
        let id = report(&site, "production", Report::Created);
        yes(&site, &leaving, id, NOW).unwrap();
        let put = |report| {
            let at = site.at();
            site.write(&site.developer, move |tx, by| deployments::update(tx, by, &at, id, report, TOMORROW))
        };
        assert_eq!(refusal(put(Report::Running)), Refusal::NotApproved(1));
        put(Report::Canceled).unwrap();
        assert_eq!(refusal(put(Report::Success)), Refusal::Final);
    });
}

#[test]
fn a_list_of_a_hundred_costs_as_many_statements_as_one_of_ten() {
    on_both("midnight_cost", |store| {
        let (site, ..) = site(store, 1);
        let cost = |wanted: usize| {
            let at = site.at();
            let measured = site.world.read(&site.maintainer, move |tx, by| {
                let before = tx.statements();
                let (_, rows, _) = deployments::list(tx, by, &at, |project| filter(project, None), NOW)?;
                assert_eq!(rows.len(), wanted);
                Ok(tx.statements() - before)
            });
            measured.unwrap()
        };
        let mut made = 0;
        let mut more = |count: usize| {
            for _ in 0..count {
                report(&site, "production", Report::Running);
                made += 1;
            }
            made
        };
        let count = more(10);
        // What the first to ask remembers, the others need not read.
        cost(count);
        let few = cost(count);
        assert_eq!(cost(more(90)), few);
        assert!(few <= 6, "{few} statements");
    });
}
