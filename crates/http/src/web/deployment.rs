//! One deployment: how it stands and why, who signed and who could, what would ship, and what happened so far.

mod facts;
mod job;

use super::card::{Badge, Card};
use super::deeds::Deeds;
use super::error::{Path, WebError};
use super::frame::{Frame, Section, page};
use super::live::Link;
use super::place_head::{PlaceHead, Tab};
use super::view::{Face, Fact, Moment, below, short};
use super::visitor::Reader;
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::deployments::{self, Dossier, Electors, Happened, What};
use countersign_app::git::{Commit, Log};
use countersign_app::glimpse;
use countersign_domain::approval::Verdict;
use countersign_domain::time::Timestamp;
use job::Job;

/// The most commits that are listed.
const MOST_COMMITS: i64 = 20;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/-/in/{place}/deployments/{iid}", get(show))
}

#[derive(Template)]
#[template(path = "deployment.html")]
struct DeploymentPage {
    frame: Frame,
    place: PlaceHead,
    card: Card,
    /// Who could sign, by demand.
    electors: Vec<Voters>,
    /// What would ship that was not there before; none if that may not or cannot be told.
    commits: Option<Commits>,
    history: Vec<Line>,
    facts: Vec<Fact>,
    /// Its job, with the end of the log, for those who may read it.
    job: Option<Job>,
    /// What is done with the job.
    deeds: Deeds,
    /// This page, to come back to.
    here: String,
    live: Link,
    /// The whole of the commit's name, for whoever prints the page.
    sha: String,
    /// When the page was made, for whoever prints it.
    made: Moment,
}

/// Who could sign for a demand.
struct Voters {
    party: String,
    /// They; none if their names are not for the reader.
    people: Option<Vec<Face>>,
    more: usize,
}

/// What would ship.
struct Commits {
    rows: Vec<Row>,
    /// Whether there are more.
    more: bool,
    /// The first characters of the commit that is there now, if any is.
    since: Option<String>,
}

/// One commit.
struct Row {
    sha: String,
    title: String,
    author: String,
}

/// Something that happened.
struct Line {
    tone: &'static str,
    what: String,
    at: Moment,
    comment: Option<String>,
}

async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, iid)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    let (at, now, frame) = (Ref::Path(place), countersign_app::now(), reader.frame(Section::Projects));
    let read = move |tx: &mut Tx<'_>| {
        let found = deployments::dossier(tx, &reader.actor, &at, iid, now)?;
        let mark = glimpse::deployment(tx, &reader.actor, &at, iid, now)?.mark;
        let place = PlaceHead::of_project(tx, &reader.actor, &found.item.project, Tab::Environments, now)?;
        Ok((found, mark, place))
    };
    let (found, mark, place) = app.read(read).await?;
    let (commits, job) = (commits(&app, &found).await?, job::load(&app, &found).await?);
    let card = Card::of(&found.item, now);
    let environment = format!("environments/{}", found.item.case.deployment.environment_id);
    let place = place.then(&card.environment, Some(below(&found.item.project, &environment)));
    let painted = job.as_ref().and_then(|job| job.log.end);
    let shown = DeploymentPage {
        frame,
        place: place.then(format!("Deployment {}", card.iid), None),
        electors: found.electors.iter().map(voters).collect(),
        commits,
        history: found.history.iter().map(|happened| line(happened, &found, now)).collect(),
        facts: facts::of(&found, now),
        deeds: job::deeds(&found),
        here: card.href.clone(),
        live: Link::new(&card.href, &[], &mark, painted),
        sha: found.item.case.deployment.sha.clone(),
        made: Moment::of(now, now),
        job,
        card,
    };
    page(StatusCode::OK, &shown)
}

fn voters(of: &Electors) -> Voters {
    let people = of.people.as_ref().map(|all| all.iter().map(Face::of).collect());
    Voters { party: of.party.clone(), people, more: of.more }
}

/// What would ship, for those who may read the code. A commit that is not in the repository has no history.
async fn commits(app: &AppState, of: &Dossier) -> Result<Option<Commits>, ApiError> {
    if !of.with_code {
        return Ok(None);
    }
    let (repositories, project) = (app.repositories.clone(), of.item.project.id.0);
    let (sha, before) = (of.item.case.deployment.sha.clone(), of.previous.as_ref().map(|d| d.sha.clone()));
    let work = move || {
        let there =
            |sha: &str| repositories.exists(project) && matches!(repositories.commit(project, sha), Ok(Some(_)));
        if !there(&sha) {
            return Ok(None);
        }
        let without = before.filter(|sha| there(sha));
        let limit = if without.is_some() { MOST_COMMITS + 1 } else { 1 };
        let log = Log { from: Some(sha), without: without.clone(), limit, ..Log::default() };
        repositories.log(project, &log).map(|rows| Some((rows, without)))
    };
    let found = tokio::task::spawn_blocking(work).await.map_err(|why| ApiError::internal(&why))?;
    let Some((mut rows, since)) = found.map_err(|why| ApiError::unavailable(&why))? else { return Ok(None) };
    let most = usize::try_from(MOST_COMMITS).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let row = |commit: Commit| Row { sha: short(&commit.sha), title: commit.title, author: commit.author.name };
    Ok(Some(Commits { rows: rows.into_iter().map(row).collect(), more, since: since.map(|sha| short(&sha)) }))
}

fn line(of: &Happened, found: &Dossier, now: Timestamp) -> Line {
    let name = of.by.map(|id| found.people.get(&id).map_or("Somebody deleted", |user| &user.name)).unwrap_or_default();
    let named = of.vote.as_ref().and_then(|past| past.vote.represented_as.clone());
    let speaking = named.map(|party| format!(" for {party}")).unwrap_or_default();
    let over = if of.vote.as_ref().is_some_and(|past| past.over_the_rules) { ", over the rules" } else { "" };
    let (tone, what) = match of.what {
        What::Triggered if name.is_empty() => ("", "Started".to_owned()),
        What::Triggered => ("", format!("{name} started it")),
        What::Voted(Verdict::Approved) => ("yes", format!("{name} signed{speaking}{over}")),
        What::Voted(Verdict::Rejected) => ("no", format!("{name} rejected it{speaking}{over}")),
        What::Withdrawn => ("", format!("{name} took the vote back")),
        What::Started => ("", "It went on".to_owned()),
        What::Ended(status) => (Badge::of(status).tone, format!("It ended: {}", status.as_str())),
    };
    let comment = of.vote.as_ref().and_then(|past| past.vote.comment.clone()).filter(|text| !text.is_empty());
    Line { tone, what, at: Moment::of(of.at, now), comment }
}
