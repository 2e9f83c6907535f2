//! Namespaces: what a project can lie in, a group or a person's own.

use crate::authorize::{self, Ref};
use crate::{Failure, Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::ids::NamespaceId;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Mine, Namespace};
use countersign_store::reach::Viewer;

/// Most names that are tried to find one that is free.
const MOST_SUGGESTIONS: u32 = 100;

/// Which namespaces are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only those that the actor owns.
    pub owned_only: bool,
    /// Only those that lie in no other.
    pub top_level_only: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

/// One page of the namespaces in which the actor has a place, and how many there are in all; administrators have one in
/// all of them.
///
/// # Errors
/// The actor is anonymous or a job.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<(Vec<Namespace>, i64)> {
    authorize::own_token(actor)?;
    let filter = Mine {
        viewer: Viewer { user: actor.user(), admin: actor.is_admin(), today: now.date() },
        search: wanted.search.clone(),
        owned_only: wanted.owned_only,
        top_level_only: wanted.top_level_only,
        limit: wanted.limit,
        offset: wanted.offset,
    };
    Ok(namespaces::mine(tx, &filter)?)
}

/// One namespace: a group that the actor sees, or the actor's own; for administrators, anybody's.
///
/// # Errors
/// There is none that the actor may see; the actor is anonymous or a job.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Namespace> {
    authorize::own_token(actor)?;
    let missing = || Refusal::NotFound(Missing::Namespace);
    let found = match at {
        Ref::Id(id) => namespaces::get(tx, NamespaceId(*id))?,
        Ref::Path(path) => namespaces::by_path(tx, path)?,
    };
    let found = found.ok_or_else(missing)?;
    if found.owner_id.is_some() {
        let own = actor.is_admin() || found.owner_id == actor.user();
        return if own { Ok(found) } else { Err(missing().into()) };
    }
    match authorize::group(tx, actor, at, Action::Read, now) {
        Ok(seen) => Ok(seen.group),
        Err(Failure::Refused(Refusal::NotFound(_))) => Err(missing().into()),
        Err(why) => Err(why),
    }
}

/// Whether a path is taken in a group, or at the top; and if so, one like it that is free.
///
/// # Errors
/// There is no such group that the actor may see; the actor is anonymous or a job.
pub fn exists(
    tx: &mut Tx<'_>,
    actor: &Actor,
    path: &str,
    parent: Option<&Ref>,
    now: Timestamp,
) -> Result<(bool, Option<String>)> {
    authorize::own_token(actor)?;
    if path.contains('/') {
        // Nothing can be called so; and what lies within a group that the actor may not see is not theirs to learn.
        return Ok((false, None));
    }
    let above = match parent {
        None => String::new(),
        Some(at) => format!("{}/", authorize::group(tx, actor, at, Action::Read, now)?.group.full_path),
    };
    if !namespaces::path_taken(tx, &format!("{above}{path}"))? {
        return Ok((false, None));
    }
    for number in 1..=MOST_SUGGESTIONS {
        let other = format!("{path}{number}");
        if !namespaces::path_taken(tx, &format!("{above}{other}"))? {
            return Ok((true, Some(other)));
        }
    }
    Ok((true, None))
}
