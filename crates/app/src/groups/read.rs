//! Shows groups.

use super::{View, view};
use crate::authorize::{self, Ref};
use crate::{Result, Tx, invitations, sight};
use countersign_domain::access::{Action, Actor, Level, Visibility};
use countersign_domain::ids::GroupId;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Filter, Order};
use countersign_store::seek::Seek;

/// Which groups are asked for, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only groups that lie in no other.
    pub top_level_only: bool,
    /// Only groups directly in that one, which the actor must see.
    pub parent: Option<Ref>,
    /// With `parent`: those at any depth.
    pub below: bool,
    /// All but these.
    pub skip: Vec<i64>,
    /// Only groups on which the actor has at least this level.
    pub min_level: Option<Level>,
    /// Only groups of that visibility.
    pub visibility: Option<Visibility>,
    /// By what the list is ordered.
    pub order: Order,
    /// Whether the highest come first.
    pub descending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
    /// Where the page begins: the offset, or a key.
    pub seek: Seek,
}

/// One page of the groups the actor may see, and how many there are in all.
///
/// # Errors
/// The parent asked for is not there, or not for the actor to see.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<(Vec<View>, i64)> {
    let parent = match &wanted.parent {
        None => None,
        Some(at) => Some(authorize::group(tx, actor, at, Action::Read, now)?.id()),
    };
    let filter = Filter {
        viewer: sight::viewer(actor, now),
        search: wanted.search.clone(),
        top_level_only: wanted.top_level_only,
        parent,
        below: wanted.below,
        skip: wanted.skip.iter().map(|id| GroupId(*id)).collect(),
        min_level: wanted.min_level,
        visibility: wanted.visibility,
        order: wanted.order,
        descending: wanted.descending,
        limit: wanted.limit,
        offset: wanted.offset,
        seek: wanted.seek.clone(),
    };
    let (found, total) = namespaces::list(tx, &filter)?;
    let ids: Vec<i64> = found.iter().map(|g| g.id.0).collect();
    let names = namespaces::full_names(tx, &ids)?;
    let views = found.into_iter().map(|group| {
        let full_name = names.get(&group.id).cloned().unwrap_or_else(|| group.name.clone());
        View { group, full_name, shares: Vec::new() }
    });
    Ok((views.collect(), total))
}

/// One group, with those of the groups invited to it that the actor may know of.
///
/// # Errors
/// It is not there, or not for the actor to see.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<View> {
    let found = authorize::group(tx, actor, at, Action::Read, now)?;
    let mut view = view(tx, found.group)?;
    invitations::hide(tx, actor, &found.standing, &mut view.shares, now)?;
    Ok(view)
}
