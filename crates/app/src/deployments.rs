//! Deployments: reading them, and those that outside tools make.

mod again;
mod create;
mod delete;
mod described;
mod dossier;
mod inbox;
mod known;
mod read;
mod update;
mod version;
mod vote;

pub use again::again;
pub use create::{NewDeployment, create};
pub use delete::delete;
pub use described::{Described, describe};
pub(crate) use dossier::deployers_of;
pub use dossier::{Dossier, Electors, Happened, What, dossier};
pub(crate) use inbox::decided_on;
pub use inbox::{Inbox, Item, Wanted, inbox, triggered};
pub use known::{Known, known};
pub use read::{Shown, list, numbered, show};
pub use update::update;
pub(crate) use version::version;
pub use vote::vote;
