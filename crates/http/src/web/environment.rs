//! One environment: what stands there, what waits, and what was deployed before; deploying again, and stopping.

use super::card::Card;
use super::deployed::Deployed;
use super::error::{Path, WebError, told};
use super::flash::Flash;
use super::form::{Form, Nothing};
use super::frame::{Frame, Section, page};
use super::pager::{self, Pager};
use super::place_head::{PlaceHead, Tab};
use super::sign_in::local;
use super::view::{Moment, address, below, page_of};
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
use countersign_app::environments::{self, Detail, Past};
use countersign_app::{Tx, deployments};
use countersign_domain::environment::State as Life;
use countersign_domain::ids::EnvironmentId;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_store::environments::Environment;
use countersign_store::projects::Project;
use serde::Deserialize;
use utoipa::ToSchema;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/-/in/{place}/environments/{id}", get(show))
        .route("/-/in/{place}/environments/{id}/stop", post(stop))
        .route("/-/in/{place}/deployments/{iid}/retry", post(again))
}

#[derive(Template)]
#[template(path = "environment.html")]
struct EnvironmentPage {
    frame: Frame,
    place: PlaceHead,
    name: String,
    protected: bool,
    /// The state, unless it is available.
    state: Option<&'static str>,
    description: String,
    external_url: Option<String>,
    current: Option<Deployed>,
    /// What waits for approval.
    cards: Vec<Card>,
    history: Vec<Line>,
    /// Why the reader can deploy nothing again, if all is refused for one reason.
    never_again: Option<String>,
    /// Whether what is deployed there waits for approval first.
    asks_approval: bool,
    facts: Vec<(&'static str, String)>,
    stop: Stop,
    pager: Pager,
    /// This page, to come back to.
    here: String,
}

/// A deployment in the history.
struct Line {
    deployed: Deployed,
    /// Whether it is what stands there now.
    current: bool,
    again: Again,
}

/// Whether a deployment can be made again.
enum Again {
    /// That is no question.
    Nothing,
    /// It can, by a form to that path.
    To(String),
    /// It cannot, for that reason.
    No(String),
}

/// Whether the environment can be stopped.
enum Stop {
    /// It is stopped.
    Nothing,
    /// It can, by a form to that path.
    To(String),
    /// It cannot, for that reason.
    No(String),
}

/// Which page of the history is wanted.
#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    page: String,
}

async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Query(filter): Query<Filter>,
) -> Result<Response, WebError> {
    let (at, now, frame) = (Ref::Path(place), countersign_app::now(), reader.frame(Section::Projects));
    let number = pager::number(&filter.page);
    let read = move |tx: &mut Tx<'_>| {
        let rows = (pager::SIZE, pager::offset(number));
        let found = environments::detail(tx, &reader.actor, &at, EnvironmentId(id), rows, now)?;
        let place = PlaceHead::of_project(tx, &reader.actor, &found.seen.project, Tab::Environments, now)?;
        Ok((found, place))
    };
    let (found, place) = app.scan(read).await?;
    let project = &found.seen.project;
    let own = below(project, &format!("environments/{id}"));
    let (history, never_again) = history(&found, now);
    let environment = &found.environment;
    let shown = EnvironmentPage {
        frame,
        place: place.then(&environment.name, None),
        name: environment.name.clone(),
        protected: found.protected,
        state: Some(environment.state.as_str()).filter(|_| environment.state != Life::Available),
        description: environment.description.clone().unwrap_or_default(),
        external_url: environment.external_url.clone(),
        current: found.current.as_ref().map(|described| Deployed::of(project, described, now)),
        cards: found.waiting.iter().map(|item| Card::of(item, now)).collect(),
        history,
        never_again,
        asks_approval: found.asks_approval,
        facts: facts(&found, now),
        stop: match &found.stop {
            None => Stop::Nothing,
            Some(Ok(())) => Stop::To(format!("{own}/stop")),
            Some(Err(why)) => Stop::No(why.reason().trim_end_matches('.').to_owned()),
        },
        pager: Pager::new(number, found.total, &own, &[]),
        here: address(&own, &[("page", &filter.page)]),
    };
    page(StatusCode::OK, &shown)
}

