//! Reads how environments are protected.

use super::{Saved, Target, authorized, saved};
use crate::{Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::protection::Protection;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::protections;

/// The protections that live on a project or group.
///
/// # Errors
/// The actor does not manage protections there: reading them needs the same role.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, target: &Target, now: Timestamp) -> Result<Vec<Protection>> {
    let scope = authorized(tx, actor, target, now)?;
    Ok(protections::list(tx, scope)?)
}

/// One protection, with what is odd about it.
///
/// # Errors
/// As [`list`]; or there is none of that name.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, target: &Target, name: &str, now: Timestamp) -> Result<Saved> {
    let scope = authorized(tx, actor, target, now)?;
    Ok(saved(tx, scope, name, now)?.ok_or(Refusal::NotFound(Missing::Row))?)
}
