//! Git: bare repositories, driven through the `git` program and nothing else.
//!
//! Repositories live in `<data-dir>/repositories/<project id>.git`, named by id so
//! that renaming or transferring a project never moves one. Nothing that came from
//! a pushed repository ever runs here: the hooks directory is ours, the
//! configuration is given on every command line, and there is no work tree.

mod actions;
mod command;
mod commit;
mod error;
mod file;
mod history;
mod ledger;
mod listing;
mod log;
mod moves;
mod object;
mod packing;
mod plan;
mod process;
mod ref_name;
mod refs;
mod remote;
mod repositories;
mod serve;
mod spool;
#[cfg(test)]
mod tests;
mod tree;
mod tree_path;

pub use actions::{Action, ActionKind, CommitError, CommitMade, CommitRequest, Person, Start};
pub use command::{Git, GitSettings};
pub use error::GitError;
pub use file::{AtPath, FileBlob};
pub use ledger::{NO_OBJECT, RefUpdate, missed};
pub use listing::{TreeEntry, TreeError};
pub use log::{Log, Stats};
pub use moves::{NewTag, RefError};
pub use object::{Commit, Signature, TagObject};
pub use process::kill_group;
pub use ref_name::{is_sha, refusal as ref_name_refusal};
pub use refs::{Branch, RefOrder, ResolvedRef, Tag, Tip};
pub use remote::{DeployKey, Remote, SshFiles, over_ssh};
pub use repositories::Repositories;
pub use serve::PushIdentity;
pub use spool::Push;
