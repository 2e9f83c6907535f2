//! What a runner says of a job it has: that it took it up, that it still runs, how it ended.

use crate::flow::Flow;
use crate::traces::resend;
use crate::{App, Result, Tx, job_payload};
use countersign_domain::event::By;
use countersign_domain::ids::JobId;
use countersign_domain::job::{Event as JobEvent, FailureReason, Status};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::jobs::{self, Job};
use countersign_store::{Intent, LockTable};
use countersign_wire::runner::{JobState, UpdateJob};

/// The reasons a runner may give for a failure; the others are the server's own.
pub const REASONS: [FailureReason; 9] = [
    FailureReason::Unknown,
    FailureReason::Script,
    FailureReason::RunnerSystem,
    FailureReason::Timeout,
    FailureReason::Canceled,
    FailureReason::RunnerInterrupted,
    FailureReason::RunnerConfiguration,
    FailureReason::RunnerDependency,
    FailureReason::ImagePull,
];
/// A keep-alive is noted at most this often, in milliseconds.
const TOUCH_EVERY: i64 = 5_000;

/// What the server makes of a runner's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The token is not that job's.
    Unknown,
    /// The job is over for the runner; its status.
    Over(Status),
    /// Noted; the job's status now.
    Noted(Status),
    /// Its log did not arrive as the runner sent it, and is to be sent again from its first byte; the job's status.
    Resend(Status),
}

/// How a job ended, in the runner's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Why it failed; `None` if it succeeded.
    pub failure: Option<FailureReason>,
    /// What its script ended with.
    pub exit_code: Option<i64>,
    /// Where its environment can be seen, if that was settled only now; `Some(None)` if what it says is no address.
    pub url: Option<Option<String>>,
}

/// Notes what a runner says of the job with that token.
///
/// # Errors
/// The store's.
pub async fn update_job(app: &App, id: JobId, secret: &str, said: &UpdateJob, now: Timestamp) -> Result<Heard> {
    let hash = token::hash(secret);
    let Some(job) = app.store.read(find(id, hash.clone())).await? else { return Ok(Heard::Unknown) };
    if !job.status.is_claimed() {
        return Ok(Heard::Over(job.status));
    }
    let failure = match said.state {
        JobState::Pending | JobState::Running => return note_alive(app, &job, now).await,
        JobState::Success => None,
        JobState::Failed => Some(reason(said.failure_reason.as_deref())),
    };
    // A runner that would not understand is not asked.
    if said.info.features.trace_reset && job.erased_at.is_none() && resend::is_wanted(app, &job, &said.output).await {
        note_alive(app, &job, now).await?;
        return Ok(Heard::Resend(job.status));
    }
    let config = app.config.clone();
    let url = match failure {
        None => app.store.read(move |tx| job_payload::settled_url(tx, &config, id)).await?,
        Some(_) => None,
    };
    let ended = Ended { failure, exit_code: said.exit_code, url };
    let heard =
        app.store.write(By::default(), now, Intent::Decide, move |tx| finish(tx, id, &hash, &ended, now)).await?;
    app.wake.runners();
    resend::settle(app, &job).await;
    Ok(heard)
}

/// The job with that id, if the token is its own.
pub(crate) fn find(id: JobId, hash: Vec<u8>) -> impl Fn(&mut Tx<'_>) -> Result<Option<Job>> + Send + Sync + 'static {
    move |tx| Ok(jobs::by_token(tx, hash.clone())?.filter(|job| job.id == id))
}

/// Notes that the runner was heard of; its first word takes the job up.
///
/// # Errors
/// The store's.
pub async fn note_alive(app: &App, job: &Job, now: Timestamp) -> Result<Heard> {
    let (id, pipeline, taken_up) = (job.id, job.pipeline_id, job.acknowledged_at.is_some());
    let silent = job.contacted_at.is_none_or(|at| now.since(at) >= TOUCH_EVERY);
    if !taken_up {
        app.store
            .housekeeping(move |tx| {
                tx.lock_row(LockTable::Pipelines, pipeline.0)?;
                Ok(jobs::acknowledge(tx, id, now)?)
            })
            .await?;
    } else if silent {
        app.store.housekeeping(move |tx| Ok(jobs::touch(tx, id, now)?)).await?;
    }
    Ok(Heard::Noted(job.status))
}

/// Ends a job as its runner says; one that is being canceled ends canceled, whatever the runner says.
///
/// # Errors
/// The store's.
pub fn finish(tx: &mut Tx<'_>, id: JobId, hash: &[u8], ended: &Ended, now: Timestamp) -> Result<Ending<Heard>> {
    let Some(mut job) = jobs::for_decision(tx, id)?.filter(|j| j.token_hash.as_deref() == Some(hash)) else {
        return Ok(Ending::Unchanged(Heard::Unknown));
    };
    if !job.status.is_claimed() {
        return Ok(Ending::Unchanged(Heard::Over(job.status)));
    }
    if let Some(url) = &ended.url {
        jobs::set_environment_url(tx, id, url.as_deref())?;
    }
    let mut flow = Flow::new(tx, now);
    job.contacted_at = Some(now);
    job.acknowledged_at = job.acknowledged_at.or(Some(now));
    job.exit_code = ended.exit_code.or(ended.failure.is_none().then_some(0));
    let event = match (job.status, ended.failure) {
        (Status::Canceling, _) => JobEvent::Cancel,
        (_, None) => JobEvent::Succeed,
        (_, Some(_)) => JobEvent::Fail,
    };
    let reason = ended.failure.filter(|_| event == JobEvent::Fail);
    flow.end_job(&mut job, event, reason)?;
    flow.advance(job.pipeline_id)?;
    Ok(Ending::from_events(Heard::Noted(job.status), flow.events))
}

/// A runner's reason for a failure; one that is not for runners to give is unknown.
fn reason(said: Option<&str>) -> FailureReason {
    let read = said.map_or(FailureReason::Script, FailureReason::parse);
    if REASONS.contains(&read) { read } else { FailureReason::Unknown }
}
