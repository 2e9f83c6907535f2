//! One SQL text on SQLite and PostgreSQL.

pub mod approvals;
pub mod artifacts;
pub mod audit;
pub mod bots;
pub mod commits;
pub mod deployments;
pub mod directory;
mod door;
mod engine;
pub mod environments;
mod error;
pub mod fold;
pub mod imports;
pub mod jobs;
pub mod many;
pub mod members;
mod migrate;
pub mod namespaces;
pub mod pipelines;
pub mod projects;
pub mod protected_refs;
pub mod protections;
pub mod reach;
pub mod recovery;
pub mod refs;
pub mod resource_groups;
pub mod runners;
pub mod seek;
pub mod sessions;
pub mod settings;
pub mod shares;
pub mod sign_in_attempts;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod triggers;
pub mod users;
pub mod variables;
mod words;

pub use door::Store;
pub use engine::column::{Cell, Column, Row};
pub use engine::config::Config;
pub use engine::dialect::{Dialect, LockTable};
pub use engine::job::Intent;
pub use engine::tx::Tx;
pub use engine::value::Value;
pub use error::{Error, Failure, Result};
