//! Runners bring the files of the jobs they have, and fetch those of earlier ones.

use super::{Client, secret};
use crate::artifact_file;
use crate::path::Path;
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign_app::artifacts::{self, Arrived, Draft, LONGEST_DOTENV, Received, Shelf};
use countersign_domain::ids::JobId;
use countersign_store::artifacts::{Format, Kind};
use countersign_store::jobs::Job;
use serde::Deserialize;
use std::time::Duration;
use tracing::Instrument;

/// How long the next piece of a file may take to arrive.
const PIECE_TIME: Duration = Duration::from_secs(60);
/// Longest name of a file, in characters.
const LONGEST_NAME: usize = 255;

/// What a runner says of a file.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    /// What it is for; an archive if it says nothing.
    #[serde(default)]
    artifact_type: String,
    /// How it is packed.
    #[serde(default)]
    artifact_format: String,
}

/// `POST jobs/:id/artifacts`: 201 if kept, 413 if too long, 403 for a token that is not that of a running job.
pub(super) async fn upload(
    State(app): State<AppState>,
    Path(id): Path<i64>,
    client: Client,
    said: Result<Query<Said>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Multipart, MultipartRejection>,
) -> Result<Response, ApiError> {
    let token = secret(&headers, "job-token");
    let attempt = client.shows(&app, &token)?;
    let Some(job) = artifacts::uploader(&app, JobId(id), &token).await? else {
        return Err(attempt.failed(ApiError::forbidden()));
    };
    attempt.worked();
    let Query(said) = said.map_err(|why| ApiError::bad_request(why.body_text()))?;
    let body = body.map_err(|why| ApiError::bad_request(why.body_text()))?;
    let arrived = arrive(&app, &job, what(&said)?, body).await?;
    let status = job.status;
    // Once begun it goes on to its end, though the client goes away: the row and the file stay together.
    let keep = async move { artifacts::receive(&app, &job, arrived, countersign_app::now()).await };
    let received = tokio::spawn(keep.in_current_span()).await.map_err(|gone| ApiError::internal(&gone))??;
    match received.map_err(|why| ApiError::internal(&why))? {
        Received::Kept => Ok(super::about(StatusCode::CREATED, status)),
        Received::Over => Err(ApiError::forbidden_because("Job is not running")),
        Received::Refused(why) => Err(ApiError::bad_request(why)),
    }
}

/// What a file is for and how it is packed: an archive by zip, and variables not at all, if nothing is said.
///
/// # Errors
/// 400: that is not kept.
fn what(said: &Said) -> Result<(Kind, Format), ApiError> {
    let (kind, format) = (said.artifact_type.as_str(), said.artifact_format.as_str());
    let kind = if kind.is_empty() { Some(Kind::Archive) } else { Kind::parse(kind) };
    let kind = kind.ok_or_else(|| unknown("artifact_type", &Kind::ALL.map(Kind::as_str), &said.artifact_type))?;
    let format = match (format, kind) {
        ("", Kind::Archive) => Some(Format::Zip),
        ("", Kind::Dotenv) => Some(Format::Raw),
        (word, _) => Format::parse(word),
    };
    let words = Format::ALL.map(Format::as_str);
    let format = format.ok_or_else(|| unknown("artifact_format", &words, &said.artifact_format))?;
    Ok((kind, format))
}

fn unknown(field: &str, known: &[&str], said: &str) -> ApiError {
    ApiError::bad_request(format_args!("{field} must be {}, not '{said}'", known.join(" or ")))
}

/// Takes in the part `file`.
///
/// # Errors
/// 400: there is none, or the body breaks off. 413: it is too long.
async fn arrive(
    app: &AppState,
    job: &Job,
    (kind, format): (Kind, Format),
    mut body: Multipart,
) -> Result<Arrived, ApiError> {
    let limit = match kind {
        Kind::Archive => app.config.max_artifact_bytes,
        // Packed, it may even be a little longer.
        Kind::Dotenv => 2 * LONGEST_DOTENV,
    };
    while let Some(mut field) = in_time(body.next_field()).await? {
        if field.name() != Some("file") {
            continue;
        }
        let filename = filename(field.file_name().unwrap_or_default());
        let begun = Shelf::of(&app.config).begin(job.project_id, job.id, limit);
        let mut draft = begun.map_err(|why| ApiError::internal(&why))?;
        fill(&mut draft, &mut field, limit).await?;
        return Ok(Arrived { kind, format, filename, draft });
    }
    Err(ApiError::bad_request("the body must have a part named 'file'"))
}

