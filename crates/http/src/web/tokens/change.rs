//! Creates, replaces and revokes tokens. A secret is shown by the reply to the form alone: it is in no cookie, in no
//! address and in no log.

use super::{Draft, Fresh, PATH, Said, Wanted, shown};
use crate::api::values::day;
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::{Path, WebError, told};
use crate::web::flash::Flash;
use crate::web::form::{Form, Nothing};
use crate::web::visitor::Reader;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::secrets;
use countersign_app::tokens::{self, Renewal, Rotated};
use countersign_domain::ids::TokenId;
use countersign_domain::refusal::Refusal;
use countersign_domain::token::Scope;
use countersign_store::Intent;
use serde::Deserialize;
use utoipa::ToSchema;

/// The fields of the form for a new token.
#[derive(Deserialize, ToSchema)]
pub(super) struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    expires_at: String,
}

pub(super) async fn create(
    State(app): State<AppState>,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> Result<Response, WebError> {
    let made = made(&app, &reader, &fields).await;
    let Fields { name, description, scopes, expires_at } = fields;
    let draft = Draft { name, description, scopes, expires_at };
    answer(&app, reader, made, Some(draft)).await
}

async fn made(app: &AppState, reader: &Reader, fields: &Fields) -> Result<Fresh, ApiError> {
    let mut scopes = Vec::new();
    for name in &fields.scopes {
        let unknown = || ApiError::field("scopes", [format!("can't include \"{name}\": there is no such scope")]);
        scopes.push(Scope::parse(name).ok_or_else(unknown)?);
    }
    scopes.sort_unstable();
    scopes.dedup();
    let wanted = tokens::Wanted {
        name: fields.name.trim().to_owned(),
        description: Some(fields.description.trim().to_owned()).filter(|text| !text.is_empty()),
        scopes,
        expires_at: day("expires_at", Some(&fields.expires_at))?,
        lives: app.config.tokens,
    };
    let secret = secret()?;
    let kept = secret.clone();
    let made = app
        .write(reader.actor.clone(), Intent::Edit, move |tx, actor, now| {
            tokens::create_own(tx, actor, &wanted, &kept, now)
        })
        .await?;
    Ok(Fresh { name: made.name, secret, replaces: false })
}

/// The field of the form to replace a token.
#[derive(Deserialize, ToSchema)]
pub(super) struct Renewed {
    #[serde(default)]
    expires_at: String,
}

pub(super) async fn rotate(
    State(app): State<AppState>,
    reader: Reader,
    Path(id): Path<i64>,
    Form(fields): Form<Renewed>,
) -> Result<Response, WebError> {
    let rotated = rotated(&app, &reader, TokenId(id), &fields).await;
    answer(&app, reader, rotated, None).await
}

async fn rotated(app: &AppState, reader: &Reader, id: TokenId, fields: &Renewed) -> Result<Fresh, ApiError> {
    let expires_at = day("expires_at", Some(&fields.expires_at))?;
    let (renewal, secret) = (Renewal { expires_at, lives: app.config.tokens }, secret()?);
    let kept = secret.clone();
    let done = app
        .write(reader.actor.clone(), Intent::Edit, move |tx, actor, now| {
            tokens::rotate_living(tx, actor, id, renewal, &kept, now)
        })
        .await?;
    match done {
        Rotated::New(made) => Ok(Fresh { name: made.name, secret, replaces: true }),
        Rotated::Reused => Err(Refusal::TokenReused.into()),
    }
}

pub(super) async fn revoke(
    State(app): State<AppState>,
    reader: Reader,
    Path(id): Path<i64>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    app.write(reader.actor, Intent::Edit, move |tx, actor, now| tokens::revoke(tx, actor, TokenId(id), now)).await?;
    Ok(Flash::yes("That token is revoked: it opens nothing any more.").at(PATH, &app))
}

/// The list again, with the new secret, or with what was wrong and what had been filled in.
async fn answer(
    app: &AppState,
    reader: Reader,
    made: Result<Fresh, ApiError>,
    draft: Option<Draft>,
) -> Result<Response, WebError> {
    let (status, said) = match made {
        Ok(fresh) => (StatusCode::OK, Said { fresh: Some(fresh), ..Said::default() }),
        Err(why) if why.status().is_server_error() || why.status() == StatusCode::NOT_FOUND => return Err(why.into()),
        Err(why) => (why.status(), Said { problem: Some(told(&why)), draft, ..Said::default() }),
    };
    shown(app, reader, status, &Wanted::default(), said).await
}

/// A new secret.
fn secret() -> Result<String, ApiError> {
    secrets::personal_token().map_err(|why| ApiError::internal(&why))
}
