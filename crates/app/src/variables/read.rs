//! Shows variables to those who may change them.

use super::{Place, Shown, Which, find, open, owner};
use crate::vault::Vault;
use crate::{Error, Result, Tx};
use countersign_domain::access::Actor;
use countersign_domain::time::Timestamp;
use countersign_store::variables::{self, Kept};

/// All variables of a place, by key and environment scope.
///
/// # Errors
/// There is no such place, or the actor may not see its variables; a value cannot be opened.
pub fn list(tx: &mut Tx<'_>, vault: &Vault, actor: &Actor, at: &Place, now: Timestamp) -> Result<Vec<Shown>> {
    let owner = owner(tx, actor, at, now)?;
    let all = variables::list(tx, owner)?;
    Ok(all.into_iter().map(|kept| shown(vault, kept)).collect::<Result<_, Error>>()?)
}

/// One variable of a place.
///
/// # Errors
/// As [`list`]; there is none, or it is not clear which.
pub fn show(
    tx: &mut Tx<'_>,
    vault: &Vault,
    actor: &Actor,
    (at, which): (&Place, &Which),
    now: Timestamp,
) -> Result<Shown> {
    let owner = owner(tx, actor, at, now)?;
    let all = variables::list(tx, owner)?;
    Ok(shown(vault, find(&all, which)?.clone())?)
}

fn shown(vault: &Vault, kept: Kept) -> Result<Shown, Error> {
    let hidden = kept.variable.traits.hidden;
    let value = (!hidden).then(|| open(vault, &kept)).transpose()?;
    Ok(Shown { variable: kept.variable, value })
}
