//! A runner asks for a job; the request is held for a while if there is none.

use crate::claim::{self, Introduction, Look};
use crate::secrets::{self, SecretError};
use crate::wake::Call;
use crate::{App, Error, Failure, Tx, job_payload};
use countersign_domain::event::By;
use countersign_domain::ids::{JobId, RunnerId};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_domain::token::{self, JOB_PREFIX};
use countersign_store::Intent;
use countersign_store::runners::{self, Runner};
use countersign_wire::runner::{Job, JobRequest};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::sleep;

/// How often a runner's machine is noted if nothing about it changes, in milliseconds.
const NOTE_EVERY: i64 = 30_000;
/// How many machines are remembered before all are forgotten.
const MOST_MACHINES: usize = 50_000;

/// When each machine of a runner was last noted in the database, and a mark of what it said of itself.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<(RunnerId, u64), (Timestamp, u64)>>);

impl Seen {
    /// Whether a machine is to be noted now.
    fn is_due(&self, runner: RunnerId, heard: &Introduction, now: Timestamp) -> bool {
        let (key, said) = ((runner, mark(&heard.system_id)), mark(heard));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_MACHINES {
            known.clear();
        }
        let current = known.get(&key).is_some_and(|(at, had)| now.since(*at) < NOTE_EVERY && *had == said);
        if !current {
            known.insert(key, (now, said));
        }
        !current
    }

    /// A machine was not noted after all.
    fn forget(&self, runner: RunnerId, system_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(runner, mark(system_id)));
    }
}

/// A short mark of something: whoever makes two things with one mark only has a machine of their own noted later.
fn mark(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The answer to a request for a job.
pub enum Requested {
    /// The runner's token is nobody's.
    Unknown,
    /// There is no job.
    Nothing,
    /// Here is one.
    Job(Box<Job>),
}

/// Why a request for a job could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Failure),
    /// The machine has no randomness to give.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Waits for a job for the runner that asks, for as long as the settings say. Ends when it is dropped: a job that was
/// handed out in that moment counts as not taken up. While it waits it holds little, and reads nothing: whoever puts a job
/// into the queue calls one request that may have it.
///
/// # Errors
/// The database failed, or no token could be made.
pub async fn request_job(app: &App, asked: JobRequest, from: Option<IpAddr>) -> Result<Requested, RequestError> {
    let mut held = std::pin::pin!(sleep(Duration::from_millis(app.config.hold_requests_ms)));
    let mut rung = app.wake.rung();
    let mut found = look(app, &asked.token).await?;
    if let Look::Nothing(runner) | Look::Waiting(runner) = &found {
        note(app, runner, Introduction { system_id: asked.system_id, info: asked.info, from }).await?;
    }
    let secret = asked.token;
    loop {
        let runner = match found {
            Look::Unknown => return Ok(Requested::Unknown),
            Look::Nothing(runner) => runner,
            Look::Waiting(runner) => {
                if let Some(job) = take(app, &secret, None).await? {
                    return Ok(Requested::Job(job));
                }
                runner
            }
        };
        if app.config.hold_requests_ms == 0 {
            return Ok(Requested::Nothing);
        }
        let Some(mut seat) = app.wake.seat(runner) else { return Ok(Requested::Nothing) };
        // What came into the queue between the look and the seat called nobody.
        if app.wake.rung() == rung {
            let call = tokio::select! {
                () = &mut held => return Ok(Requested::Nothing),
                call = seat.called() => call,
            };
            if let Call::Take(job) = call {
                let taken = take(app, &secret, Some(job)).await?;
                seat.settle();
                if let Some(job) = taken {
                    return Ok(Requested::Job(job));
                }
            }
        }
        if held.is_elapsed() {
            return Ok(Requested::Nothing);
        }
        rung = app.wake.rung();
        found = look(app, &secret).await?;
    }
}

/// Looks at the queue, unless nothing has come into it since the runner looked last.
async fn look(app: &App, secret: &str) -> Result<Look, Failure> {
    let (hash, rung, now) = (token::hash(secret), app.wake.rung(), crate::now());
    if let Some(runner) = app.wake.quiet(&hash, now) {
        return Ok(Look::Nothing(runner));
    }
    let shown = hash.clone();
    let found = app.store.read(move |tx| claim::look(tx, &shown)).await?;
    if let Look::Nothing(runner) = &found {
        app.wake.note_quiet(hash, runner, rung, now);
    }
    Ok(found)
}

/// Takes the job that was offered, or else the oldest, if there is one.
async fn take(app: &App, secret: &str, offered: Option<JobId>) -> Result<Option<Box<Job>>, RequestError> {
    let job_token = secrets::random(JOB_PREFIX)?;
    let (now, hash, given) = (crate::now(), token::hash(secret), job_token.clone());
    let claiming = move |tx: &mut Tx<'_>| match runners::by_token(tx, hash.clone())? {
        Some(runner) => {
            let claimed = claim::claim(tx, &runner, offered, &given, now)?;
            Ok(claimed.map(|job| job.map(|job| (job, runner))))
        }
        None => Ok(Ending::Unchanged(None)),
    };
    let claimed = app.store.write(By::default(), now, Intent::Decide, claiming).await?;
    let Some((id, runner)) = claimed else { return Ok(None) };
    let config = app.config.clone();
    let job = app.store.read(move |tx| job_payload::payload(tx, &config, &runner, id, &job_token)).await?;
    keep(app, &job).await;
    Ok(Some(Box::new(job)))
}

/// Makes sure that the hidden ref is there by which the runner fetches the commit: the job may have been claimed in the
/// instant between its pipeline and that ref. What fails is left to the fetch, which may still find the branch.
async fn keep(app: &App, job: &Job) {
    let (project, pipeline) = (job.job_info.project_id, job.job_info.pipeline_id);
    if app.repositories.keeps(project, pipeline) {
        return;
    }
    let (repositories, sha) = (app.repositories.clone(), job.git_info.sha.clone());
    match tokio::task::spawn_blocking(move || repositories.keep(project, pipeline, &sha)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(pipeline, %error, "the commit of a job handed out cannot be kept"),
        Err(error) => tracing::error!(pipeline, %error, "keeping the commit of a job handed out broke off"),
    }
}

/// Notes that a runner was heard of, now and then. Where too much waits for the database it is noted another time.
///
/// # Errors
/// The database failed.
pub async fn note(app: &App, runner: &Runner, heard: Introduction) -> Result<(), Failure> {
    let (now, id) = (crate::now(), runner.id);
    if !app.seen.is_due(id, &heard, now) {
        return Ok(());
    }
    let (of, system) = (runner.clone(), heard.system_id.clone());
    match app.store.housekeeping(move |tx| claim::heard(tx, &of, &heard, now)).await {
        Err(Failure::Store(Error::Busy)) => {
            app.seen.forget(id, &system);
            Ok(())
        }
        noted => noted,
    }
}
