//! What the runner protocol's types accept and produce.
#![allow(clippy::unwrap_used)]

use serde_json::{from_value, json, to_value};

use super::{FailureReason, Job, JobRequest, JobState, UpdateJob};

#[test]
fn null_absent_and_unknown_members_are_accepted() {
    let job: Job = from_value(json!({
        "id": 7, "token": null, "variables": null, "steps": [{"name": "script", "script": null, "when": null}],
        "git_info": {"ref": "main", "protected": null, "depth": null}, "unheard_of": {"x": 1}
    }))
    .unwrap();
    assert_eq!((job.id, job.token.as_str(), job.variables.len()), (7, "", 0));
    assert_eq!((job.git_info.reference.as_str(), job.git_info.depth), ("main", 0));
    assert_eq!(job.steps[0].name, "script");
}

#[test]
fn a_wrong_type_is_an_error() {
    assert!(from_value::<Job>(json!({"id": "7"})).is_err());
    assert!(from_value::<UpdateJob>(json!({"state": "asleep"})).is_err());
}

#[test]
fn a_runners_features_are_read() {
    let asked: JobRequest = from_value(json!({
        "token": "t", "info": {"features": {"cancel_gracefully": true, "refspecs": null, "future": true}, "config": null}
    }))
    .unwrap();
    assert!(asked.info.features.cancel_gracefully);
    assert!(!asked.info.features.refspecs);
}

#[test]
fn a_keep_alive_omits_what_is_empty() {
    let update = UpdateJob { token: "t".to_owned(), ..UpdateJob::default() };
    let body = to_value(&update).unwrap();
    assert_eq!(body["state"], json!("running"));
    assert_eq!(body["output"], json!({}));
    assert!(body.get("exit_code").is_none() && body.get("failure_reason").is_none() && body.get("checksum").is_none());
}

#[test]
fn a_final_update_is_read() {
    let update: UpdateJob = from_value(json!({
        "token": "t", "state": "failed", "failure_reason": "script_failure", "exit_code": 3,
        "output": {"checksum": "crc32:0000002a", "bytesize": 12}
    }))
    .unwrap();
    assert_eq!(update.state, JobState::Failed);
    assert_eq!((update.exit_code, update.output.bytesize), (Some(3), Some(12)));
}

#[test]
fn an_unlisted_reason_is_unknown() {
    let known = vec!["job_canceled".to_owned()];
    assert_eq!(FailureReason::JobCanceled.understood_by(&known), FailureReason::JobCanceled);
    assert_eq!(FailureReason::RunnerInterrupted.understood_by(&known), FailureReason::UnknownFailure);
    assert_eq!(FailureReason::ScriptFailure.understood_by(&[]), FailureReason::ScriptFailure);
    assert_eq!(to_value(FailureReason::JobCanceled).unwrap(), json!(FailureReason::JobCanceled.code()));
}
