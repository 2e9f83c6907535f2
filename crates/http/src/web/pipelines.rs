//! The pipelines of a project, and running another.

use super::card::Badge;
use super::error::{Path, WebError, told};
use super::flash::Flash;
use super::form::Form;
use super::frame::{Frame, Section, page};
use super::live::Link;
use super::pager::{self, Pager};
use super::place_head::{PlaceHead, Tab};
use super::view::{Face, Moment, below, short, took};
use super::visitor::Reader;
use crate::reply::ApiError;
use crate::run_pipeline;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::authorize::Ref;
use countersign_app::create_pipeline::Wish;
use countersign_app::pipelines::{self, Listed, Listing};
use countersign_app::script::Variable;
use countersign_domain::pipeline::Status;
use countersign_domain::time::Timestamp;
use countersign_store::pipelines::Filter;
use countersign_store::projects::Project;
use serde::Deserialize;
use utoipa::ToSchema;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/-/in/{place}/pipelines", get(show).post(run)).route("/-/in/{place}/pipelines/new", get(ask))
}

/// Which pipelines the reader wants to see.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    status: String,
    #[serde(default, rename = "ref")]
    ref_name: String,
    #[serde(default)]
    page: String,
}

#[derive(Template)]
#[template(path = "pipelines.html")]
struct PipelinesPage {
    frame: Frame,
    place: PlaceHead,
    rows: Vec<Row>,
    pager: Pager,
    /// What is filtered by.
    status: String,
    ref_name: String,
    statuses: [&'static str; 11],
    refs: Vec<String>,
    /// This list without filters.
    all: String,
    /// Where another is run, for those who may.
    new: Option<String>,
    live: Link,
}

/// A pipeline of the list.
struct Row {
    href: String,
    id: i64,
    title: String,
    status: Badge,
    ref_name: String,
    sha: String,
    by: Option<Face>,
    at: Moment,
    took: Option<String>,
    broken: bool,
}

#[derive(Template)]
#[template(path = "pipeline_new.html")]
struct NewPage {
    frame: Frame,
    place: PlaceHead,
    action: String,
    ref_name: String,
    refs: Vec<String>,
    /// Whether the reader may give variables, and what they wrote.
    may_give_variables: bool,
    variables: String,
    problem: Option<String>,
}

/// The pipelines that are asked for, as the store is asked.
pub(super) fn filter(query: &Query) -> Filter {
    let ref_name = query.ref_name.trim();
    Filter {
        status: Status::parse(&query.status),
        ref_name: Some(ref_name.to_owned()).filter(|name| !name.is_empty()),
        limit: pager::SIZE,
        offset: pager::offset(pager::number(&query.page)),
        ..Filter::default()
    }
}

async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(place): Path<String>,
    axum::extract::Query(query): axum::extract::Query<Query>,
) -> Result<Response, WebError> {
    let (now, frame) = (countersign_app::now(), reader.frame(Section::Projects));
    let (found, place) = listed(&app, reader, place, filter(&query), now).await?;
    let path = below(&found.project, "pipelines");
    let parameters = [("status", query.status.as_str()), ("ref", query.ref_name.as_str())];
    let number = pager::number(&query.page);
    let page_number = number.to_string();
    let live: Vec<_> = parameters.into_iter().chain([("page", page_number.as_str())]).collect();
    let shown = PipelinesPage {
        frame,
        place,
        pager: Pager::new(number, found.total, &path, &parameters),
        live: Link::new(&path, &live, &found.mark(), None),
        rows: found.rows.iter().map(|of| row(&found.project, of, now)).collect(),
        statuses: Status::ALL.map(Status::as_str),
        new: found.may_run.is_ok().then(|| format!("{path}/new")),
        all: path,
        refs: found.refs,
        status: query.status,
        ref_name: query.ref_name,
    };
    page(StatusCode::OK, &shown)
}

async fn listed(
    app: &AppState,
    reader: Reader,
    place: String,
    filter: Filter,
    now: Timestamp,
) -> Result<(Listing, PlaceHead), ApiError> {
    let at = Ref::Path(place);
    app.scan(move |tx| {
        let found = pipelines::listing(tx, &reader.actor, &at, &filter, now)?;
        let head = PlaceHead::of_project(tx, &reader.actor, &found.project, Tab::Pipelines, now)?;
        Ok((found, head))
    })
    .await
}

