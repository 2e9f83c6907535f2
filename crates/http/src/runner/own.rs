//! What runners do about themselves, by their own token.

use super::{Client, Message};
use crate::reply::{ApiError, Created, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::{Failure, Tx, own_runner, secrets};
use countersign_domain::event::By;
use countersign_domain::ids::RunnerId;
use countersign_domain::outcome::Ending;
use countersign_domain::token::{self, RUNNER_PREFIX};
use countersign_store::Intent;
use countersign_wire::runner::VerifyRequest;
use countersign_wire::runner_admin::RunnerToken;

/// `POST runners`, as runners register with a registration token: always 403. There are no such tokens.
pub(super) async fn register() -> ApiError {
    ApiError::forbidden_because(
        "there are no registration tokens: create the runner with POST /user/runners, and register with the token \
         glrt-… that it answers",
    )
}

/// `DELETE runners`: 204, and the runner is deleted; 403 for a token that is nobody's.
pub(super) async fn leave(
    State(app): State<AppState>,
    client: Client,
    message: Message,
) -> Result<NoContent, ApiError> {
    let asked: VerifyRequest = message.read()?;
    let token = message.token(asked.token, "runner-token");
    of_itself(&app, &client, &token, own_runner::leave).await.map(|()| NoContent)
}

/// `DELETE runners/managers`: 204, and the machine is forgotten; 403 for a token that is nobody's.
pub(super) async fn give_up_machine(
    State(app): State<AppState>,
    client: Client,
    message: Message,
) -> Result<NoContent, ApiError> {
    let asked: VerifyRequest = message.read()?;
    let token = message.token(asked.token, "runner-token");
    if asked.system_id.is_empty() {
        return Err(ApiError::parameters(&["system_id is missing"]));
    }
    let system = asked.system_id;
    let work = move |tx: &mut Tx<'_>, hash: &[u8]| own_runner::give_up_machine(tx, hash, &system);
    of_itself(&app, &client, &token, work).await.map(|()| NoContent)
}

/// `POST runners/reset_authentication_token`: 201 with another token; 403 for one that is nobody's.
pub(super) async fn reset_token(
    State(app): State<AppState>,
    client: Client,
    message: Message,
) -> Result<Created<RunnerToken>, ApiError> {
    let asked: VerifyRequest = message.read()?;
    let token = message.token(asked.token, "runner-token");
    let fresh = secrets::random(RUNNER_PREFIX).map_err(|why| ApiError::internal(&why))?;
    let given = fresh.clone();
    let work = move |tx: &mut Tx<'_>, hash: &[u8]| own_runner::take_another_token(tx, hash, &given);
    of_itself(&app, &client, &token, work).await?;
    Ok(Created(RunnerToken { token: fresh, token_expires_at: None }))
}

/// Lets the runner with that token do something about itself.
///
/// # Errors
/// 403: it is nobody's; 429: too many such tokens were shown.
async fn of_itself(
    app: &AppState,
    client: &Client,
    shown: &str,
    work: impl Fn(&mut Tx<'_>, &[u8]) -> Result<Ending<Option<RunnerId>>, Failure> + Send + Sync + 'static,
) -> Result<(), ApiError> {
    let attempt = client.shows(app, shown)?;
    let hash = token::hash(shown);
    let by = By { address: client.0.map(|at| at.ip().to_string()), ..By::default() };
    let done = app.store.write(by, countersign_app::now(), Intent::Decide, move |tx| work(tx, &hash)).await?;
    let Some(runner) = done else { return Err(attempt.failed(ApiError::forbidden())) };
    attempt.worked();
    app.wake.runner(runner);
    Ok(())
}
