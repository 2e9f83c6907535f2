//! The page of a project itself.

use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::place_head::{PlaceHead, Tab};
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::projects::Shown;
use countersign_app::{Failure, Tx};
use countersign_domain::access::Actor;
use countersign_domain::time::Timestamp;

/// What the page of a project tells.
pub(super) struct Overview {
    shown: Shown,
    place: PlaceHead,
}

#[derive(Template)]
#[template(path = "project.html")]
struct ProjectPage {
    frame: Frame,
    place: PlaceHead,
    name: String,
    /// What is told to those who see all of it.
    whole: Option<Whole>,
    /// Where its repository is cloned from.
    clone_url: String,
}

/// What is told of a project to those who see all of it.
struct Whole {
    description: String,
    visibility: &'static str,
    archived: bool,
}

/// Loads what the page of a project tells the actor.
///
/// # Errors
/// The store's.
pub(super) fn overview(tx: &mut Tx<'_>, actor: &Actor, shown: Shown, now: Timestamp) -> Result<Overview, Failure> {
    let project = match &shown {
        Shown::Whole(view) => &view.project,
        Shown::Named(project) => project,
    };
    let place = PlaceHead::of_project(tx, actor, project, Tab::Overview, now)?;
    Ok(Overview { shown, place })
}

/// The page.
pub(super) async fn show(app: &AppState, reader: &Reader, of: Overview, _: Timestamp) -> Result<Response, WebError> {
    let (project, whole) = match of.shown {
        Shown::Whole(view) => {
            let whole = Whole {
                description: view.project.description.clone().unwrap_or_default(),
                visibility: view.project.visibility.as_str(),
                archived: view.project.archived,
            };
            (view.project, Some(whole))
        }
        Shown::Named(project) => (*project, None),
    };
    let shown = ProjectPage {
        frame: reader.frame(Section::Projects),
        place: of.place,
        clone_url: format!("{}/{}.git", app.config.external_url, project.full_path),
        name: project.name,
        whole,
    };
    page(StatusCode::OK, &shown)
}