fn row(project: &Project, of: &Listed, now: Timestamp) -> Row {
    let pipeline = &of.pipeline;
    let commit = of.commit.as_ref().map(|commit| commit.title.clone()).filter(|title| !title.is_empty());
    let title = pipeline.name.clone().or(commit);
    let end = pipeline.finished_at.unwrap_or(now);
    Row {
        href: below(project, &format!("pipelines/{}", pipeline.id)),
        id: pipeline.id.0,
        title: title.unwrap_or_else(|| format!("{} at {}", pipeline.ref_name, short(&pipeline.sha))),
        status: Badge::of_pipeline(pipeline.status),
        ref_name: pipeline.ref_name.clone(),
        sha: short(&pipeline.sha),
        by: of.by.as_ref().map(Face::of),
        at: Moment::of(pipeline.created_at, now),
        took: pipeline.started_at.map(|began| took(end.since(began))),
        broken: pipeline.yaml_errors.is_some(),
    }
}

async fn ask(State(app): State<AppState>, reader: Reader, Path(place): Path<String>) -> Result<Response, WebError> {
    form(&app, reader, place, Wanted::default(), None).await
}

/// The fields of the form.
#[derive(Default, Deserialize, ToSchema)]
struct Wanted {
    #[serde(rename = "ref")]
    ref_name: String,
    /// One `NAME=value` a line.
    #[serde(default)]
    variables: String,
}

async fn run(
    State(app): State<AppState>,
    reader: Reader,
    Path(place): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, WebError> {
    let made = match variables(&wanted.variables) {
        Err(line) => {
            let why = format!("“{line}” is no variable: write one a line, as NAME=value");
            Err(ApiError::bad_request(why))
        }
        Ok(variables) => {
            let ref_name = wanted.ref_name.trim().to_owned();
            let wish = Wish { ref_name, variables, with_inputs: false };
            run_pipeline::run(&app, reader.actor.clone(), Ref::Path(place.clone()), wish).await
        }
    };
    match made {
        Ok(id) => {
            let (project, _) = app.read(move |tx| pipelines::created(tx, id)).await?;
            let at = below(&project, &format!("pipelines/{id}"));
            Ok(Flash::yes(format!("Pipeline {id} was created.")).at(&at, &app))
        }
        Err(why) if why.status() == StatusCode::BAD_REQUEST => form(&app, reader, place, wanted, Some(why)).await,
        Err(why) => Err(why.into()),
    }
}

/// The form, with what was wrong about the last try.
async fn form(
    app: &AppState,
    reader: Reader,
    place: String,
    wanted: Wanted,
    why: Option<ApiError>,
) -> Result<Response, WebError> {
    let (now, frame) = (countersign_app::now(), reader.frame(Section::Projects));
    let (found, head) = listed(app, reader, place, Filter { limit: 1, ..Filter::default() }, now).await?;
    if let Err(why) = found.may_run {
        return Err(ApiError::from(why).into());
    }
    let path = below(&found.project, "pipelines");
    let asked = Some(wanted.ref_name).filter(|name| !name.is_empty());
    let shown = NewPage {
        frame,
        place: head.then("New pipeline", None),
        ref_name: asked.unwrap_or(found.project.default_branch),
        action: path,
        refs: found.refs,
        may_give_variables: found.may_give_variables,
        variables: wanted.variables,
        problem: why.as_ref().map(told),
    };
    page(why.as_ref().map_or(StatusCode::OK, ApiError::status), &shown)
}

/// Reads variables, one a line.
///
/// # Errors
/// The first line that is none.
fn variables(text: &str) -> Result<Vec<Variable>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = |line: &str| match line.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok(Variable { key: key.trim().to_owned(), value: value.trim().to_owned(), ..Variable::default() })
        }
        _ => Err(line.to_owned()),
    };
    lines.map(read).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn variables_are_one_a_line() {
        let read = variables("A=1\n\n  B = x=y \r\nC=").unwrap();
        let pairs: Vec<_> = read.iter().map(|v| (v.key.as_str(), v.value.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x=y"), ("C", "")]);
        assert_eq!(variables("A=1\nnothing"), Err("nothing".into()));
        assert_eq!(variables("=1"), Err("=1".into()));
    }
}
