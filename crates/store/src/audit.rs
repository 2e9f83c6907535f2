//! Audit records: written in the transaction that decides, chained by hashes, and verified.

mod chain;
mod latest;
mod record;
mod settle;
mod verify;

pub use chain::Head;
pub use latest::latest;
pub use record::{Link, Record};
pub use verify::{Problem, Report, Verifier, hash_at, verify};

pub(crate) use chain::seal;
pub(crate) use settle::{has_key, new_key, settle};
