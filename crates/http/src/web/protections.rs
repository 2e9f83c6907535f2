//! Settings > CI/CD > Protected environments: the same pages for projects and groups.

mod chip;
mod fields;
mod form;
mod list;
mod typed;
mod unprotect;
mod words;

use super::error::Path;
use super::form::Form;
use super::frame::Section;
use super::place_head::{PlaceHead, Tab};
use super::view::page_of;
use super::visitor::Reader;
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use countersign_app::authorize::Ref;
use countersign_app::protections::{Managed, Target};
use countersign_app::{Failure, Tx};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::ProtectionId;
use countersign_domain::time::Timestamp;

/// The project or group whose pages they are, by its path.
#[derive(Debug, Clone)]
enum Site {
    Project(String),
    Group(String),
}

impl Site {
    /// As the use cases want it.
    fn target(&self, app: &AppState) -> Target {
        match self {
            Site::Project(path) => Target::Project(Ref::Path(path.clone())),
            Site::Group(path) => Target::Group(Ref::Path(path.clone()), app.config.group_protection_min_role),
        }
    }

    /// The path of the list.
    fn list(&self) -> String {
        match self {
            Site::Project(path) => format!("{}/-/settings/ci_cd", page_of(path)),
            Site::Group(path) => format!("/groups{}/-/settings/ci_cd", page_of(path)),
        }
    }

    /// The path of the form for a new protection, or of a page of the one with that id.
    fn page(&self, id: Option<ProtectionId>, what: &str) -> String {
        match id {
            Some(id) => format!("{}/protected_environments/{id}/{what}", self.list()),
            None => format!("{}/protected_environments/new", self.list()),
        }
    }

    /// The part of the site they belong to.
    fn section(&self) -> Section {
        match self {
            Site::Project(_) => Section::Projects,
            Site::Group(_) => Section::Groups,
        }
    }

    /// Whether it is a group, which protects tiers.
    fn is_group(&self) -> bool {
        matches!(self, Site::Group(_))
    }
}

/// The routes of these pages.
pub(super) fn routes() -> Router<AppState> {
    of("/-/in/{place}", Site::Project).merge(of("/-/group/{place}", Site::Group))
}

/// The same pages for one kind of place.
fn of(above: &str, site: fn(String) -> Site) -> Router<AppState> {
    let at = |rest: &str| format!("{above}/settings/ci_cd{rest}");
    let one = |what: &str| at(&format!("/protected_environments/{{id}}/{what}"));
    let show = move |State(app), reader: Reader, Path(place)| list::show(app, reader, site(place));
    let choose =
        move |State(app), reader: Reader, Path(place), Form(fields)| list::choose(app, reader, site(place), fields);
    let blank = move |State(app), reader: Reader, Path(place)| form::open(app, reader, site(place), None);
    let protect = move |State(app), reader: Reader, Path(place), Form(fields)| {
        form::take(app, reader, (site(place), None), fields)
    };
    let edit = move |State(app), reader: Reader, Path((place, id))| {
        form::open(app, reader, site(place), Some(ProtectionId(id)))
    };
    let update = move |State(app), reader: Reader, Path((place, id)), Form(fields)| {
        form::take(app, reader, (site(place), Some(ProtectionId(id))), fields)
    };
    let ask =
        move |State(app), reader: Reader, Path((place, id))| unprotect::ask(app, reader, site(place), ProtectionId(id));
    let unprotect = move |State(app), reader: Reader, Path((place, id)), Form(fields)| {
        unprotect::unprotect(app, reader, (site(place), ProtectionId(id)), fields)
    };
    Router::new()
        .route(&at(""), get(show))
        .route(&at("/pipeline_triggerer"), post(choose))
        .route(&at("/protected_environments/new"), get(blank).post(protect))
        .route(&one("edit"), get(edit).post(update))
        .route(&one("unprotect"), get(ask).post(unprotect))
}

/// What stands above these pages.
fn head(tx: &mut Tx<'_>, actor: &Actor, of: &Managed, least: Level, now: Timestamp) -> Result<PlaceHead, Failure> {
    match of {
        Managed::Project(project) => PlaceHead::of_project(tx, actor, project, Tab::Settings, now),
        Managed::Group(group) => PlaceHead::of_group(tx, actor, group, Tab::Settings, least, now),
    }
}
