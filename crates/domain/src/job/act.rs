//! What people do with a job.

use super::Status;

/// What people do with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Start it, where it waits for somebody to.
    Play,
    /// Try it again, as a new job.
    Retry,
    /// Cancel it.
    Cancel,
    /// Erase its log.
    Erase,
}

impl Act {
    /// All of them, in the order people look for them.
    pub const ALL: [Act; 4] = [Act::Play, Act::Retry, Act::Cancel, Act::Erase];

    /// Whether it is to be spoken of for a job that stands so, allowed or not: what makes no sense is not offered, and
    /// its refusal tells nobody anything.
    pub fn applies(self, status: Status, retried: bool, has_log: bool) -> bool {
        match self {
            Act::Play => status == Status::Manual,
            Act::Retry => matches!(status, Status::Success | Status::Failed | Status::Canceled) && !retried,
            Act::Cancel => !status.is_finished() && status != Status::Canceling,
            Act::Erase => status.is_finished() && has_log,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_makes_sense_is_spoken_of() {
        let of = |status, retried, has_log| {
            Act::ALL.into_iter().filter(|act| act.applies(status, retried, has_log)).collect::<Vec<_>>()
        };
        let rows: [(Status, bool, bool, &[Act]); 9] = [
            (Status::Created, false, false, &[Act::Cancel]),
            (Status::Pending, false, false, &[Act::Cancel]),
            (Status::Manual, false, false, &[Act::Play, Act::Cancel]),
            (Status::Running, false, true, &[Act::Cancel]),
            (Status::Canceling, false, true, &[]),
            (Status::Failed, false, true, &[Act::Retry, Act::Erase]),
            (Status::Success, true, true, &[Act::Erase]),
            (Status::Canceled, false, false, &[Act::Retry]),
            (Status::Skipped, false, false, &[]),
        ];
        for (status, retried, has_log, expected) in rows {
            assert_eq!(of(status, retried, has_log), expected, "{status:?} {retried} {has_log}");
        }
    }
}
