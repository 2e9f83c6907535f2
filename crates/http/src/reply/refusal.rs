//! What the rules and the store refuse, on the wire. Only here do refusals get their status codes.

use super::ApiError;
use axum::http::StatusCode;
use countersign_domain::refusal::{Kind, Refusal, Text};
use countersign_store::{Error, Failure};

impl From<Refusal> for ApiError {
    fn from(why: Refusal) -> ApiError {
        let status = match why.kind() {
            Kind::BadRequest | Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let error = match why.text() {
            Text::Message(text) => ApiError::message(status, text),
            Text::Field(field, reasons) => ApiError::field(&field, reasons).with_status(status),
        };
        error.code(why.code())
    }
}

impl From<Error> for ApiError {
    fn from(why: Error) -> ApiError {
        match why {
            Error::Busy | Error::Unavailable(_) => ApiError::unavailable(&why),
            Error::UniqueViolation(_) => {
                ApiError::conflict("409 Conflict - somebody else took that name at the same moment; try again")
            }
            Error::Database(_) | Error::Corrupt(_) | Error::Audit(_) => ApiError::internal(&why),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(why: Failure) -> ApiError {
        match why {
            Failure::Refused(why) => why.into(),
            Failure::Store(why) => why.into(),
        }
    }
}
