//! Environments of projects.

mod create;
mod read;
mod stop;

pub use create::{NewEnvironment, create};
pub use read::{Search, list, show};
pub use stop::stop;
