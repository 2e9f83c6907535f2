//! Shows projects.

use super::{View, view};
use crate::authorize::{self, Ref};
use crate::{Failure, Result, Tx, invitations, sight};
use countersign_domain::access::{Action, Actor, Level, Place, Standing, Visibility};
use countersign_domain::ids::ProjectId;
use countersign_domain::time::Timestamp;
use countersign_store::projects::{self, Filter, Listed, Order, Project};
use countersign_store::seek::Seek;
use countersign_store::shares::Share;
use countersign_store::{namespaces, shares, users};
use std::collections::HashMap;

/// Which projects are asked for, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only projects directly in that group, which the actor must see.
    pub group: Option<Ref>,
    /// Only projects on which the actor has at least this level.
    pub min_level: Option<Level>,
    /// Only projects of that visibility.
    pub visibility: Option<Visibility>,
    /// Only projects with a greater id.
    pub id_after: Option<i64>,
    /// Only projects with a smaller id.
    pub id_before: Option<i64>,
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

/// One page of the projects the actor may see, and how many there are in all.
///
/// # Errors
/// The group asked for is not there, or not for the actor to see.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<(Vec<View>, i64)> {
    let namespace = match &wanted.group {
        None => None,
        Some(at) => Some(authorize::group(tx, actor, at, Action::Read, now)?.group.id),
    };
    let filter = Filter {
        viewer: sight::viewer(actor, now),
        search: wanted.search.clone(),
        min_level: wanted.min_level,
        visibility: wanted.visibility,
        namespace,
        id_after: wanted.id_after.map(ProjectId),
        id_before: wanted.id_before.map(ProjectId),
        order: wanted.order,
        descending: wanted.descending,
        limit: wanted.limit,
        offset: wanted.offset,
        seek: wanted.seek.clone(),
    };
    let (found, total) = projects::list(tx, &filter)?;
    Ok((views(tx, actor, found, now)?, total))
}

/// One project, with those of the groups invited to it that the actor may know of.
///
/// # Errors
/// It is not there, or not for the actor to see.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<View> {
    let found = authorize::project(tx, actor, at, Action::Read, now)?;
    let mut view = view(tx, actor, &found.directory, found.project)?;
    invitations::hide(tx, actor, &found.standing, &mut view.shares, now)?;
    Ok(view)
}

/// A project as one person may see it.
#[derive(Debug, Clone)]
pub enum Shown {
    /// All of it.
    Whole(Box<View>),
    /// Its id, name, path and address only: a protection names the person, who is no member.
    Named(Box<Project>),
}

/// One project; less of it for those whom only a protection lets see it (semantics, section 3: *Sight*).
///
/// # Errors
/// It is not there, or not for the actor to see.
pub fn show_to_named(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<Shown> {
    match show(tx, actor, at, now) {
        Err(Failure::Refused(_)) => Ok(Shown::Named(Box::new(sight::project(tx, actor, at, now)?.project))),
        shown => Ok(Shown::Whole(Box::new(shown?))),
    }
}

/// Adds to a page of projects what is shown around them, with as many look-ups as for one.
fn views(tx: &mut Tx<'_>, actor: &Actor, found: Vec<Listed>, now: Timestamp) -> Result<Vec<View>> {
    let ids = |of: &dyn Fn(&Listed) -> Option<i64>| found.iter().filter_map(of).collect::<Vec<_>>();
    let names = namespaces::full_names(tx, &ids(&|l| Some(l.project.namespace.id.0)))?;
    let owners = users::many(tx, &ids(&|l| l.project.namespace.owner_id.map(|o| o.0)))?;
    let owners: HashMap<_, _> = owners.into_iter().map(|u| (u.id, u)).collect();
    let shares = shares::of_projects(tx, &ids(&|l| Some(l.project.id.0)))?;
    let seen = sight::groups(tx, actor, shares.iter().map(|s| s.group_id), now)?;
    let mut invited: HashMap<_, Vec<Share>> = HashMap::new();
    for share in shares {
        invited.entry(share.place).or_default().push(share);
    }
    let each = found.into_iter().map(|listed| {
        let place = Place::Project(listed.project.id);
        let standing = Standing::new(listed.level.unwrap_or(Level::None), actor, true, place);
        let mut shares = invited.remove(&place).unwrap_or_default();
        shares.retain(|s| standing.shows_invitation(seen.contains(&s.group_id)));
        View {
            namespace_full_name: names.get(&listed.project.namespace.id).cloned().unwrap_or_default(),
            shares,
            owner: listed.project.namespace.owner_id.and_then(|id| owners.get(&id).cloned()),
            direct: listed.direct,
            group: listed.group,
            project: listed.project,
        }
    });
    Ok(each.collect())
}
