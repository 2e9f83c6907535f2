//! Tells the server about one job: the acknowledgement, the log as it grows, keep-alives, and the final word.

use std::sync::Arc;
use std::time::Duration;

use countersign_wire::runner::{FailureReason, Job, JobState, Output, UpdateJob};
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::cursor::{Answer, CHUNK, Closed, Cursor, Sent, closed};
use crate::execute::Outcome;
use crate::stop::{Stop, Stopper};
use crate::trace::Trace;

/// The pause between two looks at the log, where the server asks for no other.
const TICK: Duration = Duration::from_millis(250);

/// The longest pause after reports that failed.
const LONGEST_TICK: Duration = Duration::from_secs(15);

/// How long the server may go without a report that it took.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How often the final report is tried.
const FINAL_ROUNDS: u32 = 10;

/// The pause after the first final report that failed; every further one doubles it.
const FINAL_PAUSE: Duration = Duration::from_secs(1);

/// How often the server may send the cursor elsewhere in one attempt to send the rest of a log.
const MOST_MOVES: u32 = 5;

/// The longest pause between two final reports.
const LONGEST_FINAL_PAUSE: Duration = Duration::from_secs(60);

/// What the server says to the acknowledgement of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acknowledged {
    /// Run it. No clear answer means this too.
    Run,
    /// Do not run it, but say that it was cancelled.
    Cancel,
    /// Do not run it and say nothing.
    Drop,
}

/// The server's view of one job.
pub(crate) struct Report {
    client: Arc<Client>,
    job: Arc<Job>,
    trace: Arc<Trace>,
    cursor: Cursor,
    /// The pause the server asked for.
    asked: Option<Duration>,
    /// When the server last took a report.
    heard: Instant,
    /// How many reports in a row were not taken.
    failures: u32,
    /// Whether the server asked to cancel the job.
    canceling: bool,
}

impl Report {
    /// A report about `job`, whose log is `trace`.
    pub(crate) fn new(client: Arc<Client>, job: Arc<Job>, trace: Arc<Trace>) -> Self {
        let heard = Instant::now();
        Self { client, job, trace, cursor: Cursor::default(), asked: None, heard, failures: 0, canceling: false }
    }

    /// Tells the server that the job is taken.
    pub(crate) async fn acknowledge(&mut self) -> Acknowledged {
        let update = UpdateJob { token: self.job.token.clone(), ..UpdateJob::default() };
        match self.client.update(self.job.id, update).await {
            Some(answer) if answer.is_over() || answer.status == 404 => Acknowledged::Drop,
            Some(answer) if answer.is_canceling() => Acknowledged::Cancel,
            _ => Acknowledged::Run,
        }
    }

