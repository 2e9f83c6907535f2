//! Deployments: reading them, and those that outside tools make.

mod create;
mod delete;
mod read;
mod update;

pub use create::{Known, NewDeployment, create};
pub use delete::delete;
pub use read::{Shown, list, show};
pub use update::update;
