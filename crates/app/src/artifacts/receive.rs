//! A runner brings a file of the job it has.

use super::shelf::{Draft, Shelf};
use super::{LONGEST_DOTENV, dotenv};
use crate::script::{Keep, Script};
use crate::{App, Failure, Result, Tx, update_job};
use countersign_domain::ids::JobId;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::artifacts::{self, Artifact, Format, Kind};
use countersign_store::jobs::{self, Job};
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};

/// How long files are kept that do not say so, in milliseconds: 30 days, as in GitLab.
const USUAL_LIFE: i64 = 30 * 24 * 3600 * 1000;

/// A file that arrived.
#[derive(Debug)]
pub struct Arrived {
    /// What it is for.
    pub kind: Kind,
    /// How it is packed.
    pub format: Format,
    /// What it is called.
    pub filename: String,
    /// Its content.
    pub draft: Draft,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is kept.
    Kept,
    /// The job is not the runner's any more.
    Over,
    /// It cannot be used, and why.
    Refused(String),
}

/// The job that a runner has and may bring files of.
///
/// # Errors
/// The store's.
pub async fn uploader(app: &App, id: JobId, secret: &str) -> Result<Option<Job>> {
    let job = app.store.read(update_job::find(id, token::hash(secret))).await?;
    Ok(job.filter(|job| job.status.is_claimed()))
}

/// Keeps a file of a job that still runs with that token.
///
/// # Errors
/// The outer one: the store's. The inner one: the file cannot be read or made durable.
pub async fn receive(app: &App, job: &Job, arrived: Arrived, now: Timestamp) -> Result<io::Result<Received>> {
    let Arrived { kind, format, filename, draft } = arrived;
    let (id, project, hash) = (job.id, job.project_id, job.token_hash.clone());
    let checked = tokio::task::spawn_blocking(move || checked(kind, format, draft)).await;
    let (draft, variables) = match checked.unwrap_or_else(|gone| Err(io::Error::other(gone))) {
        Err(why) => return Ok(Err(why)),
        Ok(Err(why)) => return Ok(Ok(Received::Refused(why))),
        Ok(Ok(checked)) => checked,
    };
    let new = Artifact {
        job_id: id,
        kind,
        format,
        project_id: project,
        filename,
        size: i64::try_from(draft.size()).unwrap_or(i64::MAX),
        file: draft.name().to_owned(),
        variables,
        created_at: now,
        expire_at: expiry(job, now),
    };
    let note = move |tx: &mut Tx<'_>| {
        let runs = jobs::for_decision(tx, id)?.is_some_and(|j| j.token_hash == hash && j.status.is_claimed());
        if runs { Ok::<_, Failure>(Some(artifacts::put(tx, &new)?)) } else { Ok(None) }
    };
    let Some(before) = app.store.housekeeping(note).await? else { return Ok(Ok(Received::Over)) };
    draft.keep();
    if let Some(before) = before
        && let Err(why) = Shelf::of(&app.config).remove(&before)
    {
        tracing::warn!(job = id.0, %why, "a file that was replaced is still there");
    }
    Ok(Ok(Received::Kept))
}

/// The file, durable, with the variables in it; the inner error says why it is of no use.
fn checked(kind: Kind, format: Format, draft: Draft) -> io::Result<Result<(Draft, String), String>> {
    draft.sync()?;
    if kind == Kind::Archive {
        return Ok(Ok((draft, "[]".into())));
    }
    if !matches!(format, Format::Gzip | Format::Raw) {
        return Ok(Err(format!("a dotenv report must be gzip or raw, not {}", format.as_str())));
    }
    let content = draft.content()?;
    let mut text = Vec::new();
    if format == Format::Gzip {
        let unpacked = MultiGzDecoder::new(content.as_slice()).take(LONGEST_DOTENV + 1).read_to_end(&mut text);
        if let Err(why) = unpacked {
            return Ok(Err(format!("the dotenv report cannot be unpacked: {why}")));
        }
    } else {
        text = content;
    }
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > LONGEST_DOTENV {
        return Ok(Err(format!("the dotenv report is longer than {LONGEST_DOTENV} bytes")));
    }
    Ok(dotenv::parse(&text).map(|variables| (draft, dotenv::write(&variables))))
}

/// From when on the files of a job are gone, by what its configuration says.
fn expiry(job: &Job, now: Timestamp) -> Option<Timestamp> {
    match Script::read(&job.script).unwrap_or_default().keep {
        Keep::Usual => Some(now.plus_ms(USUAL_LIFE)),
        Keep::Seconds(seconds) => Some(now.plus_ms(seconds.saturating_mul(1000))),
        Keep::Forever => None,
    }
}
