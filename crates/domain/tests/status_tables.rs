//! No sequence of events leaves the tables of states (semantics, section 4; gitlab-facts, sections 3 and 7).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_domain::deployment::{self, Report, check_delete};
use countersign_domain::job::{self, FailureReason, check_retry};
use countersign_domain::refusal::{Kind, Refusal};
use proptest::prelude::*;

/// From each status of a deployment, those it may go to.
const DEPLOYMENTS: [(&str, &str); 7] = [
    ("created", "running success failed canceled skipped blocked"),
    ("running", "success failed canceled skipped"),
    ("success", "failed canceled skipped"),
    ("failed", "success canceled skipped"),
    ("canceled", "success failed skipped"),
    ("skipped", "success failed canceled created"),
    ("blocked", "created failed canceled"),
];

/// From each status of a job, those it may go to.
const JOBS: [(&str, &str); 11] = [
    ("created", "pending manual scheduled waiting_for_resource skipped canceled failed"),
    ("pending", "running manual canceled failed"),
    ("running", "success failed canceling canceled pending"),
    ("canceling", "canceled failed success"),
    ("manual", "pending scheduled waiting_for_resource canceled failed"),
    ("scheduled", "pending manual waiting_for_resource canceled failed"),
    ("waiting_for_resource", "pending manual canceled failed"),
    ("skipped", "created"),
    ("success", ""),
    ("failed", ""),
    ("canceled", ""),
];

fn leads(table: &[(&str, &str)], from: &str, to: &str) -> bool {
    table.iter().any(|(f, tos)| *f == from && tos.split(' ').any(|t| t == to))
}

#[test]
fn every_transition_of_the_tables_exists_and_no_other() {
    for from in deployment::Status::ALL {
        for to in deployment::Status::ALL {
            let possible = deployment::Event::ALL.into_iter().any(|e| from.after(e) == Ok(to));
            assert_eq!(possible, leads(&DEPLOYMENTS, from.as_str(), to.as_str()), "{from:?} to {to:?}");
        }
    }
    for from in job::Status::ALL {
        for to in job::Status::ALL {
            let possible = job::Event::ALL.into_iter().any(|e| from.after(e) == Some(to));
            assert_eq!(possible, leads(&JOBS, from.as_str(), to.as_str()), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn outside_tools_report_five_words_and_a_repeated_one_is_invalid() {
    use deployment::Status;
    for (word, status) in [
        ("running", Status::Running),
        ("success", Status::Success),
        ("failed", Status::Failed),
        ("canceled", Status::Canceled),
    ] {
        let event = Report::parse(word).and_then(Report::event).unwrap();
        let refusal = status.after(event).unwrap_err();
        assert_eq!(refusal.kind(), Kind::Invalid, "{word}");
        assert_eq!(Status::Created.after(event), Ok(status));
        let blocked = Status::Blocked.after(event);
        assert_eq!(blocked.is_ok(), matches!(word, "failed" | "canceled"), "{word}");
    }
    assert_eq!(Report::parse("created").unwrap().event(), None);
    for word in ["blocked", "skipped", "Success", "", "pending"] {
        assert_eq!(Report::parse(word), None, "{word}");
    }
}

#[test]
fn records_are_deleted_only_when_nothing_runs_or_waits_and_they_are_not_current() {
    use deployment::Status;
    for status in Status::ALL {
        let busy = matches!(status, Status::Created | Status::Blocked | Status::Running);
        assert_eq!(check_delete(status, false).is_ok(), !busy, "{status:?}");
    }
    assert_eq!(check_delete(Status::Success, true), Err(Refusal::DeleteCurrent));
    assert_eq!(check_delete(Status::Failed, false), Ok(()));
}

#[test]
fn a_rejected_or_blocked_job_is_not_retried() {
    for status in job::Status::ALL {
        let ended = matches!(status, job::Status::Success | job::Status::Failed | job::Status::Canceled);
        assert_eq!(check_retry(status, None, false, false).is_ok(), ended, "{status:?}");
        assert_eq!(check_retry(status, None, false, true).map_err(|r| r.kind()), Err(Kind::Forbidden));
        assert_eq!(check_retry(status, None, true, false).map_err(|r| r.kind()), Err(Kind::Forbidden));
    }
    for reason in FailureReason::ALL {
        let again = check_retry(job::Status::Failed, Some(*reason), false, false);
        let never = matches!(reason.as_str(), "deployment_rejected" | "unmet_prerequisites");
        assert_eq!(again.is_err(), never, "{reason:?}");
    }
}

#[test]
fn words_read_back_and_no_others_do() {
    for status in deployment::Status::ALL {
        assert_eq!(deployment::Status::parse(status.as_str()), Some(status));
    }
    for status in job::Status::ALL {
        assert_eq!(job::Status::parse(status.as_str()), Some(status));
    }
    assert_eq!((deployment::Status::parse("Blocked"), job::Status::parse("blocked")), (None, None));
}

proptest! {
    #[test]
    fn a_deployment_never_leaves_its_table(events in prop::collection::vec(0usize..8, 0..40)) {
        let mut status = deployment::Status::Created;
        for event in events {
            let Ok(next) = status.after(deployment::Event::ALL[event]) else { continue };
            prop_assert!(leads(&DEPLOYMENTS, status.as_str(), next.as_str()), "{:?} to {:?}", status, next);
            let into_work = matches!(next, deployment::Status::Running | deployment::Status::Success);
            prop_assert!(status != deployment::Status::Blocked || !into_work);
            status = next;
        }
    }

    #[test]
    fn a_job_never_leaves_its_table_nor_its_end(events in prop::collection::vec(0usize..10, 0..40)) {
        let mut status = job::Status::Created;
        for event in events {
            let Some(next) = status.after(job::Event::ALL[event]) else { continue };
            prop_assert!(leads(&JOBS, status.as_str(), next.as_str()), "{:?} to {:?}", status, next);
            prop_assert!(next != job::Status::Running || status == job::Status::Pending);
            status = next;
        }
    }
}
