//! Changing one's own password.

use super::cookies::Jar;
use super::error::{WebError, told};
use super::flash::Flash;
use super::form::Form;
use super::frame::{Frame, Section, page};
use super::visitor::{Reader, is_secure};
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::sessions::{self, Change};
use serde::Deserialize;
use utoipa::ToSchema;

/// Where that is done.
pub(crate) const PATH: &str = "/-/user_settings/password";

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(ask).post(change))
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    forced: bool,
    problem: Option<String>,
}

async fn ask(reader: Reader) -> Result<Response, WebError> {
    shown(&reader, StatusCode::OK, None)
}

fn shown(reader: &Reader, status: StatusCode, problem: Option<String>) -> Result<Response, WebError> {
    let (frame, forced) = (reader.frame(Section::Account), reader.must_change_password());
    page(status, &PasswordPage { frame, forced, problem })
}

/// The fields of the form.
#[derive(Deserialize, ToSchema)]
struct Fields {
    current: String,
    new: String,
    again: String,
}

async fn change(State(app): State<AppState>, reader: Reader, Form(fields): Form<Fields>) -> Result<Response, WebError> {
    if fields.new != fields.again {
        let problem = Some("The new password and its repetition differ.".to_owned());
        return shown(&reader, StatusCode::BAD_REQUEST, problem);
    }
    let change = Change { current: fields.current, new: fields.new, browser: reader.browser() };
    match sessions::change_password(&app, &reader.actor, change, countersign_app::now()).await {
        Ok(begun) => {
            let told = Flash::yes("Your password is changed. Everywhere else you are signed out.");
            let mut reply = told.at("/", &app);
            Jar::Session.set(&mut reply, &begun.cookie, is_secure(&app));
            Ok(reply)
        }
        Err(why) => {
            let why = ApiError::from(why);
            let wrong = why.body().get("code").is_some_and(|code| code == "access.wrong_password");
            let problem = if wrong { "That is not your current password.".to_owned() } else { told(&why) };
            shown(&reader, why.status(), Some(problem))
        }
    }
}
