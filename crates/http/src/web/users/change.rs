//! Shuts somebody out or lets them in, makes them an administrator, gives them a password.

use super::path_of;
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::{Path, WebError, told};
use crate::web::flash::Flash;
use crate::web::form::Form;
use crate::web::visitor::Reader;
use axum::extract::State;
use axum::response::Response;
use countersign_app::Tx;
use countersign_app::users::{self, Changes, Password};
use countersign_domain::access::Actor;
use countersign_domain::ids::UserId;
use countersign_domain::user::Change;
use countersign_store::Intent;
use countersign_store::users::User;
use serde::Deserialize;
use utoipa::ToSchema;

/// How forms call a change.
pub(super) fn name(change: Change) -> &'static str {
    match change {
        Change::Block => "block",
        Change::Unblock => "unblock",
        Change::Ban => "ban",
        Change::Unban => "unban",
        Change::Activate => "activate",
        Change::Deactivate => "deactivate",
    }
}

/// What a change led to.
fn done(change: Change) -> &'static str {
    match change {
        Change::Block => "is blocked",
        Change::Unblock => "is no longer blocked",
        Change::Ban => "is banned",
        Change::Unban => "is no longer banned",
        Change::Activate => "is active again",
        Change::Deactivate => "is deactivated",
    }
}

/// The change of state that a form asks for.
#[derive(Deserialize, ToSchema)]
pub(super) struct Wanted {
    change: String,
}

/// Changes the state.
pub(super) async fn state(
    State(app): State<AppState>,
    reader: Reader,
    Path(username): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, WebError> {
    let unknown = || ApiError::parameters(&["change does not have a valid value"]);
    let change = Change::ALL.into_iter().find(|change| name(*change) == wanted.change).ok_or_else(unknown)?;
    let user = found(&app, &reader, username).await?;
    let id = user.id;
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| users::change_state(tx, actor, id, change, now);
    let told = app.write(reader.actor, Intent::Edit, job).await.map(|new| match new {
        true => format!("{} {}.", user.name, done(change)),
        false => format!("{} was so already; nothing changed.", user.name),
    });
    finish(&app, &user, told)
}

/// Whether somebody is to be an administrator.
#[derive(Deserialize, ToSchema)]
pub(super) struct Role {
    admin: bool,
}

/// Makes somebody an administrator, or ends that.
pub(super) async fn admin(
    State(app): State<AppState>,
    reader: Reader,
    Path(username): Path<String>,
    Form(role): Form<Role>,
) -> Result<Response, WebError> {
    let user = found(&app, &reader, username).await?;
    let changes = Changes { admin: Some(role.admin), ..Changes::default() };
    let told = changed(&app, reader, user.id, changes).await.map(|user| match user.admin {
        true => format!("{} is an administrator now.", user.name),
        false => format!("{} is no administrator any more.", user.name),
    });
    finish(&app, &user, told)
}

/// A password for somebody.
#[derive(Deserialize, ToSchema)]
pub(super) struct Given {
    password: String,
}

/// Gives somebody a password, which they must change when they next sign in.
pub(super) async fn password(
    State(app): State<AppState>,
    reader: Reader,
    Path(username): Path<String>,
    Form(given): Form<Given>,
) -> Result<Response, WebError> {
    let user = found(&app, &reader, username).await?;
    let changes = Changes { password: Some(Password::Given(given.password)), ..Changes::default() };
    let told = changed(&app, reader, user.id, changes).await.map(|user| {
        let name = &user.name;
        format!("{name} has a new password and is signed out everywhere. They must change it when they sign in.")
    });
    finish(&app, &user, told)
}

/// The person a form is about, for administrators.
async fn found(app: &AppState, reader: &Reader, username: String) -> Result<User, ApiError> {
    let actor = reader.actor.clone();
    app.read(move |tx| Ok(users::account(tx, &actor, &username)?.user)).await
}

async fn changed(app: &AppState, reader: Reader, id: UserId, changes: Changes) -> Result<User, ApiError> {
    let who = reader.actor.clone();
    let prepared = app.slowly(move || users::prepare_changes(&who, changes)).await?;
    app.write(reader.actor, Intent::Edit, move |tx, actor, now| users::update(tx, actor, id, &prepared, now)).await
}

/// Back to the person's page, which tells what was done, or why not.
fn finish(app: &AppState, user: &User, result: Result<String, ApiError>) -> Result<Response, WebError> {
    let at = path_of(&user.username);
    match result {
        Ok(text) => Ok(Flash::yes(text).at(&at, app)),
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => Ok(Flash::no(told(&why)).at(&at, app)),
    }
}
