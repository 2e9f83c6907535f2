//! Why the runner cannot run at all. What goes wrong with one job or one call is never such an error.

use std::path::PathBuf;

/// Why [`run`](crate::run) gave up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server's URL cannot be used.
    #[error("the server's URL {url:?} cannot be used: {why}; it should look like https://countersign.example.com")]
    Url {
        /// The URL as given, without credentials.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The builds directory cannot be made or written.
    #[error("the builds directory {} cannot be used: {source}", path.display())]
    BuildsDir {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The HTTP client cannot be set up, for example because the system has no root certificates.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
    /// The server does not know the token, or no longer.
    #[error("the server at {url} refuses this runner's token; a new runner gives a new token, which begins with glrt-")]
    TokenRefused {
        /// The server's URL.
        url: String,
    },
}