async fn fill(draft: &mut Draft, field: &mut Field<'_>, limit: u64) -> Result<(), ApiError> {
    while let Some(piece) = in_time(field.chunk()).await? {
        // The disk's own cache takes a piece at once.
        if !draft.write(&piece).map_err(|why| ApiError::internal(&why))? {
            drain(field, limit).await?;
            return Err(ApiError::too_large(usize::try_from(limit).unwrap_or(usize::MAX)));
        }
    }
    Ok(())
}

/// Takes in as much again of a file that is too long, and keeps nothing of it: a client that is still sending when the answer
/// comes sees a broken connection in place of it, and tries again.
async fn drain(field: &mut Field<'_>, limit: u64) -> Result<(), ApiError> {
    let mut left = limit;
    while let Some(piece) = in_time(field.chunk()).await? {
        left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if left == 0 {
            break;
        }
    }
    Ok(())
}

/// Waits for the next part or piece.
async fn in_time<T>(
    next: impl Future<Output = Result<T, axum::extract::multipart::MultipartError>>,
) -> Result<T, ApiError> {
    let arrived = tokio::time::timeout(PIECE_TIME, next).await;
    let arrived =
        arrived.map_err(|_| ApiError::message(StatusCode::REQUEST_TIMEOUT, "The file did not arrive in time"))?;
    arrived.map_err(|why| ApiError::bad_request(format_args!("the body cannot be read: {}", why.body_text())))
}

/// The last part of a name, without anything that a header or a file system could take amiss.
fn filename(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = last.chars().map(|c| if c.is_control() || c == '"' { '_' } else { c });
    let name: String = plain.take(LONGEST_NAME).collect();
    if name.trim_matches('.').is_empty() { "artifacts.zip".to_owned() } else { name }
}

/// `GET jobs/:id/artifacts`: the archive of a job of the same pipeline; 403 for a token that is not that of a running
/// job.
pub(super) async fn download(
    State(app): State<AppState>,
    Path(id): Path<i64>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (token, now) = (secret(&headers, "job-token"), countersign_app::now());
    let attempt = client.shows(&app, &token)?;
    let shown = token.clone();
    let Some(found) = app.read(move |tx| artifacts::for_runner(tx, JobId(id), &shown, now)).await? else {
        return Err(attempt.failed(ApiError::forbidden()));
    };
    attempt.worked();
    artifact_file::send(&app, found.ok_or_else(ApiError::not_found)?).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_harmless() {
        for (given, expected) in [
            ("artifacts.zip", "artifacts.zip"),
            ("../../etc/passwd", "passwd"),
            ("C:\\a\\b.zip", "b.zip"),
            ("a\"b\n.zip", "a_b_.zip"),
            ("", "artifacts.zip"),
            ("..", "artifacts.zip"),
            ("é.zip", "é.zip"),
        ] {
            assert_eq!(filename(given), expected, "{given:?}");
        }
        assert_eq!(filename(&"x".repeat(300)).len(), LONGEST_NAME);
    }

    #[test]
    fn only_archives_and_variables_are_kept_in_formats_that_are_known() {
        let said =
            |kind: &str, format: &str| what(&Said { artifact_type: kind.into(), artifact_format: format.into() }).ok();
        assert_eq!(said("", ""), Some((Kind::Archive, Format::Zip)));
        assert_eq!(said("dotenv", ""), Some((Kind::Dotenv, Format::Raw)));
        assert_eq!(said("archive", "tarzstd"), Some((Kind::Archive, Format::TarZstd)));
        assert_eq!((said("junit", ""), said("", "rar")), (None, None));
    }
}