/// The page of the history; and the reason why nothing of it can be deployed again, if it is one for all.
fn history(of: &Detail, now: Timestamp) -> (Vec<Line>, Option<String>) {
    let asked: Vec<_> = of.past.iter().filter_map(|past| past.again.as_ref()).collect();
    let first = asked.first().and_then(|again| again.as_ref().err());
    let common = first.filter(|why| asked.iter().all(|again| again.as_ref().err() == Some(*why)));
    let common = common.filter(|why| !matches!(why, Refusal::NotRetryable(_)));
    let line = |past: &Past| Line {
        deployed: Deployed::of(&of.seen.project, &past.described, now),
        current: of.current.as_ref().is_some_and(|now| now.deployment.id == past.described.deployment.id),
        again: again_of(&of.seen.project, past, common.is_some()),
    };
    (of.past.iter().map(line).collect(), common.map(Refusal::reason))
}

fn again_of(project: &Project, past: &Past, said: bool) -> Again {
    match &past.again {
        Some(Ok(())) => Again::To(below(project, &format!("deployments/{}/retry", past.described.deployment.iid))),
        Some(Err(Refusal::NotRetryable(why))) => Again::No((*why).to_owned()),
        Some(Err(why)) if !said => Again::No(why.reason()),
        _ => Again::Nothing,
    }
}

/// What else is to be known, as names and values.
fn facts(of: &Detail, now: Timestamp) -> Vec<(&'static str, String)> {
    let environment = &of.environment;
    let mut facts = vec![("Tier", environment.tier.as_str().to_owned())];
    if of.protected {
        let names = |all: &Vec<String>| if all.is_empty() { "Administrators".to_owned() } else { all.join(", ") };
        facts.push(("May deploy", of.deployers.iter().map(names).collect::<Vec<_>>().join("; and ")));
    }
    let rules = of.rules.rules.iter().map(|rule| format!("{} of {}", rule.required, rule.description));
    let unified = of.rules.unified.iter().map(|(required, _)| format!("{required} of anyone allowed to deploy"));
    let approvals: Vec<String> = rules.chain(unified).collect();
    facts.push(("Approvals", if approvals.is_empty() { "none needed".to_owned() } else { approvals.join(", ") }));
    if let Some(at) = environment.auto_stop_at {
        let when = Moment::of(at, now).exact;
        let told = environment.stays_up.map(|why| format!("{when}, but {}", why.message()));
        facts.push(("Stops by itself", told.unwrap_or(when)));
    }
    facts.push(("Created", Moment::of(environment.created_at, now).exact));
    facts
}

async fn stop(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    let (at, back) = (Ref::Path(place.clone()), format!("{}/-/environments/{id}", page_of(&place)));
    let job =
        move |tx: &mut Tx<'_>, actor: &_, now| environments::stop(tx, actor, &at, (EnvironmentId(id), false), now);
    let done = app.write(reader.actor, Intent::Decide, job).await;
    app.wake.runners();
    let told = |of: Environment| match of.state {
        Life::Stopping => format!("{} is being stopped by its job.", of.name),
        Life::Available => format!("{} is not stopped: its job could not run.", of.name),
        Life::Stopped => format!("{} is stopped.", of.name),
    };
    done_or_told(done.map(told), &back, &app)
}

/// The page a form was on.
#[derive(Deserialize, ToSchema)]
struct Back {
    #[serde(default)]
    return_to: String,
}

async fn again(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, iid)): Path<(String, i64)>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let at = Ref::Path(place);
    let job = move |tx: &mut Tx<'_>, actor: &_, now| deployments::again(tx, actor, &at, iid, now);
    let done = app.write(reader.actor, Intent::Decide, job).await;
    app.wake.runners();
    let told = done.map(|_| format!("Deployment {iid} is made again, as a new deployment."));
    done_or_told(told, &local(&back.return_to), &app)
}

/// Goes back to a page, which tells what was done or why it was not.
pub(super) fn done_or_told(done: Result<String, ApiError>, back: &str, app: &AppState) -> Result<Response, WebError> {
    match done {
        Ok(did) => Ok(Flash::yes(did).at(back, app)),
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => Ok(Flash::no(told(&why)).at(back, app)),
    }
}
