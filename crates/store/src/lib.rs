//! One SQL text on SQLite and PostgreSQL.

pub mod audit;
mod door;
mod engine;
mod error;
mod migrate;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use door::Store;
pub use engine::column::{Cell, Column, Row};
pub use engine::config::Config;
pub use engine::dialect::{Dialect, LockTable};
pub use engine::job::Intent;
pub use engine::tx::Tx;
pub use engine::value::Value;
pub use error::{Error, Failure, Result};
