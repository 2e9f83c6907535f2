//! What runners say of their jobs.

use super::{DEPLOY, NOW, Runner, Site, on_both, wait};
use crate::claim::Introduction;
use crate::traces::{Appended, Patched, patch};
use crate::update_job::{Heard, update_job};
use countersign_domain::ids::JobId;
use countersign_domain::job::{FailureReason, Status};
use countersign_wire::runner::{InfoFeatures, JobState, UpdateJob};

const TOKEN: &str = "glcbt-1";

fn say(site: &Site<'_>, id: JobId, state: JobState, reason: Option<&str>) -> Heard {
    let said = UpdateJob { state, failure_reason: reason.map(str::to_owned), ..UpdateJob::default() };
    wait(update_job(&site.app, id, TOKEN, &said, NOW)).unwrap()
}

fn write(site: &Site<'_>, id: JobId, first: u64, piece: &'static [u8], later: i64) -> Patched {
    wait(patch(&site.app, id, TOKEN, (first, piece.into()), NOW.plus_ms(later))).unwrap().unwrap()
}

/// A machine of a runner is heard of, which understands `canceling` or does not.
fn hear(site: &Site<'_>, runner: &Runner, machine: &str, cancel_gracefully: bool) {
    let features = InfoFeatures { cancel_gracefully, ..InfoFeatures::default() };
    let info = countersign_wire::runner::Info { features, ..Default::default() };
    let (known, heard) = (runner.clone(), Introduction { system_id: machine.into(), info, from: None });
    let heard = move |tx: &mut crate::Tx<'_>| crate::claim::heard(tx, &known, &heard, NOW);
    site.app.store.housekeeping_blocking(heard).unwrap();
}

#[test]
fn a_job_is_taken_up_logs_and_ends_and_its_deployment_with_it() {
    on_both("reporting", |store| {
        let site = Site::new(store);
        let pipeline = site.pipeline(&site.developer, DEPLOY);
        let id = site.claim(&site.runner(&[]), TOKEN).unwrap();
        assert_eq!(say(&site, id, JobState::Running, None), Heard::Noted(Status::Running));
        assert_eq!(site.job(id).acknowledged_at, Some(NOW));
        assert_eq!(write(&site, id, 0, b"hello", 0), Patched::Looked(Appended::Stored(5), Status::Running));
        assert_eq!(say(&site, id, JobState::Success, None), Heard::Noted(Status::Success));
        assert_eq!((site.job(id).exit_code, site.status(pipeline.id)), (Some(0), "success"));
        assert_eq!(site.deployment(id).unwrap().status.as_str(), "success");
        // Deliveries are repeated, and the tail of a log may come late, but not for ever.
        assert_eq!(say(&site, id, JobState::Success, None), Heard::Over(Status::Success));
        assert_eq!(write(&site, id, 5, b"!", 1000), Patched::Looked(Appended::Stored(6), Status::Success));
        assert_eq!(write(&site, id, 6, b"?", 600_000), Patched::Over(Status::Success));
        let other = wait(update_job(&site.app, id, "glcbt-other", &UpdateJob::default(), NOW)).unwrap();
        assert_eq!(other, Heard::Unknown);
    });
}

#[test]
fn a_failure_has_a_reason_that_only_the_server_can_make_final() {
    on_both("reporting_failure", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.commit(&site.developer, DEPLOY);
        let id = site.claim(&runner, TOKEN).unwrap();
        say(&site, id, JobState::Failed, Some("deployment_rejected"));
        assert_eq!(site.job(id).failure_reason, Some(FailureReason::Unknown));
        assert_eq!(site.deployment(id).unwrap().status.as_str(), "failed");
        site.retry(&site.developer, id).unwrap();
    });
}

#[test]
fn a_job_that_is_being_canceled_ends_canceled_whatever_its_runner_says() {
    on_both("reporting_cancel", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.commit(&site.developer, DEPLOY);
        let id = site.claim(&runner, TOKEN).unwrap();
        hear(&site, &runner, "s_1", true);
        site.cancel(&site.developer, id).unwrap();
        assert_eq!(say(&site, id, JobState::Running, None), Heard::Noted(Status::Canceling));
        assert_eq!(say(&site, id, JobState::Success, None), Heard::Noted(Status::Canceled));
        assert_eq!(site.deployment(id).unwrap().status.as_str(), "canceled");
    });
}

#[test]
fn a_job_canceled_under_a_runner_that_cannot_wait_is_over_at_once() {
    on_both("reporting_abort", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.commit(&site.developer, DEPLOY);
        let id = site.claim(&runner, TOKEN).unwrap();
        site.cancel(&site.developer, id).unwrap();
        assert_eq!(say(&site, id, JobState::Running, None), Heard::Over(Status::Canceled));
        assert_eq!(write(&site, id, 0, b"x", 0), Patched::Looked(Appended::Stored(1), Status::Canceled));
    });
}

#[test]
fn a_job_is_canceled_at_once_where_the_machine_that_has_it_may_not_be_able_to_wait() {
    on_both("reporting_machines", |store| {
        let site = Site::new(store);
        let runner = site.runner(&[]);
        site.commit(&site.developer, DEPLOY);
        hear(&site, &runner, "old", false);
        let id = site.claim(&runner, TOKEN).unwrap();
        hear(&site, &runner, "new", true);
        site.cancel(&site.developer, id).unwrap();
        assert_eq!(say(&site, id, JobState::Running, None), Heard::Over(Status::Canceled));
    });
}
