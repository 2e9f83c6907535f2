//! One job: how it stands and why, its log, and what the reader may do with it.

mod acts;
mod raw;
mod words;

use super::card::{Badge, Held};
use super::deeds::Deeds;
use super::error::{Path, WebError};
use super::frame::{Frame, Section, page};
use super::live::Link;
use super::log::{self, Around, Found, Window};
use super::place_head::{PlaceHead, Tab};
use super::view::{Face, Fact, Moment, below, short, took};
use super::visitor::Reader;
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_app::authorize::Ref;
use countersign_app::job_dossier::{JobDossier, job_dossier};
use countersign_app::traces::Traces;
use countersign_domain::ids::{JobId, ProjectId};
use countersign_domain::time::Timestamp;
use serde::Deserialize;

/// The longest text that is searched for, in characters.
const LONGEST_SEARCH: usize = 200;

/// The routes of this file and those below it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/-/in/{place}/jobs/{id}", get(show))
        .route("/-/in/{place}/jobs/{id}/raw", get(raw::download))
        .route("/-/in/{place}/jobs/{id}/artifacts/download", get(raw::download_files))
        .route("/-/in/{place}/jobs/{id}/play", post(acts::play))
        .route("/-/in/{place}/jobs/{id}/retry", post(acts::retry))
        .route("/-/in/{place}/jobs/{id}/cancel", post(acts::cancel))
        .route("/-/in/{place}/jobs/{id}/erase", post(acts::erase))
}

/// Which part of the log the reader wants to see.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// A text that is searched for.
    #[serde(default)]
    q: String,
    /// The number of a line.
    #[serde(default)]
    line: String,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    place: PlaceHead,
    name: String,
    title: Option<String>,
    status: Badge,
    since: Moment,
    /// How it stands, in a sentence, where that is more than the word.
    told: Option<String>,
    /// How that is coloured.
    tone: &'static str,
    /// What holds its deployment up.
    held: Vec<Held>,
    by: Option<Face>,
    log: Log,
    facts: Vec<Fact>,
    deeds: Deeds,
    /// This page, to come back to.
    here: String,
    live: Link,
}

/// What of the log is shown.
enum Log {
    /// Nothing: it is not for the reader.
    Barred,
    /// Nothing: it was erased then.
    Erased(Moment),
    /// Nothing: there is none, and none will come.
    Absent,
    /// A part of it, perhaps of none yet.
    Shown(Shown),
    /// Where a text is found.
    Found(Hits),
}

/// A part of a log.
struct Shown {
    window: Window,
    /// Whether it grows now.
    growing: bool,
    /// Where the part before it is.
    before: Option<String>,
    /// Where the part behind it is.
    after: Option<String>,
    /// How much the log has, for people.
    size: String,
}

/// Where a text is found in a log.
struct Hits {
    text: String,
    hits: Vec<Found>,
    more: bool,
}

async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let (at, now, frame) = (Ref::Path(place), countersign_app::now(), reader.frame(Section::Projects));
    let found = app.read(move |tx| {
        let found = job_dossier(tx, &reader.actor, &at, JobId(id), now)?;
        let head = PlaceHead::of_project(tx, &reader.actor, &found.project, Tab::Pipelines, now)?;
        Ok((found, head))
    });
    let (found, head) = found.await?;
    let here = below(&found.project, &format!("jobs/{id}"));
    let log = log_of(&app, &found, &here, asked, now).await?;
    let painted = match &log {
        Log::Shown(shown) => shown.window.end,
        _ => None,
    };
    let pipeline = below(&found.project, &format!("pipelines/{}", found.pipeline.id));
    let head = if found.whole { head.then(format!("Pipeline {}", found.pipeline.id), Some(pipeline)) } else { head };
    let waits = found.waits.iter().flat_map(|waits| waits.reasons());
    let has_log = matches!(&log, Log::Found(_)) || matches!(&log, Log::Shown(shown) if shown.window.total > 0);
    let shown = JobPage {
        frame,
        place: head.then(found.job.name.clone(), None),
        name: found.job.name.clone(),
        title: found.commit.as_ref().map(|commit| commit.title.clone()),
        status: Badge::of_job(found.job.status),
        since: Moment::of(found.job.updated_at, now),
        told: words::how_it_stands(&found),
        tone: words::tone(&found),
        held: waits.map(|reason| Held { what: reason.message, clears: reason.cleared_by }).collect(),
        by: found.by.as_ref().map(Face::of),
        facts: facts(&found, now),
        deeds: Deeds::of_job(&found.project, &found.job, found.acts(has_log)),
        live: Link::new(&here, &[], &found.mark(), painted),
        log,
        here,
    };
    page(StatusCode::OK, &shown)
}

