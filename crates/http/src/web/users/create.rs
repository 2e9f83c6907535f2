//! Somebody new.

use super::path_of;
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::{WebError, told};
use crate::web::flash::Flash;
use crate::web::form::Form;
use crate::web::frame::{Frame, Section, page};
use crate::web::visitor::Reader;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::authorize;
use countersign_app::users::{self, NewUser, Password};
use countersign_domain::session::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use countersign_domain::user::Settings;
use countersign_store::Intent;
use countersign_store::users::User;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "user_new.html")]
struct NewPage {
    frame: Frame,
    fields: Fields,
    /// The shortest and the longest password.
    lengths: (usize, usize),
    problem: Option<String>,
}

/// The fields of the form.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub(super) struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    external: bool,
    #[serde(default)]
    note: String,
}

/// Asks who it is.
pub(super) async fn ask(reader: Reader) -> Result<Response, WebError> {
    authorize::admin(&reader.actor).map_err(ApiError::from)?;
    shown(&reader, StatusCode::OK, Fields::default(), None)
}

/// Creates them.
pub(super) async fn create(
    State(app): State<AppState>,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> Result<Response, WebError> {
    authorize::admin(&reader.actor).map_err(ApiError::from)?;
    match made(&app, &reader, fields.clone()).await {
        Ok(user) => Ok(Flash::yes(format!("{} was created.", user.name)).at(&path_of(&user.username), &app)),
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => shown(&reader, why.status(), fields, Some(told(&why))),
    }
}

fn shown(reader: &Reader, status: StatusCode, fields: Fields, problem: Option<String>) -> Result<Response, WebError> {
    let (frame, lengths) = (reader.frame(Section::Users), (SHORTEST_PASSWORD, LONGEST_PASSWORD));
    page(status, &NewPage { frame, fields, lengths, problem })
}

async fn made(app: &AppState, reader: &Reader, fields: Fields) -> Result<User, ApiError> {
    let (who, new) = (reader.actor.clone(), asked(fields));
    let prepared = app.slowly(move || users::prepare(&who, new)).await?;
    let job = move |tx: &mut countersign_app::Tx<'_>, actor: &_, now| users::create(tx, actor, &prepared, now);
    app.write(reader.actor.clone(), Intent::Edit, job).await
}

fn asked(fields: Fields) -> NewUser {
    NewUser {
        username: fields.username.trim().to_owned(),
        name: fields.name.trim().to_owned(),
        email: fields.email.trim().to_owned(),
        password: match fields.password {
            none if none.is_empty() => Password::Unusable,
            given => Password::Given(given),
        },
        admin: fields.admin,
        note: Some(fields.note.trim().to_owned()).filter(|note| !note.is_empty()),
        settings: Settings { external: fields.external, ..Settings::default() },
    }
}
