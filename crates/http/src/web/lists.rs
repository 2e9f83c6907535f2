//! The projects and the groups that the reader may see.

use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::pager::{self, Pager};
use super::view::{Moment, page_of};
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::{groups, projects};
use countersign_domain::access::Level;
use countersign_domain::time::Timestamp;
use countersign_store::namespaces::Order;
use countersign_store::projects::Order as ProjectOrder;
use serde::Deserialize;

/// Where projects are listed.
pub(super) const PROJECTS: &str = "/dashboard/projects";
/// Where groups are listed.
pub(super) const GROUPS: &str = "/dashboard/groups";

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(PROJECTS, get(list_projects)).route(GROUPS, get(list_groups))
}

/// A project in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProjectRow {
    pub(super) href: String,
    /// Where it lies, as an address that ends in a slash.
    pub(super) within: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) visibility: &'static str,
    pub(super) archived: bool,
    /// The highest role that the reader has by their own or the group's members.
    pub(super) role: Option<&'static str>,
    pub(super) active: Moment,
}

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupRow {
    pub(super) href: String,
    /// Where it lies, as an address that ends in a slash; empty at the top.
    pub(super) within: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) visibility: &'static str,
}

impl ProjectRow {
    /// That of a project.
    pub(super) fn of(view: &projects::View, now: Timestamp) -> ProjectRow {
        let project = &view.project;
        ProjectRow {
            href: page_of(&project.full_path),
            within: format!("{}/", project.namespace.full_path),
            name: project.name.clone(),
            description: project.description.clone().unwrap_or_default(),
            visibility: project.visibility.as_str(),
            archived: project.archived,
            role: view.direct.max(view.group).map(Level::name),
            active: Moment::of(project.last_activity_at, now),
        }
    }
}

impl GroupRow {
    /// That of a group.
    pub(super) fn of(view: &groups::View) -> GroupRow {
        let group = &view.group;
        let above = group.full_path.rsplit_once('/').map(|(above, _)| format!("{above}/"));
        GroupRow {
            href: page_of(&group.full_path),
            within: above.unwrap_or_default(),
            name: group.name.clone(),
            description: group.description.clone(),
            visibility: group.visibility.as_str(),
        }
    }
}

/// What the reader wants to see.
#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    search: String,
    /// Anything for only that to which they belong.
    #[serde(default)]
    mine: String,
    #[serde(default)]
    page: String,
}

impl Filter {
    fn search(&self) -> Option<String> {
        Some(self.search.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn mine(&self) -> bool {
        !self.mine.is_empty()
    }

    fn pager(&self, path: &str, total: i64) -> Pager {
        let mine = if self.mine() { "1" } else { "" };
        Pager::new(pager::number(&self.page), total, path, &[("search", &self.search), ("mine", mine)])
    }
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage {
    frame: Frame,
    projects: Vec<ProjectRow>,
    search: String,
    mine: bool,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    frame: Frame,
    groups: Vec<GroupRow>,
    search: String,
    mine: bool,
    pager: Pager,
}

async fn list_projects(
    State(app): State<AppState>,
    reader: Reader,
    Query(filter): Query<Filter>,
) -> Result<Response, WebError> {
    let (frame, now, mine) = (reader.frame(Section::Projects), countersign_app::now(), filter.mine());
    let wanted = projects::Wanted {
        search: filter.search(),
        min_level: mine.then_some(Level::Guest),
        order: ProjectOrder::LastActivityAt,
        descending: true,
        limit: pager::SIZE,
        offset: pager::offset(pager::number(&filter.page)),
        ..projects::Wanted::default()
    };
    let (rows, total) = app.scan(move |tx| projects::list(tx, &reader.actor, &wanted, now)).await?;
    let projects = rows.iter().map(|view| ProjectRow::of(view, now)).collect();
    let pager = filter.pager(PROJECTS, total);
    page(StatusCode::OK, &ProjectsPage { frame, projects, search: filter.search, mine, pager })
}

async fn list_groups(
    State(app): State<AppState>,
    reader: Reader,
    Query(filter): Query<Filter>,
) -> Result<Response, WebError> {
    let (frame, now, mine) = (reader.frame(Section::Groups), countersign_app::now(), filter.mine());
    let wanted = groups::Wanted {
        search: filter.search(),
        min_level: mine.then_some(Level::Minimal),
        order: Order::Path,
        limit: pager::SIZE,
        offset: pager::offset(pager::number(&filter.page)),
        ..groups::Wanted::default()
    };
    let (rows, total) = app.scan(move |tx| groups::list(tx, &reader.actor, &wanted, now)).await?;
    let groups = rows.iter().map(GroupRow::of).collect();
    let pager = filter.pager(GROUPS, total);
    page(StatusCode::OK, &GroupsPage { frame, groups, search: filter.search, mine, pager })
}
