//! Signing in and out.

use super::cookies::Jar;
use super::error::{WebError, told};
use super::form::{Form, Nothing};
use super::frame::{Frame, Section, page};
use super::visitor::{Reader, Visitor, is_secure};
use crate::places::{client, network};
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use countersign_app::sessions::{self, Asked};
use countersign_store::Intent;
use serde::Deserialize;
use utoipa::ToSchema;

/// Where one signs in.
pub(crate) const IN: &str = "/users/sign_in";
/// Where one signs out.
pub(crate) const OUT: &str = "/users/sign_out";
/// The longest path to go on from.
const LONGEST_PATH: usize = 2000;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(IN, get(ask).post(sign_in)).route(OUT, post(sign_out))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    name: String,
    return_to: String,
    problem: Option<String>,
}

/// Where to go on after signing in.
#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    return_to: String,
}

async fn ask(visitor: Visitor, Query(back): Query<Back>) -> Result<Response, WebError> {
    let return_to = local(&back.return_to);
    if visitor.session().is_some() {
        return Ok(Redirect::to(&return_to).into_response());
    }
    let frame = visitor.frame(Section::Elsewhere);
    page(StatusCode::OK, &SignInPage { frame, name: String::new(), return_to, problem: None })
}

/// The fields of the form.
#[derive(Deserialize, ToSchema)]
struct Fields {
    name: String,
    password: String,
    #[serde(default)]
    return_to: String,
}

async fn sign_in(
    State(app): State<AppState>,
    visitor: Visitor,
    extensions: Extensions,
    Form(fields): Form<Fields>,
) -> Result<Response, WebError> {
    let (now, return_to) = (countersign_app::now(), local(&fields.return_to));
    let shown = format!("{}\n{}", fields.name, fields.password);
    let attempt = match app.1.attempts.begin(client(&extensions).map(network), &shown, now) {
        Ok(attempt) => attempt,
        Err(why) => return again(&visitor, fields.name, return_to, &why),
    };
    let name = fields.name.clone();
    let asked =
        Asked { name: fields.name, password: fields.password, browser: visitor.browser(), replaces: visitor.session() };
    match sessions::sign_in(&app, asked, now).await {
        Ok(begun) => {
            attempt.worked();
            let mut reply = Redirect::to(&return_to).into_response();
            Jar::Session.set(&mut reply, &begun.cookie, is_secure(&app));
            Jar::Visit.clear(&mut reply, is_secure(&app));
            Ok(reply)
        }
        Err(why) => again(&visitor, name, return_to, &attempt.failed(why.into())),
    }
}

/// The form once more, and why.
fn again(
    visitor: &Visitor,
    name: String,
    return_to: String,
    why: &crate::reply::ApiError,
) -> Result<Response, WebError> {
    let frame = visitor.frame(Section::Elsewhere);
    page(why.status(), &SignInPage { frame, name, return_to, problem: Some(told(why)) })
}

async fn sign_out(State(app): State<AppState>, reader: Reader, _: Form<Nothing>) -> Result<Response, WebError> {
    let session = reader.session;
    app.write(reader.actor, Intent::Decide, move |tx, actor, _| sessions::sign_out(tx, actor, session)).await?;
    let mut reply = Redirect::to(IN).into_response();
    Jar::Session.clear(&mut reply, is_secure(&app));
    Ok(reply)
}

/// A path of ours to go on from; the home page in place of anything that could lead elsewhere.
pub(super) fn local(path: &str) -> String {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = path.starts_with('/') && !path.starts_with("//") && path.len() <= LONGEST_PATH;
    if plain && ours && !path.starts_with(IN) { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for path in ["/", "/acme/shop/-/deployments/7?page=2#votes", "/a%20b"] {
            assert_eq!(local(path), path);
        }
        let elsewhere = [
            "",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "evil.test",
            "/\t/evil.test",
            "/\r\nSet-Cookie: a",
            IN,
        ];
        for path in elsewhere {
            assert_eq!(local(path), "/", "{path:?}");
        }
    }
}
