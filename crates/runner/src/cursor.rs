//! What follows from the server's answers, and how much of a log it holds. Pure: no network, no clock.

use std::time::Duration;

/// The most log bytes sent at once.
pub(crate) const CHUNK: usize = 1024 * 1024;

/// The longest pause between two reports that the server may ask for.
const LONGEST_INTERVAL: u64 = 15 * 60;

/// The parts of the server's answer to `PUT jobs/:id` and `PATCH jobs/:id/trace` that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The `Job-Status` header.
    pub(crate) job_status: Option<String>,
    /// The `Range` header.
    pub(crate) range: Option<String>,
    /// The `X-GitLab-Trace-Update-Interval` header, in seconds.
    pub(crate) interval: Option<u64>,
}

impl Answer {
    /// Whether the job is over for the server, so that nothing more is to be sent.
    pub(crate) fn is_over(&self) -> bool {
        self.status == 403 || matches!(self.job_status.as_deref(), Some("canceled" | "failed"))
    }

    /// Whether the job is to be cancelled with grace.
    pub(crate) fn is_canceling(&self) -> bool {
        self.job_status.as_deref() == Some("canceling")
    }

    /// The pause between two reports that the server asks for.
    pub(crate) fn pause(&self) -> Option<Duration> {
        self.interval.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.min(LONGEST_INTERVAL)))
    }
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The server has it.
    Stored,
    /// The server asks to go on from elsewhere.
    Moved,
    /// It was not taken and is to be sent again later.
    Retry,
    /// The server knows no such job.
    Missing,
    /// The job is over for the server.
    Over,
}

/// What became of a final update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Nothing more to do: the server took it, or wants no more of the job.
    Done,
    /// The server is still busy with the log: ask again.
    Wait,
    /// The log is to be sent again from the start.
    Resend,
    /// It was not taken and is to be sent again later.
    Retry,
}

/// Reads the answer to a final update; `None` is no answer at all.
pub(crate) fn closed(answer: Option<&Answer>) -> Closed {
    match answer {
        None => Closed::Retry,
        Some(answer) if answer.is_over() => Closed::Done,
        Some(answer) => match answer.status {
            200 | 404 => Closed::Done,
            202 => Closed::Wait,
            412 => Closed::Resend,
            _ => Closed::Retry,
        },
    }
}

/// How often a call is made that the server does not take now.
const TRIES: u32 = 6;

/// The pause after the first of them, where the server names none; every further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long to wait before a call that failed is made again; `None` if its failure is final. `status` is what the server
/// answered, if it did, `retry_after` its wish in seconds, and `tried` how often the call was made.
///
/// As the protocol's runner does, but without a guess at an answer that means no: it would be the same again.
pub(crate) fn again_after(status: Option<u16>, retry_after: Option<u64>, tried: u32) -> Option<Duration> {
    let later = matches!(status, None | Some(408 | 429 | 500..));
    let usual = || FIRST_PAUSE.saturating_mul(1 << tried.saturating_sub(1).min(16));
    (later && tried < TRIES).then(|| retry_after.map_or_else(usual, Duration::from_secs).min(LONGEST_PAUSE))
}

/// How many bytes of the log the server is known to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor(usize);

impl Cursor {
    /// Where the next chunk begins.
    pub(crate) fn offset(self) -> usize {
        self.0
    }

    /// The `Content-Range` of a chunk of `length` bytes, which must not be 0: first and last byte, both counted from 0.
    pub(crate) fn content_range(self, length: usize) -> String {
        format!("{}-{}", self.0, self.0 + length.saturating_sub(1))
    }

    /// Starts again from the first byte.
    pub(crate) fn reset(&mut self) {
        self.0 = 0;
    }

    /// Reads the answer to a chunk of `length` bytes of a log of `total` bytes; `None` is no answer at all.
    pub(crate) fn patched(&mut self, answer: Option<&Answer>, length: usize, total: usize) -> Sent {
        let Some(answer) = answer else { return Sent::Retry };
        if answer.is_over() {
            return Sent::Over;
        }
        match answer.status {
            202 => {
                self.0 += length;
                Sent::Stored
            }
            416 => self.move_to(answer.range.as_deref(), total),
            404 => Sent::Missing,
            _ => Sent::Retry,
        }
    }

    /// Goes where the server says it is. A place beyond the log cannot be right, so then it starts again.
    fn move_to(&mut self, range: Option<&str>, total: usize) -> Sent {
        let held = range.and_then(|range| range.rsplit_once('-')).and_then(|(_, held)| held.trim().parse().ok());
        let held = held.filter(|held| *held <= total).unwrap_or(0);
        let moved = held != self.0;
        self.0 = held;
        if moved { Sent::Moved } else { Sent::Retry }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answer, Closed, Cursor, Sent, again_after, closed};

