//! Deployments: reading them, and those that outside tools make.

mod create;
mod delete;
mod known;
mod read;
mod update;

pub use create::{NewDeployment, create};
pub use delete::delete;
pub use known::{Known, known};
pub use read::{Shown, list, show};
pub use update::update;
