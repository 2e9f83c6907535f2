//! The environments of a project: by tier, what stands at each and what waits to go there.

use super::deployed::Deployed;
use super::error::{Path, WebError};
use super::frame::{Frame, Section, page};
use super::pager::{self, Pager};
use super::place_head::{PlaceHead, Tab};
use super::view::{address, below};
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::environments::{self, Board, Standing, WantedBoard};
use countersign_domain::environment::State as Life;
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;
use serde::Deserialize;

/// What stands in the address for those that are stopped.
const STOPPED: &str = "stopped";

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/-/in/{place}/environments", get(list))
}

#[derive(Template)]
#[template(path = "environments.html")]
struct EnvironmentsPage {
    frame: Frame,
    place: PlaceHead,
    /// The environments of the page, by tier.
    tiers: Vec<TierRows>,
    search: String,
    stopped: bool,
    /// How many there are, and where.
    counts: (usize, usize),
    available_page: String,
    stopped_page: String,
    /// This page without a filter.
    own: String,
    pager: Pager,
}

/// The environments of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TierRows {
    pub(super) tier: &'static str,
    pub(super) rows: Vec<EnvironmentRow>,
}

/// An environment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EnvironmentRow {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) protected: bool,
    /// The state, unless it is available.
    pub(super) state: Option<&'static str>,
    pub(super) external_url: Option<String>,
    pub(super) current: Option<Deployed>,
    /// What has not ended: as much of it as a row has room for.
    pub(super) unfinished: Vec<Deployed>,
    /// How many more there are.
    pub(super) more: usize,
}

/// The most unfinished deployments in a row.
const MOST_UNFINISHED: usize = 3;

impl EnvironmentRow {
    /// That of an environment.
    pub(super) fn of(project: &Project, of: &Standing, now: Timestamp) -> EnvironmentRow {
        let environment = &of.environment;
        let shown = of.unfinished.iter().take(MOST_UNFINISHED);
        EnvironmentRow {
            href: below(project, &format!("environments/{}", environment.id)),
            name: environment.name.clone(),
            protected: of.protected,
            state: Some(environment.state.as_str()).filter(|_| environment.state != Life::Available),
            external_url: environment.external_url.clone(),
            current: of.current.as_ref().map(|described| Deployed::of(project, described, now)),
            unfinished: shown.map(|described| Deployed::of(project, described, now)).collect(),
            more: of.unfinished.len().saturating_sub(MOST_UNFINISHED),
        }
    }
}

/// The rows of a board, which are in order of tiers.
pub(super) fn by_tier(board: &Board, now: Timestamp) -> Vec<TierRows> {
    let mut tiers: Vec<TierRows> = Vec::new();
    for of in &board.rows {
        let (tier, row) = (of.environment.tier.as_str(), EnvironmentRow::of(&board.project, of, now));
        match tiers.last_mut().filter(|last| last.tier == tier) {
            Some(last) => last.rows.push(row),
            None => tiers.push(TierRows { tier, rows: vec![row] }),
        }
    }
    tiers
}

/// What the reader wants to see.
#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    search: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    page: String,
}

async fn list(
    State(app): State<AppState>,
    reader: Reader,
    Path(place): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response, WebError> {
    let (at, now, frame) = (Ref::Path(place), countersign_app::now(), reader.frame(Section::Projects));
    let (number, stopped) = (pager::number(&filter.page), filter.scope == STOPPED);
    let wanted = WantedBoard {
        text: Some(filter.search.trim().to_owned()).filter(|text| !text.is_empty()),
        stopped,
        limit: usize::try_from(pager::SIZE).unwrap_or_default(),
        offset: usize::try_from(pager::offset(number)).unwrap_or_default(),
    };
    let read = move |tx: &mut Tx<'_>| {
        let board = environments::board(tx, &reader.actor, &at, &wanted, now)?;
        let place = PlaceHead::of_project(tx, &reader.actor, &board.project, Tab::Environments, now)?;
        Ok((board, place))
    };
    let (board, place) = app.scan(read).await?;
    let own = below(&board.project, "environments");
    let scope = if stopped { STOPPED } else { "" };
    let total = if stopped { board.stopped } else { board.available };
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let shown = EnvironmentsPage {
        frame,
        place,
        tiers: by_tier(&board, now),
        stopped,
        counts: (board.available, board.stopped),
        available_page: address(&own, &[("search", &filter.search)]),
        stopped_page: address(&own, &[("scope", STOPPED), ("search", &filter.search)]),
        pager: Pager::new(number, total, &own, &[("scope", scope), ("search", &filter.search)]),
        search: filter.search,
        own,
    };
    page(StatusCode::OK, &shown)
}
