//! What the access tokens of groups and of projects have in common: everything but the address.

use crate::actor::{SelfRotator, SignedIn};
use crate::api::tokens::{filter, renewal, scopes, secret, shown};
use crate::api::values::{day, level_opt, total};
use crate::api::views;
use crate::pagination::{Page, Paged};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use countersign_app::access_tokens::{self, Material, Wanted};
use countersign_app::members::Target;
use countersign_app::{Tx, secrets};
use countersign_domain::access::{Actor as Who, Level};
use countersign_domain::ids::TokenId;
use countersign_store::Intent;
use countersign_wire::access_token::{AccessToken, CreateAccessToken, NewAccessToken};
use countersign_wire::token::{ListTokens, NewToken, RotateToken};

pub(crate) async fn list(
    app: AppState,
    actor: SignedIn,
    target: Target,
    page: Page,
    query: ListTokens,
) -> Result<Paged<AccessToken>, ApiError> {
    let now = countersign_app::now();
    let filter = filter(query, &page, now.date())?;
    let (rows, count) = app.scan(move |tx| access_tokens::list(tx, &actor.0, &target, &filter, now)).await?;
    Ok(Paged::new(page, rows, total(count)).map(|held| views::access_token(&held, now.date())))
}

pub(crate) async fn show(
    app: AppState,
    actor: SignedIn,
    target: Target,
    id: i64,
) -> Result<Json<AccessToken>, ApiError> {
    let now = countersign_app::now();
    let found = app.read(move |tx| access_tokens::show(tx, &actor.0, &target, TokenId(id), now)).await?;
    Ok(Json(views::access_token(&found, now.date())))
}

pub(crate) async fn create(
    app: AppState,
    actor: SignedIn,
    target: Target,
    body: CreateAccessToken,
) -> Result<Created<NewAccessToken>, ApiError> {
    let wanted = Wanted {
        scopes: scopes(&body.scopes),
        level: level_opt("access_level", body.access_level)?.unwrap_or(Level::Maintainer),
        expires_at: day("expires_at", body.expires_at.as_deref())?,
        lives: app.config.tokens,
        name: body.name,
        description: body.description,
    };
    let digits = secrets::digits().map_err(|why| ApiError::internal(&why))?;
    let material = Material { secret: secret()?, digits, host: app.config.host().to_owned() };
    let secret = material.secret.clone();
    let job =
        move |tx: &mut Tx<'_>, actor: &Who, now| access_tokens::create(tx, actor, &target, &wanted, &material, now);
    let made = app.write(actor.0, Intent::Edit, job).await?;
    let token = views::token(&made.token, countersign_app::now().date());
    Ok(Created(NewAccessToken { token: NewToken { token, secret }, access_level: made.level.number() }))
}

pub(crate) async fn revoke(app: AppState, actor: SignedIn, target: Target, id: i64) -> Result<NoContent, ApiError> {
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| access_tokens::revoke(tx, actor, &target, TokenId(id), now);
    app.write(actor.0, Intent::Edit, job).await.map(|()| NoContent)
}

pub(crate) async fn rotate(
    app: AppState,
    actor: SignedIn,
    target: Target,
    id: i64,
    body: RotateToken,
) -> Result<Json<NewAccessToken>, ApiError> {
    let (renewal, secret) = (renewal(&app, &body)?, secret()?);
    let kept = secret.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| {
        access_tokens::rotate(tx, actor, &target, TokenId(id), renewal, &kept, now)
    };
    let (rotated, level) = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(NewAccessToken { token: shown(rotated, secret)?, access_level: level.number() }))
}

pub(crate) async fn rotate_current(
    app: AppState,
    actor: SelfRotator,
    target: Target,
    body: RotateToken,
) -> Result<Json<NewAccessToken>, ApiError> {
    let (renewal, secret) = (renewal(&app, &body)?, secret()?);
    let kept = secret.clone();
    let job =
        move |tx: &mut Tx<'_>, actor: &Who, now| access_tokens::rotate_current(tx, actor, &target, renewal, &kept, now);
    let (rotated, level) = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(NewAccessToken { token: shown(rotated, secret)?, access_level: level.number() }))
}
