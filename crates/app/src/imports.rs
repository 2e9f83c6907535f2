//! Projects whose repository is fetched from elsewhere, once or again and again: pull mirroring.
//!
//! A fetch is a push by whoever set the address. It goes the way of every push: what is to move is written into the spool,
//! moves, and is followed from there.

mod change;
mod claim;
mod pull;
mod run;

pub use change::{Wish, may_begin, needs_key, with};
pub use claim::{Claimed, claim, renew};
pub use pull::{pull, show};
pub use run::run;

use crate::{Result, Tx};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::ProjectId;
use countersign_domain::refusal::Refusal;
use countersign_store::imports::{self, Import};
use serde_json::{Value, json};
use std::time::Duration;

/// How often mirrors are fetched, and how much one fetch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a mirror pauses after a fetch that went well.
    pub every: Duration,
    /// The most bytes that one fetch may bring.
    pub bytes: u64,
    /// How long one fetch may take.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { every: Duration::from_secs(300), bytes: 2 * 1024 * 1024 * 1024, time: Duration::from_secs(900) }
    }
}

impl Limits {
    fn every_ms(&self) -> i64 {
        i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Nobody pushes to a project that follows another repository: it would be lost with the next fetch.
///
/// # Errors
/// The project is a mirror; the store's.
pub(crate) fn check_push(tx: &mut Tx<'_>, project: ProjectId) -> Result<()> {
    match imports::get(tx, project)? {
        Some(import) if import.mirror => Err(Refusal::Mirror.into()),
        _ => Ok(()),
    }
}

/// What the credentials of a project are sealed for: that project and that address only.
fn about_credentials(project: ProjectId, url: &str) -> String {
    json!(["import", project, "credentials", url]).to_string()
}

/// What the private part of a deploy key is sealed for.
fn about_key(project: ProjectId) -> String {
    json!(["import", project, "key"]).to_string()
}

/// What the audit keeps of an import: nothing secret.
fn image(of: &Import) -> Value {
    json!({
        "import_url": of.url,
        "mirror": of.mirror,
        "owner_id": of.owner,
        "with_credentials": of.credentials.is_some(),
        "public_key": of.public_key,
        "ssh_known_hosts": of.known_hosts,
    })
}

fn event(code: Code, project: ProjectId) -> Event {
    Event::new(code, Subject::of_project("Project", project.0, project))
}
