//! The page of a project itself: what it is, what stands where, and how to get its code.

use super::environments::EnvironmentRow;
use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::mirror::Mirror;
use super::place_head::{PlaceHead, Tab};
use super::view::{Moment, below, short};
use super::visitor::Reader;
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::projects::{self, Shown};
use countersign_app::{Failure, Tx};
use countersign_domain::access::Actor;
use countersign_domain::time::Timestamp;

/// What the page of a project tells.
pub(super) struct Overview {
    of: projects::Overview,
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
    rows: Vec<EnvironmentRow>,
    /// How many environments are not shown.
    more: usize,
    environments: String,
    /// Whether the reader may see environments.
    with_environments: bool,
    /// Where its repository is cloned from; none if the code is not for the reader.
    clone_url: Option<String>,
    /// Whether nothing was pushed yet, and the reader may.
    may_begin: bool,
    default_branch: String,
    last: Option<LastCommit>,
    /// From where it is fetched, for those who manage it.
    mirror: Option<Mirror>,
}

/// What is told of a project to those who see all of it.
struct Whole {
    description: String,
    visibility: &'static str,
    archived: bool,
    facts: Vec<(&'static str, String)>,
}

/// What the default branch stands at.
struct LastCommit {
    title: String,
    sha: String,
    author: String,
    at: Moment,
}

/// Loads what the page of a project tells the actor.
///
/// # Errors
/// The store's.
pub(super) fn overview(
    tx: &mut Tx<'_>,
    actor: &Actor,
    of: projects::Overview,
    now: Timestamp,
) -> Result<Overview, Failure> {
    let place = PlaceHead::of_project(tx, actor, of.project(), Tab::Overview, now)?;
    Ok(Overview { of, place })
}

/// The page.
pub(super) async fn show(
    app: &AppState,
    reader: &Reader,
    found: Overview,
    now: Timestamp,
) -> Result<Response, WebError> {
    let Overview { of, place } = found;
    let project = of.project();
    let rows = of.board.iter().flat_map(|board| &board.rows);
    let rows: Vec<EnvironmentRow> = rows.map(|standing| EnvironmentRow::of(project, standing, now)).collect();
    let last = last_commit(app, &of, now).await?;
    let shown = ProjectPage {
        frame: reader.frame(Section::Projects),
        place,
        name: project.name.clone(),
        whole: whole(&of.shown, now),
        more: of.board.as_ref().map_or(0, |board| board.available - rows.len()),
        rows,
        environments: below(project, "environments"),
        with_environments: of.board.is_some(),
        clone_url: of.with_code.then(|| format!("{}/{}.git", app.config.external_url, project.full_path)),
        may_begin: of.may_begin,
        default_branch: project.default_branch.clone(),
        last,
        mirror: match &of.shown {
            Shown::Whole(view) => Mirror::of(view, now),
            Shown::Named(_) => None,
        },
    };
    page(StatusCode::OK, &shown)
}

fn whole(of: &Shown, now: Timestamp) -> Option<Whole> {
    let Shown::Whole(view) = of else { return None };
    let project = &view.project;
    let mut facts = Vec::new();
    if !project.topics.is_empty() {
        facts.push(("Topics", project.topics.join(", ")));
    }
    facts.push(("Last activity", Moment::of(project.last_activity_at, now).exact));
    facts.push(("Created", Moment::of(project.created_at, now).exact));
    Some(Whole {
        description: project.description.clone().unwrap_or_default(),
        visibility: project.visibility.as_str(),
        archived: project.archived,
        facts,
    })
}

/// What the default branch stands at, read from the repository.
async fn last_commit(app: &AppState, of: &projects::Overview, now: Timestamp) -> Result<Option<LastCommit>, ApiError> {
    let Some(tip) = of.tip.clone() else { return Ok(None) };
    let (repositories, project) = (app.repositories.clone(), of.project().id.0);
    let work = move || repositories.commit(project, &tip);
    let found = tokio::task::spawn_blocking(work).await.map_err(|why| ApiError::internal(&why))?;
    let found = found.map_err(|why| ApiError::unavailable(&why))?;
    Ok(found.map(|commit| LastCommit {
        title: commit.title,
        sha: short(&commit.sha),
        author: commit.author.name,
        at: Moment::of(Timestamp(commit.committer.at), now),
    }))
}
