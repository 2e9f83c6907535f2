//! The groups above and beside a project.

use crate::authorize::{self, Ref};
use crate::{Result, Tx, invitations};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::{self, Namespace};
use countersign_store::{fold, shares};

/// Which groups around a project are asked for.
#[derive(Debug, Clone, Default)]
pub struct WantedGroups {
    /// Part of the name or path.
    pub search: Option<String>,
    /// All but these.
    pub skip: Vec<i64>,
    /// Those it is shared with, too.
    pub shared: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

/// A group around a project.
#[derive(Debug, Clone)]
pub struct GroupAround {
    /// The group.
    pub group: Namespace,
    /// "Parent / Child".
    pub full_name: String,
}

/// One page of the groups above a project, and of those it is shared with, by id; and how many there are in all. They
/// are those that the project shows with itself.
///
/// # Errors
/// The project is not there, or not for the actor to see.
pub fn groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    wanted: &WantedGroups,
    now: Timestamp,
) -> Result<(Vec<GroupAround>, i64)> {
    let found = authorize::project(tx, actor, at, Action::Read, now)?;
    let mut ids: Vec<i64> = found.directory.groups_above(found.project.id).iter().map(|g| g.0).collect();
    if wanted.shared {
        let mut shares = shares::list(tx, Place::Project(found.project.id))?;
        invitations::hide(tx, actor, &found.standing, &mut shares, now)?;
        ids.extend(shares.iter().map(|share| share.group_id.0));
    }
    ids.retain(|id| !wanted.skip.contains(id));
    ids.sort_unstable();
    ids.dedup();
    let mut all = Vec::new();
    for some in ids.chunks(countersign_store::many::MOST) {
        all.extend(namespaces::many(tx, some)?);
    }
    if let Some(search) = wanted.search.as_deref().map(fold::fold) {
        all.retain(|group| [&group.name, &group.path].iter().any(|text| fold::fold(text).contains(&search)));
    }
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let (limit, offset) = (usize::try_from(wanted.limit), usize::try_from(wanted.offset));
    let page: Vec<_> = all.into_iter().skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or_default()).collect();
    let mut names = namespaces::full_names(tx, &page.iter().map(|group| group.id.0).collect::<Vec<_>>())?;
    let each = page.into_iter().map(|group| {
        let full_name = names.remove(&group.id).unwrap_or_else(|| group.name.clone());
        GroupAround { group, full_name }
    });
    Ok((each.collect(), total))
}
