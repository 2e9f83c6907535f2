//! Runners show their token and ask for jobs.

use super::{Client, Message};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_app::claim::{self, Introduction};
use countersign_app::request_job::{self, RequestError, Requested};
use countersign_wire::runner::{JobRequest, VerifyReply, VerifyRequest};

/// `POST runners/verify`: 200 for a token that is somebody's, 403 for any other.
pub(super) async fn verify(
    State(app): State<AppState>,
    client: Client,
    message: Message,
) -> Result<Json<VerifyReply>, ApiError> {
    let asked: VerifyRequest = message.read()?;
    let token = message.token(asked.token, "runner-token");
    let shown = token.clone();
    let attempt = client.shows(&app, &token)?;
    let Some(runner) = app.read(move |tx| claim::runner(tx, &token)).await? else {
        return Err(attempt.failed(ApiError::forbidden()));
    };
    attempt.worked();
    let heard = Introduction { system_id: asked.system_id, info: asked.info, from: client.address() };
    request_job::note(&app, &runner, heard).await?;
    Ok(Json(VerifyReply { id: runner.id.0, token: shown, token_expires_at: None }))
}

/// `POST jobs/request`: 201 with a job, 204 without one, 403 for a token that is nobody's.
pub(super) async fn request_job(
    State(app): State<AppState>,
    client: Client,
    message: Message,
) -> Result<Response, ApiError> {
    let mut asked: JobRequest = message.read()?;
    asked.token = message.token(asked.token, "runner-token");
    // The request may be held for long: nothing of how it was written is kept that long.
    drop(message);
    let attempt = client.shows(&app, &asked.token)?;
    let reply = match request_job::request_job(&app, asked, client.address()).await {
        Ok(Requested::Job(job)) => Created(*job).into_response(),
        Ok(Requested::Nothing) => StatusCode::NO_CONTENT.into_response(),
        Ok(Requested::Unknown) => return Err(attempt.failed(ApiError::forbidden())),
        Err(RequestError::Store(why)) => return Err(why.into()),
        Err(RequestError::Secret(why)) => return Err(ApiError::internal(&why)),
    };
    attempt.worked();
    Ok(reply)
}
