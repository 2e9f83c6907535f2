//! How a job stands, in words.

use countersign_app::job_dossier::JobDossier;
use countersign_domain::job::{FailureReason, Status};

/// How a job stands, and why; none where the word for its status says it all.
pub(super) fn how_it_stands(of: &JobDossier) -> Option<String> {
    let job = &of.job;
    Some(match job.status {
        Status::Created => "Its turn has not come: what it needs, or the stages before it, come first.".into(),
        Status::Pending => "It waits for a runner.".into(),
        Status::Scheduled => match job.scheduled_at {
            Some(at) => format!("It starts by itself at {}.", at.for_people()),
            None => "It waits for its time.".into(),
        },
        Status::WaitingForResource => "It waits until no other job has the resource it needs.".into(),
        Status::Running | Status::Success => return None,
        Status::Canceling => "Its runner was told to stop it.".into(),
        Status::Manual if of.waits.is_some() => "It waits for its deployment to be approved:".into(),
        Status::Manual => "It waits for somebody to play it.".into(),
        Status::Skipped => "It did not run: something before it failed.".into(),
        Status::Canceled => "It was canceled.".into(),
        Status::Failed => failed(job.failure_reason, job.exit_code),
    })
}

fn failed(reason: Option<FailureReason>, exit_code: Option<i64>) -> String {
    match (reason.map(FailureReason::message).unwrap_or_default(), exit_code) {
        ("", Some(code)) => format!("Its script ended with exit code {code}: the log says why."),
        ("", None) => "Its script failed: the log says why.".into(),
        (told, _) if told.ends_with('.') => told.to_owned(),
        (told, _) => format!("{told}."),
    }
}

/// How that is coloured.
pub(super) fn tone(of: &JobDossier) -> &'static str {
    match of.job.status {
        Status::Failed => "no",
        Status::Manual => "wait",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_a_sentence() {
        let rows = [
            (Some(FailureReason::Script), Some(3), "Its script ended with exit code 3: the log says why."),
            (None, None, "Its script failed: the log says why."),
            (Some(FailureReason::DeploymentRejected), None, "This deployment job was rejected."),
            (Some(FailureReason::RunnerSystem), Some(1), "There has been a runner system failure, please try again."),
        ];
        for (reason, code, expected) in rows {
            assert_eq!(failed(reason, code), expected);
        }
    }
}