/// Reads what of the log is to be shown.
async fn log_of(app: &AppState, of: &JobDossier, here: &str, asked: Asked, now: Timestamp) -> Result<Log, ApiError> {
    if !of.with_log {
        return Ok(Log::Barred);
    }
    if let Some(at) = of.job.erased_at {
        return Ok(Log::Erased(Moment::of(at, now)));
    }
    let (project, job, growing) = (of.project.id, of.job.id, of.job.status.is_claimed());
    let text: String = asked.q.trim().chars().take(LONGEST_SEARCH).collect();
    if !text.is_empty() {
        let wanted = text.clone();
        let found = on_log(app, project, job, move |file| log::search(file, &wanted)).await?;
        return Ok(match found {
            Some((hits, more)) => Log::Found(Hits { text, hits, more }),
            None => Log::Absent,
        });
    }
    let around = asked.line.trim().parse().map_or(Around::End, Around::Line);
    match on_log(app, project, job, move |file| log::window(file, around)).await? {
        Some(window) => Ok(Log::Shown(Shown::of(window, here, growing))),
        None if !of.job.status.is_finished() => Ok(Log::Shown(Shown::of(Window::nothing(), here, growing))),
        None => Ok(Log::Absent),
    }
}

/// Does something with the file of a log, off the thread of the request; none if there is none.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn on_log<T: Send + 'static>(
    app: &AppState,
    project: ProjectId,
    job: JobId,
    work: impl FnOnce(&std::fs::File) -> std::io::Result<T> + Send + 'static,
) -> Result<Option<T>, ApiError> {
    let traces = Traces::of(&app.config);
    let read = move || traces.open(project, job)?.map(|file| work(&file)).transpose();
    let done = tokio::task::spawn_blocking(read).await.map_err(|why| ApiError::internal(&why))?;
    done.map_err(|why| ApiError::internal(&why))
}

impl Shown {
    fn of(window: Window, here: &str, growing: bool) -> Shown {
        let part = |line: u64| format!("{here}?line={line}#L{line}");
        let before = (window.first > 1).then(|| part(window.first - 1));
        let after = (window.last < window.total).then(|| part(window.last + 1));
        let size = size_of(window.size);
        Shown { window, growing, before, after, size }
    }
}

/// A number of bytes, for people.
fn size_of(bytes: u64) -> String {
    match bytes {
        n if n < 10_000 => format!("{n} bytes"),
        n if n < 1_000_000 => format!("{} kB", n / 1000),
        n => format!("{}.{} MB", n / 1_000_000, n / 100_000 % 10),
    }
}

fn facts(of: &JobDossier, now: Timestamp) -> Vec<Fact> {
    let (job, project) = (&of.job, &of.project);
    let mut facts = vec![Fact::plain("Stage", job.stage.clone())];
    if of.whole {
        let href = below(project, &format!("pipelines/{}", of.pipeline.id));
        facts.push(Fact::linked("Pipeline", of.pipeline.id.to_string(), href));
    }
    facts.push(Fact::plain("Commit", short(&of.pipeline.sha)));
    facts.push(Fact::plain(if of.pipeline.tag { "Tag" } else { "Branch" }, of.pipeline.ref_name.clone()));
    if let Some(environment) = &of.environment {
        let href = below(project, &format!("environments/{}", environment.id));
        facts.push(Fact::linked("Environment", environment.name.clone(), href));
    }
    if let Some(deployment) = &of.deployment {
        let href = below(project, &format!("deployments/{}", deployment.iid));
        facts.push(Fact::linked("Deployment", format!("{}, {}", deployment.iid, deployment.status.as_str()), href));
    }
    facts.extend(
        job.started_at.zip(job.queued_at).map(|(began, queued)| Fact::plain("Waited", took(began.since(queued)))),
    );
    facts.extend(job.started_at.map(|began| Fact::plain("Took", took(job.finished_at.unwrap_or(now).since(began)))));
    if of.whole {
        facts.push(Fact::plain("May take", took(of.time_limit.saturating_mul(1000))));
        facts.extend(job.exit_code.map(|code| Fact::plain("Exit code", code.to_string())));
    }
    if let Some(runner) = &of.runner {
        let name = if runner.description.is_empty() { "without a name" } else { &runner.description };
        facts.push(Fact::plain("Runner", format!("{name} ({})", runner.id)));
    }
    let tags: Vec<String> = serde_json::from_str(&job.tags).unwrap_or_default();
    if of.whole && !tags.is_empty() {
        facts.push(Fact::plain("Tags", tags.join(", ")));
    }
    if let Some(archive) = &of.archive {
        let value = format!("{}, {}", archive.filename, size_of(u64::try_from(archive.size).unwrap_or_default()));
        facts.push(Fact::linked("Files", value, below(project, &format!("jobs/{}/artifacts/download", job.id))));
    }
    if let Some(next) = of.successor {
        let href = below(project, &format!("jobs/{next}"));
        facts.push(Fact::linked("Tried again as", format!("job {next}"), href));
    }
    facts
}
