//! Refusals as pages.

use super::frame::{Frame, page};
use super::{headers, sign_in};
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, RETRY_AFTER};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

/// Why there is no page.
#[derive(Debug, Clone)]
pub(crate) enum WebError {
    /// What REST answers too.
    Refused(ApiError),
    /// Somebody must sign in first, and go on from that path then.
    SignIn(Option<String>),
}

impl From<ApiError> for WebError {
    fn from(why: ApiError) -> WebError {
        WebError::Refused(why)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    heading: &'static str,
    text: String,
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let why = match self {
            WebError::SignIn(None) => return Redirect::to(sign_in::IN).into_response(),
            WebError::SignIn(Some(back)) if back == "/" => return Redirect::to(sign_in::IN).into_response(),
            WebError::SignIn(Some(back)) => {
                let back = utf8_percent_encode(&back, NON_ALPHANUMERIC);
                return Redirect::to(&format!("{}?return_to={back}", sign_in::IN)).into_response();
            }
            WebError::Refused(why) => why,
        };
        let shown = ErrorPage { frame: Frame::bare(), heading: heading(why.status()), text: told(&why) };
        let Ok(mut reply) = page(why.status(), &shown) else { return why.into_response() };
        if let Some(wait) = why.into_response().headers().get(RETRY_AFTER) {
            reply.headers_mut().insert(RETRY_AFTER, wait.clone());
        }
        headers::add(reply.headers_mut());
        reply
    }
}

fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::FORBIDDEN => "This is not for you to do",
        StatusCode::CONFLICT => "Somebody was faster",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "Too much at once",
        status if status.is_server_error() => "Something broke on our side",
        _ => "That did not work",
    }
}

/// What a refusal says, for people: without the status words that REST puts in front.
pub(crate) fn told(why: &ApiError) -> String {
    if why.status() == StatusCode::NOT_FOUND {
        return "Either it does not exist, or you may not know of it. Whoever sent you here can tell.".into();
    }
    let body = why.body();
    let text = match body.get("message").or(body.get("error")) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Object(fields)) => fields.iter().map(|(name, whys)| field(name, whys)).collect(),
        _ => String::new(),
    };
    let text = match text.split_once(" - ") {
        Some((status, reason)) if status.starts_with(|c: char| c.is_ascii_digit()) => reason.to_owned(),
        _ => text,
    };
    if text.is_empty() || text.ends_with(['.', '?']) { text } else { format!("{text}.") }
}

fn field(name: &str, whys: &serde_json::Value) -> String {
    let whys: Vec<_> = whys.as_array().into_iter().flatten().filter_map(|why| why.as_str()).collect();
    let whys = whys.join(", and ");
    // What is wrong about all of it together is not about a field.
    if name == "base" { whys } else { format!("The {name} {whys}") }
}

/// The parts of a page's path; a page whose path makes no sense is not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<T>(
    /// The parts.
    pub(crate) T,
);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Path<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Path<T>, WebError> {
        let found = axum::extract::Path::from_request_parts(parts, app).await;
        found.map(|found| Path(found.0)).map_err(|_| ApiError::not_found().into())
    }
}

/// What answers when no route does: a page for browsers, JSON for others.
pub(crate) async fn not_found(request: Request) -> Response {
    let wants =
        |kind: &str| request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(kind));
    let rest = request.uri().path().starts_with("/api/");
    if !rest && wants("text/html") {
        return WebError::from(ApiError::not_found()).into_response();
    }
    ApiError::unknown_route().into_response()
}
