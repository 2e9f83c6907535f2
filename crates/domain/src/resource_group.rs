//! Resource groups: of the jobs that need the same thing, one runs at a time (gitlab-facts, section 8).

use crate::ids::{JobId, PipelineId};
use crate::job::Status;
use crate::refusal::{Refusal, Result};
use crate::settings::ProcessMode;

/// The longest name of a group, in characters.
const MAX_KEY: usize = 255;

/// Checks what a group is called.
///
/// # Errors
/// It is empty, too long, or has other characters than letters, digits, spaces and `- _ / $ { } .`, or begins or ends with
/// `/`.
pub fn check_key(key: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/${}. ".contains(c);
    let fits = (1..=MAX_KEY).contains(&key.chars().count()) && key.chars().all(allowed) && !key.trim().is_empty();
    if fits && !key.starts_with('/') && !key.ends_with('/') {
        return Ok(());
    }
    let why = "must have 1 to 255 letters, digits, spaces and '-', '_', '/', '$', '{', '}', '.', not starting or ending \
               with '/'";
    Err(Refusal::Field("key".into(), why.into()))
}

/// A job of a group that no runner has, and that nobody needs to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upcoming {
    /// The job.
    pub id: JobId,
    /// Its pipeline; a higher id is a newer one.
    pub pipeline: PipelineId,
    /// Whether it waits for the resource and for nothing else.
    pub ready: bool,
}

impl Upcoming {
    /// The job, if it is one that the resource is for next; those that somebody has to play or approve first are not.
    pub fn of(id: JobId, pipeline: PipelineId, status: Status) -> Option<Upcoming> {
        let upcoming = matches!(status, Status::Created | Status::Scheduled | Status::WaitingForResource);
        upcoming.then_some(Upcoming { id, pipeline, ready: status == Status::WaitingForResource })
    }
}

/// The jobs that come next, in their order: only those that are ready, unless the mode wants the pipelines in order.
pub fn order(mode: ProcessMode, mut all: Vec<Upcoming>) -> Vec<Upcoming> {
    match mode {
        ProcessMode::Unordered => {
            all.retain(|job| job.ready);
            all.sort_by_key(|job| job.id);
        }
        ProcessMode::OldestFirst => all.sort_by_key(|job| (job.pipeline, !job.ready, job.id)),
        ProcessMode::NewestFirst => all.sort_by_key(|job| (std::cmp::Reverse(job.pipeline), !job.ready, job.id)),
        ProcessMode::NewestReadyFirst => {
            all.retain(|job| job.ready);
            all.sort_by_key(|job| (std::cmp::Reverse(job.pipeline), job.id));
        }
    }
    all
}

/// The job that gets a resource which is free; none while the first one is not ready for it.
pub fn next(mode: ProcessMode, all: Vec<Upcoming>) -> Option<JobId> {
    order(mode, all).first().filter(|job| job.ready).map(|job| job.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upcoming(rows: &[(i64, i64, bool)]) -> Vec<Upcoming> {
        let job = |(id, pipeline, ready): &(i64, i64, bool)| Upcoming {
            id: JobId(*id),
            pipeline: PipelineId(*pipeline),
            ready: *ready,
        };
        rows.iter().map(job).collect()
    }

    fn of(mode: ProcessMode, rows: &[(i64, i64, bool)]) -> (Vec<i64>, Option<i64>) {
        let all = upcoming(rows);
        (order(mode, all.clone()).iter().map(|job| job.id.0).collect(), next(mode, all).map(|id| id.0))
    }

    #[test]
    fn the_mode_says_whose_turn_it_is() {
        // The job of the oldest pipeline is not ready; the newest one has two.
        let rows = [(21, 2, true), (11, 1, false), (32, 3, true), (31, 3, true), (12, 1, false)];
        assert_eq!(of(ProcessMode::Unordered, &rows), (vec![21, 31, 32], Some(21)));
        assert_eq!(of(ProcessMode::OldestFirst, &rows), (vec![11, 12, 21, 31, 32], None));
        assert_eq!(of(ProcessMode::NewestFirst, &rows), (vec![31, 32, 21, 11, 12], Some(31)));
        assert_eq!(of(ProcessMode::NewestReadyFirst, &rows), (vec![31, 32, 21], Some(31)));
        for mode in ProcessMode::ALL {
            assert_eq!(of(*mode, &[]), (vec![], None));
        }
    }

    #[test]
    fn pipelines_in_order_wait_for_a_job_that_is_not_ready() {
        let rows = [(11, 1, true), (21, 2, false)];
        assert_eq!(of(ProcessMode::NewestFirst, &rows).1, None);
        assert_eq!(of(ProcessMode::NewestReadyFirst, &rows).1, Some(11));
        assert_eq!(of(ProcessMode::OldestFirst, &rows).1, Some(11));
        // Within a pipeline, what is ready does not wait for what is not.
        assert_eq!(of(ProcessMode::OldestFirst, &[(11, 1, false), (12, 1, true)]).1, Some(12));
    }

    #[test]
    fn what_somebody_must_decide_first_holds_nobody_up() {
        let ready = |status| Upcoming::of(JobId(1), PipelineId(1), status).map(|job| job.ready);
        for status in Status::ALL {
            let expected = match status {
                Status::Created | Status::Scheduled => Some(false),
                Status::WaitingForResource => Some(true),
                _ => None,
            };
            assert_eq!(ready(status), expected, "{status:?}");
        }
    }

    #[test]
    fn keys_are_written_as_names_of_environments() {
        let long = "x".repeat(256);
        for good in ["production", "a b/c.d-$x{y}", "9"] {
            assert!(check_key(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "/a", "a/", "ä", "a\nb", &long] {
            assert!(check_key(bad).is_err(), "{bad}");
        }
    }
}
