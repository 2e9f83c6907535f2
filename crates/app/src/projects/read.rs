//! Shows projects.

use super::{View, view};
use crate::authorize::{self, Ref};
use crate::{Failure, Result, Tx, invitations, sight};
use countersign_domain::access::{Action, Actor, Level, Place, Standing, Visibility};
use countersign_domain::ids::{ProjectId, UserId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::projects::{self, Filter, Listed, Order, Project, Within};
use countersign_store::seek::Seek;
use countersign_store::shares::Share;
use countersign_store::{imports, namespaces, shares, users};
use std::collections::HashMap;

/// What the projects asked for have to do with.
#[derive(Debug, Clone, Default)]
pub enum Of {
    /// Nothing in particular.
    #[default]
    Anything,
    /// A group, which the actor must see: those in it, and those of the groups below it, if these count; and those it is
    /// invited to, if these count.
    Group(Ref, InGroup),
    /// The personal namespace of a user, by id or username.
    User(Ref),
}

/// Which projects count as a group's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InGroup {
    /// Those in it.
    pub own: bool,
    /// With `own`: those of groups below it.
    pub below: bool,
    /// Those it is invited to.
    pub shared: bool,
}

impl InGroup {
    /// Those directly in it.
    pub const OWN: InGroup = InGroup { own: true, below: false, shared: false };
    /// Those it is invited to.
    pub const SHARED: InGroup = InGroup { own: false, below: false, shared: true };
}

/// Which projects are asked for, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only projects that have to do with something.
    pub of: Of,
    /// Only archived ones, or only others.
    pub archived: Option<bool>,
    /// Only projects with all these topics.
    pub topics: Vec<String>,
    /// Only projects in which something happened after that.
    pub active_after: Option<Timestamp>,
    /// Only projects in which nothing happened since that.
    pub active_before: Option<Timestamp>,
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
/// The group or user asked for is not there, or not for the actor to see.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted, now: Timestamp) -> Result<(Vec<View>, i64)> {
    let within = within(tx, actor, &wanted.of, now)?;
    let filter = Filter {
        viewer: sight::viewer(actor, now),
        search: wanted.search.clone(),
        min_level: wanted.min_level,
        visibility: wanted.visibility,
        within,
        archived: wanted.archived,
        topics: wanted.topics.clone(),
        active_after: wanted.active_after,
        active_before: wanted.active_before,
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

/// The namespace asked for.
fn within(tx: &mut Tx<'_>, actor: &Actor, of: &Of, now: Timestamp) -> Result<Option<Within>> {
    match of {
        Of::Anything => Ok(None),
        Of::Group(at, InGroup { own, below, shared }) => {
            let namespace = authorize::group(tx, actor, at, Action::Read, now)?.group.id;
            Ok(Some(Within { namespace, own: *own, below: *below, shared: *shared }))
        }
        Of::User(at) => {
            let found = match at {
                Ref::Id(id) => namespaces::personal(tx, UserId(*id))?,
                Ref::Path(name) => namespaces::by_path(tx, name)?.filter(|n| !n.is_group()),
            };
            let namespace = found.ok_or(Refusal::NotFound(Missing::User))?.id;
            Ok(Some(Within { namespace, own: true, below: false, shared: false }))
        }
    }
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
    let imports = imports::many(tx, &ids(&|l| Some(l.project.id.0)))?;
    let mut imports: HashMap<_, _> = imports.into_iter().map(|of| (of.project, of)).collect();
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
            manages: standing.may(Action::ManageProject).is_ok(),
            import: imports.remove(&listed.project.id),
            project: listed.project,
        }
    });
    Ok(each.collect())
}
