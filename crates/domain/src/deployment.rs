//! Deployments: their states and what an outside tool may do with them (semantics, section 4).

mod forward;

pub use forward::{Forward, Shipment};

use crate::refusal::{Refusal, Result};
use serde::{Deserialize, Serialize};

/// The status of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its turn has not come, or nothing holds it but the person or tool that is to start it.
    Created,
    /// It runs.
    Running,
    /// It succeeded.
    Success,
    /// It failed, or was rejected.
    Failed,
    /// It was canceled.
    Canceled,
    /// Its job was skipped.
    Skipped,
    /// It waits for approval.
    Blocked,
}

/// What can happen to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// It must wait for approval.
    Block,
    /// Nothing blocks it any more.
    Release,
    /// It starts to run.
    Run,
    /// It ends well.
    Succeed,
    /// It fails.
    Fail,
    /// It is canceled.
    Cancel,
    /// Its job is skipped.
    Skip,
    /// Its skipped job gets another turn.
    Renew,
}

impl Status {
    /// All statuses, as GitLab lists them.
    pub const ALL: [Status; 7] = [
        Status::Created,
        Status::Running,
        Status::Success,
        Status::Failed,
        Status::Canceled,
        Status::Skipped,
        Status::Blocked,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Running => "running",
            Status::Success => "success",
            Status::Failed => "failed",
            Status::Canceled => "canceled",
            Status::Skipped => "skipped",
            Status::Blocked => "blocked",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether it waits: for its turn, for approval, or to be started.
    pub fn is_pending(self) -> bool {
        matches!(self, Status::Created | Status::Blocked)
    }

    /// Whether it has ended, one way or another (`finished_at` is set for these but not for skipped ones).
    pub fn is_finished(self) -> bool {
        matches!(self, Status::Success | Status::Failed | Status::Canceled)
    }

    /// The status after an event.
    ///
    /// # Errors
    /// A transition that the table does not have.
    pub fn after(self, event: Event) -> Result<Status> {
        use {Event::*, Status::*};
        match (self, event) {
            (Created, Block) => Ok(Blocked),
            (Blocked, Release) => Ok(Created),
            (Created, Run) => Ok(Running),
            (Created | Running | Failed | Canceled | Skipped, Succeed) => Ok(Success),
            (Created | Running | Success | Canceled | Skipped | Blocked, Fail) => Ok(Failed),
            (Created | Running | Success | Failed | Skipped | Blocked, Cancel) => Ok(Canceled),
            (Created | Running | Success | Failed | Canceled, Skip) => Ok(Skipped),
            (Skipped, Renew) => Ok(Created),
            (from, event) => Err(Refusal::Transition(from, event.as_str())),
        }
    }
}

impl Event {
    /// All events.
    pub const ALL: [Event; 8] = [
        Event::Block,
        Event::Release,
        Event::Run,
        Event::Succeed,
        Event::Fail,
        Event::Cancel,
        Event::Skip,
        Event::Renew,
    ];

    /// The name in GitLab's texts.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Block => "block",
            Event::Release => "release",
            Event::Run => "run",
            Event::Succeed => "succeed",
            Event::Fail => "drop",
            Event::Cancel => "cancel",
            Event::Skip => "skip",
            Event::Renew => "renew",
        }
    }
}

/// The statuses an outside tool can report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Announced only (ours).
    Created,
    /// It runs.
    Running,
    /// It succeeded.
    Success,
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
}

impl Report {
    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Report> {
        Some(match text {
            "created" => Report::Created,
            "running" => Report::Running,
            "success" => Report::Success,
            "failed" => Report::Failed,
            "canceled" => Report::Canceled,
            _ => return None,
        })
    }

    /// What it does to a deployment that exists; `created` does nothing and is no update.
    pub fn event(self) -> Option<Event> {
        match self {
            Report::Created => None,
            Report::Running => Some(Event::Run),
            Report::Success => Some(Event::Succeed),
            Report::Failed => Some(Event::Fail),
            Report::Canceled => Some(Event::Cancel),
        }
    }
}

/// Whether a deployment's record may be deleted.
///
/// # Errors
/// While it waits or runs, and while it is what the environment has now.
pub fn check_delete(status: Status, is_last_success: bool) -> Result<()> {
    match status {
        Status::Created | Status::Blocked | Status::Running => Err(Refusal::DeleteRunning),
        _ if is_last_success => Err(Refusal::DeleteCurrent),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_transitions() {
        let mut rows = Vec::new();
        for from in Status::ALL {
            for event in Event::ALL {
                if let Ok(to) = from.after(event) {
                    rows.push(format!("{} --{}--> {}", from.as_str(), event.as_str(), to.as_str()));
                }
            }
        }
        insta::assert_snapshot!(rows.join("\n"));
    }

    #[test]
    fn blocked_is_entered_from_created_only_and_leads_to_created_failed_and_canceled_only() {
        for from in Status::ALL {
            assert_eq!(from.after(Event::Block).is_ok(), from == Status::Created);
        }
        let next: Vec<_> = Event::ALL.iter().filter_map(|e| Status::Blocked.after(*e).ok()).collect();
        assert_eq!(next, [Status::Created, Status::Failed, Status::Canceled]);
    }

    #[test]
    fn repeating_a_status_is_an_error() {
        assert!(Status::Success.after(Event::Succeed).is_err());
        assert!(Status::Failed.after(Event::Fail).is_err());
        assert!(Status::Failed.after(Event::Succeed).is_ok());
        assert!(Status::Failed.after(Event::Run).is_err());
    }
}