    /// Sends the log as it grows, for as long as it is polled. What the server orders goes to `stopper`.
    pub(crate) async fn stream(&mut self, stopper: &Stopper) {
        loop {
            sleep(self.pause()).await;
            let over = if self.trace.len() > self.cursor.offset() {
                self.send().await == Sent::Over
            } else {
                self.heard.elapsed() >= KEEP_ALIVE && self.touch().await
            };
            if self.canceling {
                stopper.raise(Stop::Cancel);
            }
            if over {
                stopper.raise(Stop::Abort);
                // The server wants nothing more of this job; its end comes from elsewhere.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Sends the rest of the log and says how the job ended. Unless `patient`, there is only one attempt.
    pub(crate) async fn close(&mut self, outcome: &Outcome, patient: bool) {
        self.asked = None;
        let rounds = if patient { FINAL_ROUNDS } else { 1 };
        for round in 0..rounds {
            if self.flush().await && self.conclude(outcome).await {
                return;
            }
            if round + 1 < rounds {
                sleep(backoff(FINAL_PAUSE, round, LONGEST_FINAL_PAUSE)).await;
            }
        }
        tracing::error!(job = self.job.id, "the server did not take the final report of a job");
    }

    /// Says how the job ended; false if that, or the whole log, is to be tried again.
    async fn conclude(&mut self, outcome: &Outcome) -> bool {
        loop {
            let answer = self.client.update(self.job.id, self.final_update(outcome)).await;
            self.note(answer.as_ref(), false);
            match closed(answer.as_ref()) {
                Closed::Done => return true,
                Closed::Wait => sleep(self.asked.unwrap_or(FINAL_PAUSE)).await,
                Closed::Resend => {
                    self.cursor.reset();
                    return false;
                }
                Closed::Retry => return false,
            }
        }
    }

    fn final_update(&self, outcome: &Outcome) -> UpdateJob {
        let (sum, size) = self.trace.checksum();
        let checksum = format!("crc32:{sum:08x}");
        let known = &self.job.features.failure_reasons;
        UpdateJob {
            token: self.job.token.clone(),
            state: if outcome.failure.is_some() { JobState::Failed } else { JobState::Success },
            failure_reason: outcome.failure.map(|reason| reason.understood_by(known).to_string()),
            checksum: Some(checksum.clone()),
            output: Output { checksum: Some(checksum), bytesize: u64::try_from(size).ok() },
            exit_code: outcome.exit_code.filter(|code| *code != 0),
            ..UpdateJob::default()
        }
    }

    /// Sends all that is left of the log; false if some of it was not taken.
    async fn flush(&mut self) -> bool {
        let mut moves = 0;
        while self.trace.len() > self.cursor.offset() {
            match self.send().await {
                Sent::Stored => {}
                Sent::Moved if moves < MOST_MOVES => moves += 1,
                Sent::Moved | Sent::Retry => return false,
                // The final word is worth saying even where the log is not wanted.
                Sent::Missing | Sent::Over => return true,
            }
        }
        true
    }

    /// Sends the next piece of the log.
    async fn send(&mut self) -> Sent {
        let chunk = self.trace.chunk(self.cursor.offset(), CHUNK);
        let length = chunk.len();
        let range = self.cursor.content_range(length);
        let answer = self.client.patch_trace(self.job.id, &self.job.token, &range, chunk).await;
        let sent = self.cursor.patched(answer.as_ref(), length, self.trace.len());
        self.note(answer.as_ref(), matches!(sent, Sent::Stored | Sent::Moved));
        sent
    }

    /// Says that the job is still running; true if it is over for the server.
    async fn touch(&mut self) -> bool {
        let update = UpdateJob { token: self.job.token.clone(), ..UpdateJob::default() };
        let answer = self.client.update(self.job.id, update).await;
        self.note(answer.as_ref(), answer.as_ref().is_some_and(|answer| answer.status == 200));
        answer.is_some_and(|answer| answer.is_over() || answer.status == 404)
    }

    /// Keeps what an answer says beside its status.
    fn note(&mut self, answer: Option<&Answer>, taken: bool) {
        self.asked = answer.and_then(Answer::pause).or(self.asked);
        self.canceling |= answer.is_some_and(Answer::is_canceling);
        if taken {
            self.heard = Instant::now();
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
        }
    }

    /// How long to wait before the next look at the log.
    fn pause(&self) -> Duration {
        let tick = self.asked.unwrap_or(TICK);
        if self.failures == 0 { tick } else { backoff(tick, self.failures, LONGEST_TICK.max(tick)) }
    }
}

/// `first`, doubled `times` times, but never more than `most`.
pub(crate) fn backoff(first: Duration, times: u32, most: Duration) -> Duration {
    first.saturating_mul(1 << times.min(16)).min(most)
}

/// The failure of a job that was cancelled before it began.
pub(crate) fn canceled_before_start() -> Outcome {
    Outcome { failure: Some(FailureReason::JobCanceled), exit_code: None }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::backoff;

    #[test]
    fn a_pause_doubles_up_to_its_limit() {
        let pause = |times| backoff(Duration::from_secs(1), times, Duration::from_secs(60)).as_secs();
        assert_eq!([pause(0), pause(1), pause(5), pause(6), pause(u32::MAX)], [1, 2, 32, 60, 60]);
    }
}
