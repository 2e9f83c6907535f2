//! Parameters of a request: query, form (multipart too) and JSON merged, checked and coerced by the schema of the type asked for.
//!
//! The body wins over the query on the same name; `null` counts as not sent (but see [`Clearable`]), and so does an
//! empty text where a request only reads; names the type does not have are ignored. Path parameters are no concern of
//! this extractor. Since only names in the schema are known, `#[serde(alias)]` has no effect here.

mod body;
mod check;
mod clearable;
mod compile;
mod form;
mod given;
mod json;
mod multipart;
mod scalar;
mod shape;
#[cfg(test)]
mod tests;

use axum::extract::{FromRequest, Request};
use axum::http::Method;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::limits::BODY_LIMIT;
use crate::reply::ApiError;
pub(crate) use body::{ARRIVAL, receive};
pub use clearable::Clearable;
pub(crate) use form::pairs as query_pairs;
use given::Given;

/// Extracts `T` from the query and the body, on every method.
///
/// Fails with 400 for missing or malformed parameters (all of them at once), 408 for a body that does not arrive,
/// 413 for a body over `LIMIT` (1 MiB unless it says otherwise) and 415 for one in a form that is not understood.
#[derive(Debug, Clone, Copy)]
pub struct Params<T, const LIMIT: usize = BODY_LIMIT>(
    /// The decoded parameters.
    pub T,
);

impl<S, T, const LIMIT: usize> FromRequest<S> for Params<T, LIMIT>
where
    S: Send + Sync,
    T: DeserializeOwned + ToSchema + 'static,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let mut given = Given::of(&parts.method);
        form::read(parts.uri.query().unwrap_or_default().as_bytes(), &mut given)?;
        body::read(&parts.headers, body, LIMIT, &mut given).await?;
        decode(given).map(Self)
    }
}

/// Decodes a form that was read already.
///
/// # Errors
/// 400 for missing or malformed fields.
pub(crate) fn from_form<T: DeserializeOwned + ToSchema + 'static>(text: &[u8]) -> Result<T, ApiError> {
    let mut given = Given::of(&Method::POST);
    form::read(text, &mut given)?;
    decode(given)
}

/// Checks what was given against the schema of `T`, and builds it.
fn decode<T: DeserializeOwned + ToSchema + 'static>(given: Given) -> Result<T, ApiError> {
    let shape = compile::shape_of::<T>();
    let value = check::decode(&shape, given).map_err(|problems| ApiError::parameters(&problems))?;
    serde_json::from_value(value).map_err(|why| ApiError::parameters(&[format!("parameters are invalid: {why}")]))
}
