//! One pipeline: its jobs by stage, what they deploy and what holds that, and what the reader may do with it.

use super::card::Badge;
use super::deeds::{Deed, Deeds};
use super::error::{Path, WebError, told};
use super::flash::Flash;
use super::form::{Form, Nothing};
use super::frame::{Frame, Section, page};
use super::live::Link;
use super::place_head::{PlaceHead, Tab};
use super::view::{Face, Fact, Moment, below, short, took};
use super::visitor::Reader;
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::options::Options;
use countersign_app::pipelines::{self, Dossier, InStage};
use countersign_domain::access::Actor;
use countersign_domain::approval::Summary;
use countersign_domain::ids::PipelineId;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_store::jobs::Job as Row;
use countersign_store::projects::Project;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/-/in/{place}/pipelines/{id}", get(show))
        .route("/-/in/{place}/pipelines/{id}/cancel", post(cancel))
        .route("/-/in/{place}/pipelines/{id}/retry", post(retry))
}

#[derive(Template)]
#[template(path = "pipeline.html")]
struct PipelinePage {
    frame: Frame,
    place: PlaceHead,
    id: i64,
    title: String,
    status: Badge,
    since: Moment,
    sha: String,
    ref_name: String,
    author: Option<String>,
    by: Option<Face>,
    /// What is wrong with its configuration, one problem each.
    errors: Vec<String>,
    stages: Vec<Stage>,
    facts: Vec<Fact>,
    deeds: Deeds,
    /// This page, to come back to.
    here: String,
    live: Link,
}

/// A stage.
struct Stage {
    name: String,
    jobs: Vec<Job>,
}

/// A job of a stage.
struct Job {
    name: String,
    href: String,
    status: Badge,
    /// Whether its failure does not count.
    allowed: bool,
    /// Whether another job took its place.
    retried: bool,
    took: Option<String>,
    environment: Option<Deployed>,
    /// Where it is played, if the reader may.
    play: Option<String>,
}

/// What a job deploys.
struct Deployed {
    name: String,
    href: String,
    status: Badge,
    /// What holds it up.
    held: Vec<String>,
}

async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    let (at, now, frame) = (Ref::Path(place), countersign_app::now(), reader.frame(Section::Projects));
    let found = app.scan(move |tx| {
        let found = pipelines::dossier(tx, &reader.actor, &at, PipelineId(id), now)?;
        let head = PlaceHead::of_project(tx, &reader.actor, &found.project, Tab::Pipelines, now)?;
        Ok((found, head))
    });
    let (found, head) = found.await?;
    let (of, here) = (&found.pipeline, below(&found.project, &format!("pipelines/{id}")));
    let title = of.name.clone().or(found.commit.as_ref().map(|commit| commit.title.clone()));
    let shown = PipelinePage {
        frame,
        place: head.then(format!("Pipeline {id}"), None),
        id,
        title: title.filter(|t| !t.is_empty()).unwrap_or_else(|| format!("{} at {}", of.ref_name, short(&of.sha))),
        status: Badge::of_pipeline(of.status),
        since: Moment::of(of.updated_at, now),
        sha: short(&of.sha),
        ref_name: of.ref_name.clone(),
        author: found.commit.as_ref().map(|commit| commit.author_name.clone()),
        by: found.by.as_ref().map(Face::of),
        errors: of.yaml_errors.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
        stages: found.stages.iter().map(|stage| staged(&found.project, stage, now)).collect(),
        facts: facts(&found, now),
        deeds: deeds(&found, &here),
        live: Link::new(&here, &[], &found.mark(), None),
        here,
    };
    page(StatusCode::OK, &shown)
}

fn staged(project: &Project, of: &pipelines::Stage, now: Timestamp) -> Stage {
    Stage { name: of.name.clone(), jobs: of.jobs.iter().map(|in_stage| job(project, in_stage, now)).collect() }
}

