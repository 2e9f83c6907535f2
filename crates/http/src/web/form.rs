//! Forms that pages send: taken only with the seal of the browser they were made for.

use super::error::WebError;
use super::seal;
use super::visitor::Visitor;
use crate::params::{from_form, query_pairs};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// The fields of a form, as a type. Comes last among the arguments of a handler.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<T>(
    /// The fields.
    pub(crate) T,
);

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest<AppState> for Form<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &AppState) -> Result<Form<T>, WebError> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(|why| ApiError::message(why.status(), "The form could not be read"))?;
        let mut given = String::new();
        for pair in query_pairs(&body) {
            let (name, value) = pair?;
            if name == seal::FIELD {
                given = value;
            }
        }
        if !seal::holds(&given, visitor.secret(), &headers, &app.config.external_url) {
            let why = "This form was made for another session, or came from another site. Go back, reload the page, and \
                       send it again";
            return Err(ApiError::message(StatusCode::FORBIDDEN, why).code("form.seal").into());
        }
        Ok(Form(from_form(&body)?))
    }
}

/// A form without fields of its own.
#[derive(Debug, Clone, Copy, serde::Deserialize, ToSchema)]
pub(crate) struct Nothing {}
