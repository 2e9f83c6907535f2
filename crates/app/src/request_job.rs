//! A runner asks for a job; the request is held for a while if there is none.

use crate::claim::{self, Look};
use crate::secrets::{self, SecretError};
use crate::{App, Failure, job_payload};
use countersign_domain::event::By;
use countersign_domain::ids::RunnerId;
use countersign_domain::time::Timestamp;
use countersign_domain::token::JOB_PREFIX;
use countersign_store::Intent;
use countersign_store::runners::Runner;
use countersign_wire::runner::{Info, Job, JobRequest};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// While a request is held, the queue is looked at this often even if nothing rings.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a runner's machine is noted if nothing about it changes, in milliseconds.
const NOTE_EVERY: i64 = 30_000;
/// How many machines are remembered before all are forgotten.
const MOST_MACHINES: usize = 10_000;

/// How much of what a machine says of itself is kept, in characters.
const LONGEST_WORD: usize = 255;

/// When each machine of a runner was last noted in the database, and with what features.
#[derive(Debug, Default)]
pub struct Seen(Mutex<HashMap<(RunnerId, String), (Timestamp, String)>>);

impl Seen {
    /// Whether a machine is to be noted now.
    fn is_due(&self, runner: RunnerId, system_id: &str, info: &Info, now: Timestamp) -> bool {
        let short = |text: &str| text.chars().take(LONGEST_WORD).collect::<String>();
        let features = format!("{} {:?}", short(&info.version), info.features);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_MACHINES {
            known.clear();
        }
        let key = (runner, short(system_id));
        let current = known.get(&key).is_some_and(|(at, had)| now.since(*at) < NOTE_EVERY && *had == features);
        if !current {
            known.insert(key, (now, features));
        }
        !current
    }
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
/// handed out in that moment counts as not taken up.
///
/// # Errors
/// The database failed, or no token could be made.
pub async fn request_job(app: &App, asked: &JobRequest) -> Result<Requested, RequestError> {
    let mut held = std::pin::pin!(sleep(Duration::from_millis(app.config.hold_requests_ms)));
    loop {
        let mut bell = app.wake.listen();
        if app.wake.is_closing() {
            return Ok(Requested::Nothing);
        }
        let secret = asked.token.clone();
        match app.store.read(move |tx| claim::look(tx, &secret)).await? {
            Look::Unknown => return Ok(Requested::Unknown),
            Look::Nothing(runner) => note(app, &runner, asked).await?,
            Look::Waiting(runner) => {
                note(app, &runner, asked).await?;
                if let Some(job) = take(app, *runner).await? {
                    return Ok(Requested::Job(Box::new(job)));
                }
            }
        }
        tokio::select! {
            () = &mut held => return Ok(Requested::Nothing),
            // Whether it rang or the time was up, the queue is looked at again.
            _ = timeout(LOOK_EVERY, bell.changed()) => {}
        }
    }
}

async fn take(app: &App, runner: Runner) -> Result<Option<Job>, RequestError> {
    let job_token = secrets::random(JOB_PREFIX)?;
    let (now, asking, secret) = (crate::now(), runner.clone(), job_token.clone());
    let claimed =
        app.store.write(By::default(), now, Intent::Decide, move |tx| claim::claim(tx, &asking, &secret, now)).await?;
    let Some(id) = claimed else { return Ok(None) };
    let config = app.config.clone();
    let job = app.store.read(move |tx| job_payload::payload(tx, &config, &runner, id, &job_token)).await?;
    keep(app, &job).await;
    Ok(Some(job))
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

/// Notes that a runner was heard of, now and then.
///
/// # Errors
/// The database failed.
pub async fn note(app: &App, runner: &Runner, asked: &JobRequest) -> Result<(), Failure> {
    let now = crate::now();
    if !app.seen.is_due(runner.id, &asked.system_id, &asked.info, now) {
        return Ok(());
    }
    let (runner, asked) = (runner.clone(), asked.clone());
    app.store.housekeeping(move |tx| claim::heard(tx, &runner, &asked.system_id, &asked.info, now)).await
}
