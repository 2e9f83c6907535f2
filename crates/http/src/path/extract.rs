//! The parts of a path, with refusals in JSON.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::reply::ApiError;

/// As axum's `Path`, but fails with 400 `{"error": "environment_id is invalid"}` when a part is not what it should be.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(
    /// The decoded parts.
    pub T,
);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let names = names(parts, state).await?;
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(why)) => refuse(&why.into_kind(), &names),
            Err(why) => Err(ApiError::internal(&why)),
        }
    }
}

/// The names of the parts. A NUL character is refused here, since no database could look it up.
async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, ApiError> {
    let Ok(raw) = RawPathParams::from_request_parts(parts, state).await else {
        // Either there are no parts at all, or one is not UTF-8; the caller tells which.
        return Ok(Vec::new());
    };
    if let Some((name, _)) = raw.iter().find(|(_, value)| value.contains('\0')) {
        return Err(invalid(name));
    }
    Ok(raw.iter().map(|(name, _)| name.to_owned()).collect())
}

fn refuse<T>(why: &ErrorKind, names: &[String]) -> Result<T, ApiError> {
    Err(match why {
        ErrorKind::ParseErrorAtKey { key, .. }
        | ErrorKind::DeserializeError { key, .. }
        | ErrorKind::InvalidUtf8InPathParam { key } => invalid(key),
        ErrorKind::ParseErrorAtIndex { index, .. } => {
            names.get(*index).map_or_else(ApiError::not_found, |n| invalid(n))
        }
        ErrorKind::ParseError { .. } => names.last().map_or_else(ApiError::not_found, |name| invalid(name)),
        ErrorKind::Message(text) => ApiError::parameters(&[format!("path is invalid: {text}")]),
        other => ApiError::internal(&other),
    })
}

fn invalid(name: &str) -> ApiError {
    ApiError::parameters(&[format!("{name} is invalid")])
}
