//! The page of a group itself.

use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::lists::{GroupRow, ProjectRow};
use super::place_head::{PlaceHead, Tab};
use super::visitor::Reader;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::authorize::Ref;
use countersign_app::groups::{self, View};
use countersign_app::projects::{self, Creates, InGroup, Of};
use countersign_app::{Failure, Tx};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::NamespaceId;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::Order;
use countersign_store::projects::Order as ProjectOrder;

/// The most groups, and the most projects, that are shown.
const MOST: i64 = 100;

/// What the page of a group tells.
pub(super) struct Overview {
    view: View,
    place: PlaceHead,
    creates: Creates,
    groups: Vec<GroupRow>,
    projects: Vec<ProjectRow>,
    /// How many more of each there are.
    more: (i64, i64),
}

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    frame: Frame,
    place: PlaceHead,
    name: String,
    description: String,
    visibility: &'static str,
    /// Its id.
    id: NamespaceId,
    /// What the reader may create in it.
    creates: Creates,
    groups: Vec<GroupRow>,
    projects: Vec<ProjectRow>,
    more: (i64, i64),
}

/// Loads what the page of a group tells the actor.
///
/// # Errors
/// There is none that they may see.
pub(super) fn overview(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    least: Level,
    now: Timestamp,
) -> Result<Overview, Failure> {
    let view = groups::show(tx, actor, at, now)?;
    let wanted = groups::Wanted { parent: Some(at.clone()), order: Order::Name, limit: MOST, ..Default::default() };
    let (groups, all_groups) = groups::list(tx, actor, &wanted, now)?;
    let of = Of::Group(at.clone(), InGroup::OWN);
    let wanted = projects::Wanted { of, order: ProjectOrder::Name, limit: MOST, ..Default::default() };
    let (projects, all_projects) = projects::list(tx, actor, &wanted, now)?;
    let place = PlaceHead::of_group(tx, actor, &view.group, Tab::Overview, least, now)?;
    Ok(Overview {
        view,
        place,
        creates: projects::creates(tx, actor, at, now)?,
        groups: groups.iter().map(|view| GroupRow { within: String::new(), ..GroupRow::of(view) }).collect(),
        projects: projects
            .iter()
            .map(|view| ProjectRow { within: String::new(), ..ProjectRow::of(view, now) })
            .collect(),
        more: ((all_groups - MOST).max(0), (all_projects - MOST).max(0)),
    })
}

/// The page.
pub(super) fn show(reader: &Reader, of: Overview) -> Result<Response, WebError> {
    let group = of.view.group;
    let shown = GroupPage {
        frame: reader.frame(Section::Groups),
        place: of.place,
        name: group.name,
        description: group.description,
        visibility: group.visibility.as_str(),
        id: group.id,
        creates: of.creates,
        groups: of.groups,
        projects: of.projects,
        more: of.more,
    };
    page(StatusCode::OK, &shown)
}
