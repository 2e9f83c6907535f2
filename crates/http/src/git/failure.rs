//! Why a git request is not answered, and the status that says so.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A git request that failed before anything of the answer was sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("This server speaks git's smart HTTP protocol only. Use git 1.6.6 or newer.")]
    DumbProtocol,
    #[error("The project has no repository.")]
    NoRepository,
    #[error("You are not allowed to push to this project.")]
    ReadOnly,
    #[error("The request must have the content type {0}.")]
    WrongType(String),
    #[error("The content encoding '{0}' is not supported. Use gzip or none.")]
    Encoding(String),
    #[error("The request is larger than the limit of {0} bytes.")]
    TooLarge(u64),
    #[error("The request is not what git sends: {0}.")]
    Malformed(String),
    #[error("The request broke off: {0}.")]
    BrokenOff(String),
    #[error("The client sent nothing for too long.")]
    Idle,
    #[error("The request took too long and was stopped.")]
    TimeLimit,
    #[error("Git refused the request: {0}")]
    Refused(String),
    #[error("Git cannot be run on this server at the moment.")]
    Unavailable,
    #[error("The server is busy with other clones, fetches and pushes. Try again in a few seconds.")]
    Busy,
    #[error("The push could not be checked, so it was not accepted.")]
    Unchecked,
    #[error("The client has gone.")]
    Gone,
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::DumbProtocol | Self::ReadOnly => StatusCode::FORBIDDEN,
            Self::NoRepository => StatusCode::NOT_FOUND,
            Self::WrongType(_) | Self::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed(_) | Self::BrokenOff(_) | Self::Refused(_) | Self::Gone => StatusCode::BAD_REQUEST,
            Self::Idle => StatusCode::REQUEST_TIMEOUT,
            Self::TimeLimit | Self::Unavailable | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unchecked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer, in plain text, because git shows it as it is.
    pub(super) fn response(&self) -> Response {
        let mut reply = (self.status(), super::reply::no_cache(), format!("{self}\n")).into_response();
        if let Self::Busy = self {
            reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        reply
    }
}