fn job(project: &Project, of: &InStage, now: Timestamp) -> Job {
    let job = &of.job;
    let end = job.finished_at.unwrap_or(now);
    let held = |waits: &Summary| waits.reasons().into_iter().map(|reason| reason.message).collect();
    let environment = of.deployment.as_ref().map(|deployment| Deployed {
        name: deployment.environment_name.clone(),
        href: below(project, &format!("deployments/{}", deployment.iid)),
        status: Badge::of(deployment.status),
        held: of.waits.as_ref().map(held).unwrap_or_default(),
    });
    let href = below(project, &format!("jobs/{}", job.id));
    Job {
        name: job.name.clone(),
        // What is to be confirmed is played on the page of the job.
        play: of.play.as_ref().is_some_and(Result::is_ok).then(|| format!("{href}/play")).filter(|_| !confirms(job)),
        href,
        status: Badge::of_job(job.status),
        allowed: job.allow_failure,
        retried: job.retried,
        took: job.started_at.map(|began| took(end.since(began))),
        environment,
    }
}

fn confirms(job: &Row) -> bool {
    Options::read(&job.options).manual_confirmation.is_some()
}

fn facts(of: &Dossier, now: Timestamp) -> Vec<Fact> {
    let pipeline = &of.pipeline;
    let source = match pipeline.source.as_str() {
        "push" => "a push",
        "web" => "somebody on a page",
        "api" => "a request",
        "trigger" => "a trigger",
        other => other,
    };
    let mut facts = vec![
        Fact::plain("Pipeline", pipeline.id.to_string()),
        Fact::plain(if pipeline.tag { "Tag" } else { "Branch" }, pipeline.ref_name.clone()),
        Fact::plain("Created", Moment::of(pipeline.created_at, now).exact),
        Fact::plain("Because of", source),
    ];
    if let Some(began) = pipeline.started_at {
        facts.push(Fact::plain("Waited", took(began.since(pipeline.created_at))));
        facts.push(match pipeline.finished_at {
            Some(end) => Fact::plain("Took", took(end.since(began))),
            None => Fact::plain("So far", took(now.since(began))),
        });
    }
    if !of.variables.is_empty() {
        facts.push(Fact::plain("Variables", of.variables.join(", ")));
    }
    facts
}

fn deeds(of: &Dossier, here: &str) -> Deeds {
    let mut deeds = Deeds::default();
    let deed = |word, tone, path: &str| Deed { word, tone, action: format!("{here}/{path}"), warning: None };
    if let Some(may) = &of.retry {
        deeds.add(deed("Retry what failed", "", "retry"), may.as_ref().err());
    }
    if let Some(may) = &of.cancel {
        deeds.add(deed("Cancel", "no", "cancel"), may.as_ref().err());
    }
    deeds
}

async fn cancel(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    let at = Ref::Path(place.clone());
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| pipelines::cancel(tx, actor, &at, PipelineId(id), now);
    let done = app.write(reader.actor, Intent::Decide, job).await;
    done_with(&app, (&place, id), done, "was canceled")
}

async fn retry(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    let at = Ref::Path(place.clone());
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| pipelines::retry(tx, actor, &at, PipelineId(id), now);
    let done = app.write(reader.actor, Intent::Decide, job).await;
    done_with(&app, (&place, id), done, "is tried again where it failed")
}

fn done_with(
    app: &AppState,
    (place, id): (&str, i64),
    done: Result<PipelineId, ApiError>,
    what: &str,
) -> Result<Response, WebError> {
    let flash = match done {
        Err(why) if why.status().is_server_error() => return Err(why.into()),
        Err(why) => Flash::no(told(&why)),
        Ok(_) => {
            app.wake.runners();
            Flash::yes(format!("Pipeline {id} {what}."))
        }
    };
    Ok(flash.at(&format!("{}/-/pipelines/{id}", super::view::page_of(place)), app))
}
