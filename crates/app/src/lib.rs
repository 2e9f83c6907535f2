//! The use cases, and what the server does without HTTP.
//!
//! A use case is one file with one plain function over a transaction: it loads what the
//! rules in `countersign_domain` need, asks them, and saves what they say.

pub mod access_tokens;
pub mod approve;
pub mod artifacts;
pub mod authenticate;
pub mod authorize;
pub mod bootstrap;
mod bots;
pub mod cancel_job;
pub mod ci_lint;
pub mod claim;
pub mod commit_files;
pub mod commit_statuses;
pub mod configuration;
pub mod create_pipeline;
pub mod create_runner;
pub mod day;
pub mod delayed_jobs;
pub mod deployments;
pub mod environment_of;
pub mod environments;
pub mod erase_job;
#[cfg(test)]
mod fixture;
pub mod flow;
pub mod gates;
pub mod git;
pub mod git_access;
pub mod glimpse;
pub mod groups;
pub mod imports;
pub mod invitations;
pub mod job_dossier;
pub mod job_payload;
pub mod leaving;
pub mod leftovers;
pub mod lost_jobs;
mod mark;
pub mod members;
pub mod names;
pub mod namespaces;
pub mod on_job;
pub mod options;
pub mod outgoing;
pub mod overdue_jobs;
pub mod own_runner;
mod packing;
pub mod pipelines;
pub mod places;
pub mod play;
pub mod predefined;
pub mod projects;
pub mod protected_refs;
pub mod protections;
pub mod push;
pub mod reassess;
pub mod ref_changes;
pub mod request_job;
pub mod resource_groups;
pub mod retry;
pub mod runners;
#[cfg(test)]
mod running;
pub mod script;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod sight;
pub mod tokens;
pub mod traces;
pub mod triggers;
pub mod update_job;
pub mod users;
pub mod variables;
pub mod vault;
pub mod wake;
pub mod withdraw;
pub mod worker;

use countersign_domain::access::Level;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Kind, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::Store;
use serde_json::json;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

pub use countersign_store::{Error, Failure, Tx};

/// What a use case returns.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The settings of the server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where repositories, traces, artifacts and the embedded database live.
    pub data_dir: PathBuf,
    /// The address people and runners reach the server at, without a trailing slash.
    pub external_url: String,
    /// The least role that manages the protected environments of a group: maintainer, or raised to owner.
    pub group_protection_min_role: Level,
    /// Whether every personal access token must end.
    pub tokens: tokens::Lives,
    /// After how many milliseconds without a word a runner's job counts as lost.
    pub lost_after_ms: i64,
    /// After how many milliseconds without an acknowledgement a handed-out job counts as never taken up.
    pub unacknowledged_after_ms: i64,
    /// How long a runner's request for a job is held while there is none, in milliseconds.
    pub hold_requests_ms: u64,
    /// The longest archive of files that a job may leave, in bytes.
    pub max_artifact_bytes: u64,
    /// How long after the end of a job its log is kept, in milliseconds; for ever if there is none.
    pub logs_live_ms: Option<i64>,
    /// How many requests a second one token, or one address without a token, may make; no limit if there is none.
    pub requests_per_second: Option<NonZeroU32>,
    /// Which machines the server may call beyond the public internet.
    pub outgoing: countersign_domain::outgoing::Allowed,
    /// How often mirrors are fetched, and how much one fetch may take.
    pub imports: imports::Limits,
    /// Seals what nobody is to read in the database.
    pub vault: vault::Vault,
}

impl Config {
    /// The defaults for a data directory and an external address, without a key to seal values with.
    pub fn new(data_dir: PathBuf, external_url: String) -> Config {
        Config {
            data_dir,
            external_url,
            group_protection_min_role: Level::Maintainer,
            tokens: tokens::Lives::Bounded,
            lost_after_ms: 5 * 60 * 1000,
            unacknowledged_after_ms: 60 * 1000,
            hold_requests_ms: 50 * 1000,
            max_artifact_bytes: 100 * 1024 * 1024,
            logs_live_ms: None,
            requests_per_second: None,
            outgoing: countersign_domain::outgoing::Allowed::default(),
            imports: imports::Limits::default(),
            vault: vault::Vault::default(),
        }
    }

    /// The host of the external address, without a port.
    pub fn host(&self) -> &str {
        let rest = self.external_url.split_once("://").map_or(self.external_url.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        authority.rsplit_once(':').filter(|(_, port)| digits(port)).map_or(authority, |(host, _)| host)
    }
}

/// What the server consists of, besides its listeners.
pub struct App {
    /// The database.
    pub store: Store,
    /// The repositories on disk.
    pub repositories: git::Repositories,
    /// The settings.
    pub config: Config,
    /// Rings when a job may have been put into the queue, when a log has grown, and when the server ends.
    pub wake: Arc<wake::Wake>,
    /// Keeps the pushes of one project in order.
    pub pushes: push::Turns,
    /// The day that has begun.
    pub day: day::Day,
    /// When each machine of a runner was last noted.
    pub seen: request_job::Seen,
    /// Where passwords are hashed.
    pub hashing: secrets::Hashing,
}

impl App {
    /// A server on that database and those repositories.
    pub fn new(store: Store, repositories: git::Repositories, config: Config) -> App {
        let (wake, pushes, day, seen, hashing) = Default::default();
        App { store, repositories, config, wake, pushes, day, seen, hashing }
    }
}

/// The time now, in milliseconds.
#[expect(clippy::disallowed_methods, reason = "the one place where the server reads the clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A refused attempt. One on a protected environment is recorded, unless the request made no sense to begin with.
pub(crate) fn refused<T>(why: Refusal, subject: Subject, attempt: &str, protected: bool) -> Ending<T> {
    let attempted = why.kind() == Kind::Forbidden || matches!(why, Refusal::NotBlocked(_) | Refusal::Unplayable(_));
    let event = || Event::new(Code::AttemptRefused, subject).after(json!({"attempt": attempt, "code": why.code()}));
    let record = (attempted && protected).then(event);
    Ending::Refused { why, record }
}

/// An attempt by somebody who may know of the thing but not act on it.
#[derive(Debug, Clone)]
pub struct Denied {
    why: Refusal,
    subject: Subject,
    protected: bool,
}

impl Denied {
    /// How the attempt ends: refused, and recorded where it was on a protected environment.
    pub fn ending<T>(self, attempt: &str) -> Ending<T> {
        refused(self.why, self.subject, attempt, self.protected)
    }
}

/// Takes a refusal out of what was found, so that the attempt can be recorded; other failures stay.
pub(crate) fn or_refused<T>(found: Result<T>) -> Result<Result<T, Refusal>> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(Failure::Refused(why)) => Ok(Err(why)),
        Err(other) => Err(other),
    }
}