    fn answer(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }

    fn range(text: &str) -> Answer {
        Answer { range: Some(text.to_owned()), ..answer(416) }
    }

    fn with_job_status(status: u16, job_status: &str) -> Answer {
        Answer { job_status: Some(job_status.to_owned()), ..answer(status) }
    }

    #[test]
    fn a_stored_chunk_moves_the_cursor() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.content_range(10), "0-9");
        assert_eq!(cursor.patched(Some(&answer(202)), 10, 30), Sent::Stored);
        assert_eq!((cursor.offset(), cursor.content_range(1).as_str()), (10, "10-10"));
    }

    #[test]
    fn only_202_counts_as_stored() {
        let mut cursor = Cursor::default();
        for status in [200, 201, 204, 400, 409, 413, 429, 500, 503] {
            assert_eq!(cursor.patched(Some(&answer(status)), 10, 30), Sent::Retry, "{status}");
        }
        assert_eq!(cursor.patched(None, 10, 30), Sent::Retry);
        assert_eq!(cursor.patched(Some(&answer(404)), 10, 30), Sent::Missing);
        assert_eq!(cursor.offset(), 0);
    }

    #[test]
    fn status_416_says_where_to_go_on() {
        let mut cursor = Cursor(10);
        assert_eq!(cursor.patched(Some(&range("0-25")), 10, 30), Sent::Moved);
        assert_eq!(cursor.offset(), 25);
        assert_eq!(cursor.patched(Some(&range("0-25")), 5, 30), Sent::Retry, "no progress must not be a tight loop");
        assert_eq!(cursor.patched(Some(&range("0-31")), 5, 30), Sent::Moved, "more than was written");
        assert_eq!(cursor.offset(), 0);
        cursor = Cursor(7);
        assert_eq!(cursor.patched(Some(&range("nonsense")), 5, 30), Sent::Moved);
        assert_eq!(cursor.offset(), 0);
    }

    #[test]
    fn a_job_over_for_the_server_takes_no_more() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.patched(Some(&answer(403)), 1, 1), Sent::Over);
        assert_eq!(cursor.patched(Some(&with_job_status(202, "canceled")), 1, 1), Sent::Over);
        assert_eq!(cursor.patched(Some(&with_job_status(202, "failed")), 1, 1), Sent::Over);
        assert_eq!(cursor.offset(), 0);
        let canceling = with_job_status(202, "canceling");
        assert_eq!(cursor.patched(Some(&canceling), 1, 1), Sent::Stored);
        assert!(canceling.is_canceling());
    }

    #[test]
    fn a_final_update_ends_waits_resends_or_retries() {
        assert_eq!(closed(Some(&answer(200))), Closed::Done);
        assert_eq!(closed(Some(&answer(404))), Closed::Done);
        assert_eq!(closed(Some(&answer(403))), Closed::Done);
        assert_eq!(closed(Some(&with_job_status(500, "canceled"))), Closed::Done);
        assert_eq!(closed(Some(&answer(202))), Closed::Wait);
        assert_eq!(closed(Some(&answer(412))), Closed::Resend);
        assert_eq!(closed(Some(&answer(204))), Closed::Retry);
        assert_eq!(closed(None), Closed::Retry);
    }

    #[test]
    fn what_comes_again_later_is_tried_again_and_what_is_refused_is_not() {
        let seconds = |status, wish, tried| again_after(status, wish, tried).map(|pause| pause.as_secs());
        for status in [None, Some(408), Some(429), Some(500), Some(502), Some(503), Some(504), Some(599)] {
            assert_eq!(seconds(status, None, 1), Some(1), "{status:?}");
        }
        for status in [200, 302, 400, 401, 403, 404, 409, 413, 422] {
            assert_eq!(seconds(Some(status), Some(1), 1), None, "{status}");
        }
        assert_eq!(
            [1, 2, 3, 4, 5, 6].map(|tried| seconds(None, None, tried)),
            [Some(1), Some(2), Some(4), Some(8), Some(16), None]
        );
        assert_eq!([0, 7, u64::MAX].map(|wish| seconds(Some(429), Some(wish), 2)), [Some(0), Some(7), Some(60)]);
    }

    #[test]
    fn the_servers_interval_is_bounded() {
        let with = |interval| Answer { interval, ..answer(202) }.pause();
        assert_eq!(with(None), None);
        assert_eq!(with(Some(0)), None);
        assert_eq!(with(Some(7)), Some(Duration::from_secs(7)));
        assert_eq!(with(Some(u64::MAX)), Some(Duration::from_secs(900)));
    }
}
