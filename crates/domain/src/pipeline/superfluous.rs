//! Which jobs of a pipeline a newer commit on its branch makes superfluous.

use super::cancels;
use crate::job::Status;

/// What a newer commit on its branch means for a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnNewCommit {
    /// It is canceled, unless a job has started that is not interruptible.
    Conservative,
    /// Its interruptible jobs are canceled.
    Interruptible,
    /// Nothing.
    None,
}

impl OnNewCommit {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            OnNewCommit::Conservative => "conservative",
            OnNewCommit::Interruptible => "interruptible",
            OnNewCommit::None => "none",
        }
    }

    /// Reads the word that is stored.
    pub fn parse(text: &str) -> Option<OnNewCommit> {
        use OnNewCommit::{Conservative, Interruptible};
        [Conservative, Interruptible, OnNewCommit::None].into_iter().find(|what| what.as_str() == text)
    }
}

/// A job of an older pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Older {
    /// Its status.
    pub status: Status,
    /// Whether a runner ever got it.
    pub started: bool,
    /// Whether it may be canceled while it runs.
    pub interruptible: bool,
    /// Whether it names an environment.
    pub reaches_environment: bool,
}

impl Older {
    /// A job that reaches an environment is left alone once it has started, and also before unless it says otherwise.
    fn may_go(&self) -> bool {
        let left_alone = self.reaches_environment && (self.started || !self.interruptible);
        cancels(self.status, false) && !left_alone
    }
}

/// Whether each of the jobs of an older pipeline is to be canceled.
pub fn superfluous(what: OnNewCommit, jobs: &[Older]) -> Vec<bool> {
    let kept = jobs.iter().any(|job| job.started && !job.interruptible);
    let goes = |job: &Older| match what {
        OnNewCommit::Conservative => !kept && job.may_go(),
        OnNewCommit::Interruptible => job.interruptible && job.may_go(),
        OnNewCommit::None => false,
    };
    jobs.iter().map(goes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{Created, Manual, Pending, Running, Success};

    fn job(status: Status, interruptible: bool) -> Older {
        Older { status, started: matches!(status, Running | Success), interruptible, reaches_environment: false }
    }

    fn deploy(status: Status, interruptible: bool) -> Older {
        Older { reaches_environment: true, ..job(status, interruptible) }
    }

    #[test]
    fn a_pipeline_goes_as_long_as_nothing_has_started_that_must_not_be_interrupted() {
        let quick =
            [job(Success, true), job(Running, true), job(Pending, false), job(Created, false), job(Manual, true)];
        assert_eq!(superfluous(OnNewCommit::Conservative, &quick), [false, true, true, true, false]);
        assert_eq!(superfluous(OnNewCommit::Interruptible, &quick), [false, true, false, false, false]);
        assert_eq!(superfluous(OnNewCommit::None, &quick), [false; 5]);
        let kept = [job(Success, false), job(Running, true), job(Pending, true)];
        assert_eq!(superfluous(OnNewCommit::Conservative, &kept), [false; 3]);
        assert_eq!(superfluous(OnNewCommit::Interruptible, &kept), [false, true, true]);
    }

    #[test]
    fn what_reaches_an_environment_is_left_alone_once_it_has_started_or_unless_it_is_interruptible() {
        for what in [OnNewCommit::Conservative, OnNewCommit::Interruptible] {
            assert_eq!(superfluous(what, &[deploy(Pending, true), deploy(Running, true)]), [true, false]);
            assert_eq!(superfluous(what, &[deploy(Pending, false), deploy(Created, false)]), [false; 2]);
            assert_eq!(OnNewCommit::parse(what.as_str()), Some(what));
        }
    }
}
