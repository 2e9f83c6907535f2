//! When the runner of a job counts as gone (semantics, section 4).

use crate::time::Timestamp;

/// How long a silence counts, in milliseconds, and since when anybody listened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until a job counts as never taken up.
    pub unacknowledged: i64,
    /// Until a job that was taken up counts as lost.
    pub lost: i64,
    /// Since when the server has been there to be spoken to: before that, nobody was silent.
    pub listening_since: Timestamp,
}

/// What was heard of a job that a runner has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// When it was handed out.
    pub claimed: Option<Timestamp>,
    /// When its runner said that it has taken it up.
    pub acknowledged: Option<Timestamp>,
    /// When its runner last said anything of it.
    pub last: Option<Timestamp>,
}

impl Patience {
    /// Whether a job was not heard of for so long that its runner counts as gone.
    pub fn is_over(&self, heard: Heard, now: Timestamp) -> bool {
        let (last, most) = match heard.acknowledged {
            None => (heard.claimed, self.unacknowledged),
            Some(_) => (heard.last, self.lost),
        };
        let since = last.map_or(self.listening_since, |last| last.max(self.listening_since));
        now.since(since) >= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: Timestamp = Timestamp(1_000_000);
    const PATIENCE: Patience = Patience { unacknowledged: 60, lost: 300, listening_since: SINCE };

    #[test]
    fn a_job_is_given_up_after_a_silence_that_depends_on_whether_it_was_taken_up() {
        let at = |ms: i64| Some(SINCE.plus_ms(ms));
        let over = |heard: Heard, after: i64| PATIENCE.is_over(heard, SINCE.plus_ms(after));
        let handed = Heard { claimed: at(10), ..Heard::default() };
        assert_eq!([69, 70].map(|after| over(handed, after)), [false, true]);
        let taken_up = Heard { acknowledged: at(20), last: at(50), ..handed };
        assert_eq!([70, 349, 350].map(|after| over(taken_up, after)), [false, false, true]);
    }

    #[test]
    fn while_the_server_was_down_nobody_was_silent() {
        let before = Some(SINCE.plus_ms(-10_000));
        let over = |heard: Heard, after: i64| PATIENCE.is_over(heard, SINCE.plus_ms(after));
        let handed = Heard { claimed: before, ..Heard::default() };
        assert_eq!([0, 59, 60].map(|after| over(handed, after)), [false, false, true]);
        let taken_up = Heard { acknowledged: before, last: before, ..handed };
        assert_eq!([0, 299, 300].map(|after| over(taken_up, after)), [false, false, true]);
        // One that nobody noted a time of is no older than that.
        assert_eq!([59, 60].map(|after| over(Heard::default(), after)), [false, true]);
    }
}
