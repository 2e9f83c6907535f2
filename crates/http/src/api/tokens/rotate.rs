//! Replaces tokens by others.

use super::secret;
use crate::actor::{SelfRotator, SignedIn};
use crate::api::values::day;
use crate::api::views;
use crate::params::Params;
use crate::path::Path;
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::tokens::{self, Renewal, Rotated};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::TokenId;
use countersign_domain::refusal::Refusal;
use countersign_store::Intent;
use countersign_wire::token::{NewToken, RotateToken};

/// Replaces a token by a new one, which the reply alone shows. The old one is revoked at once; whoever replaces one that
/// was replaced before revokes what replaced it.
#[utoipa::path(post, path = "/personal_access_tokens/{token_id}/rotate", tag = "Tokens",
    params(("token_id" = i64, Path, description = "The token")), request_body = RotateToken,
    responses((status = 200, body = NewToken)))]
pub(super) async fn rotate_token(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    Params(body): Params<RotateToken>,
) -> Result<Json<NewToken>, ApiError> {
    let (renewal, secret) = (renewal(&app, &body)?, secret()?);
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::rotate(tx, actor, TokenId(id), renewal, &kept, now);
    shown(app.write(actor.0, Intent::Edit, job).await?, secret).map(Json)
}

/// Replaces the token that the request is made with by a new one, as `/personal_access_tokens/{token_id}/rotate`.
#[utoipa::path(post, path = "/personal_access_tokens/self/rotate", tag = "Tokens", request_body = RotateToken,
    responses((status = 200, body = NewToken)))]
pub(super) async fn rotate_own_token(
    State(app): State<AppState>,
    actor: SelfRotator,
    Params(body): Params<RotateToken>,
) -> Result<Json<NewToken>, ApiError> {
    let (renewal, secret) = (renewal(&app, &body)?, secret()?);
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| tokens::rotate_current(tx, actor, renewal, &kept, now);
    shown(app.write(actor.0, Intent::Edit, job).await?, secret).map(Json)
}

pub(crate) fn renewal(app: &AppState, body: &RotateToken) -> Result<Renewal, ApiError> {
    Ok(Renewal { expires_at: day("expires_at", body.expires_at.as_deref())?, lives: app.config.tokens })
}

/// The token that took another's place.
pub(crate) fn shown(rotated: Rotated, secret: String) -> Result<NewToken, ApiError> {
    match rotated {
        Rotated::New(made) => {
            let token = views::token(&made, countersign_app::now().date());
            Ok(NewToken { token, secret })
        }
        Rotated::Reused => Err(Refusal::TokenReused.into()),
    }
}
