//! Runners report on the jobs they have.

use super::{Client, Message, PIECE_LIMIT, about, over, secret};
use crate::path::Path;
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use axum::http::header::{CONTENT_RANGE, RANGE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use countersign_app::traces::{self, Appended, Patched};
use countersign_app::update_job::{Heard, update_job};
use countersign_domain::ids::JobId;
use countersign_wire::runner::UpdateJob;

/// `PUT jobs/:id`: 200 if noted; 412 if the log is to be sent again from its first byte; 403 for a token that is not the job's, or a job that is over.
pub(super) async fn update(
    State(app): State<AppState>,
    Path(id): Path<i64>,
    client: Client,
    message: Message,
) -> Result<Response, ApiError> {
    let mut report: UpdateJob = message.read()?;
    let token = message.token(std::mem::take(&mut report.token), "job-token");
    let attempt = client.shows(&app, &token)?;
    let reply = match update_job(&app, JobId(id), &token, &report, countersign_app::now()).await? {
        Heard::Unknown => return Err(attempt.failed(ApiError::forbidden())),
        Heard::Over(status) => over(status),
        Heard::Noted(status) => about(StatusCode::OK, status),
        Heard::Resend(status) => about(StatusCode::PRECONDITION_FAILED, status),
    };
    attempt.worked();
    Ok(reply)
}

/// `PATCH jobs/:id/trace`: 202 if stored; 416 with the number of bytes held if it does not follow them.
pub(super) async fn trace(
    State(app): State<AppState>,
    Path(id): Path<i64>,
    client: Client,
    Message { headers, body: piece }: Message<PIECE_LIMIT>,
) -> Result<Response, ApiError> {
    let token = secret(&headers, "job-token");
    let length = piece.len() as u64;
    let first = match headers.get(CONTENT_RANGE) {
        None => 0,
        Some(range) => first_byte(range, length)?,
    };
    let attempt = client.shows(&app, &token)?;
    let patched = traces::patch(&app, JobId(id), &token, (first, piece), countersign_app::now()).await?;
    let reply = match patched.map_err(|e| ApiError::internal(&e))? {
        Patched::Unknown => return Err(attempt.failed(ApiError::forbidden())),
        Patched::Over(status) => over(status),
        Patched::Looked(Appended::Stored(held), status) => ranged(about(StatusCode::ACCEPTED, status), held),
        Patched::Looked(Appended::Elsewhere(held), status) => {
            ranged(about(StatusCode::RANGE_NOT_SATISFIABLE, status), held)
        }
    };
    attempt.worked();
    Ok(reply)
}

/// Reads `<first>-<last>`, inclusive, without a unit or a total, as runners send it; `bytes ` and `/total` are borne.
fn first_byte(range: &HeaderValue, length: u64) -> Result<u64, ApiError> {
    let refused = || ApiError::bad_request("Content-Range must be '<first>-<last>' and fit the body");
    let text = range.to_str().map_err(|_| refused())?.trim();
    let text = text.strip_prefix("bytes").map_or(text, str::trim_start);
    let text = text.split('/').next().unwrap_or_default();
    let (first, last) = text.split_once('-').ok_or_else(refused)?;
    let first: u64 = first.trim().parse().map_err(|_| refused())?;
    if length == 0 {
        return Ok(first);
    }
    let last: u64 = last.trim().parse().map_err(|_| refused())?;
    let fits = last.checked_sub(first).and_then(|span| span.checked_add(1)) == Some(length);
    if fits { Ok(first) } else { Err(refused()) }
}

/// The number after the hyphen is how many bytes are held, not the place of the last one.
fn ranged(mut reply: Response, held: u64) -> Response {
    if let Ok(value) = HeaderValue::try_from(format!("0-{held}")) {
        reply.headers_mut().insert(RANGE, value);
    }
    reply
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_must_fit_the_body() {
        let first = |text: &str, length| first_byte(&HeaderValue::from_str(text).unwrap(), length).ok();
        assert_eq!(first("0-4", 5), Some(0));
        assert_eq!(first("7-7", 1), Some(7));
        assert_eq!(first("bytes 7-9/10", 3), Some(7));
        assert_eq!(first("7-6", 0), Some(7));
        for bad in ["", "5", "0-5", "5-0", "-5", "a-b", "0-18446744073709551615"] {
            assert_eq!(first(bad, 5), None, "{bad}");
        }
    }
}
