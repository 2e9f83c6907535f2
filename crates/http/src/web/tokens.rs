//! One's own access tokens: listed without their secrets, created, replaced and revoked.

mod change;

use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::pager::{self, Pager};
use super::view::Moment;
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_app::tokens::{self, Lives};
use countersign_domain::ids::TokenId;
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::{MAX_DAYS, PROPOSED_DAYS, Scope, ends_soon};
use countersign_store::tokens::{Filter, Order, Token};
use serde::Deserialize;

/// Where that is done.
const PATH: &str = "/-/user_settings/personal_access_tokens";

/// The routes of this file and those below it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show).post(change::create))
        .route("/-/user_settings/personal_access_tokens/{id}/rotate", post(change::rotate))
        .route("/-/user_settings/personal_access_tokens/{id}/revoke", post(change::revoke))
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    path: &'static str,
    rows: Vec<Line>,
    /// Whether these are the ones that no longer work.
    ended: bool,
    pager: Pager,
    choices: Vec<Choice>,
    draft: Draft,
    days: Days,
    /// A token that was just made, with its secret.
    fresh: Option<Fresh>,
    problem: Option<String>,
}

/// One token.
struct Line {
    id: TokenId,
    name: String,
    description: String,
    scopes: Vec<&'static str>,
    created: Moment,
    used: Option<Moment>,
    ends: Option<Day>,
    soon: bool,
    revoked: bool,
}

/// A date, for machines and for people.
struct Day {
    iso: String,
    exact: String,
}

/// A scope to choose.
struct Choice {
    name: &'static str,
    what: &'static str,
    chosen: bool,
}

/// What the form for a new token holds.
#[derive(Default)]
struct Draft {
    name: String,
    description: String,
    scopes: Vec<String>,
    expires_at: String,
}

/// When a token may end.
struct Days {
    first: String,
    /// None where tokens may live forever.
    last: Option<String>,
    proposed: String,
}

/// A secret to be shown, this once.
struct Fresh {
    name: String,
    secret: String,
    replaces: bool,
}

/// What the page says beside the list.
#[derive(Default)]
struct Said {
    fresh: Option<Fresh>,
    problem: Option<String>,
    draft: Option<Draft>,
}

/// Which tokens the reader wants to see.
#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    page: String,
}

impl Wanted {
    fn ended(&self) -> bool {
        self.state == "inactive"
    }
}

async fn show(State(app): State<AppState>, reader: Reader, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    shown(&app, reader, StatusCode::OK, &wanted, Said::default()).await
}

async fn shown(
    app: &AppState,
    reader: Reader,
    status: StatusCode,
    wanted: &Wanted,
    said: Said,
) -> Result<Response, WebError> {
    let (now, frame, admin) = (countersign_app::now(), reader.frame(Section::Account), reader.actor.is_admin());
    let (ended, number) = (wanted.ended(), pager::number(&wanted.page));
    let filter = Filter {
        user: reader.actor.user(),
        active: Some((!ended, now.date())),
        order: Order::Created,
        descending: true,
        limit: pager::SIZE,
        offset: pager::offset(number),
        ..Filter::default()
    };
    let (rows, total) = app.scan(move |tx| tokens::list(tx, &reader.actor, &filter)).await?;
    let state = if ended { "inactive" } else { "" };
    let days = days(app.config.tokens, now.date());
    let proposed = || Draft { expires_at: days.proposed.clone(), ..Draft::default() };
    let draft = said.draft.unwrap_or_else(proposed);
    let shown = TokensPage {
        frame,
        path: PATH,
        rows: rows.iter().map(|token| line(token, now)).collect(),
        ended,
        pager: Pager::new(number, total, PATH, &[("state", state)]),
        choices: choices(admin, &draft.scopes),
        draft,
        days,
        fresh: said.fresh,
        problem: said.problem,
    };
    page(status, &shown)
}

fn line(of: &Token, now: Timestamp) -> Line {
    Line {
        id: of.id,
        name: of.name.clone(),
        description: of.description.clone().unwrap_or_default(),
        scopes: of.scopes.iter().map(|scope| scope.as_str()).collect(),
        created: Moment::of(of.created_at, now),
        used: of.last_used_at.map(|at| Moment::of(at, now)),
        ends: of.expires_at.map(|date| Day { iso: date.to_string(), exact: date.for_people() }),
        soon: ends_soon(of.expires_at, now.date()),
        revoked: of.revoked,
    }
}

fn days(lives: Lives, today: Date) -> Days {
    Days {
        first: today.plus_days(1).to_string(),
        last: (lives == Lives::Bounded).then(|| today.plus_days(MAX_DAYS).to_string()),
        proposed: today.plus_days(PROPOSED_DAYS).to_string(),
    }
}

fn choices(admin: bool, chosen: &[String]) -> Vec<Choice> {
    let choice = |scope: Scope| {
        let name = scope.as_str();
        Choice { name, what: what(scope), chosen: chosen.iter().any(|given| given == name) }
    };
    Scope::of_use(admin).map(choice).collect()
}

/// What a scope opens, for people.
fn what(scope: Scope) -> &'static str {
    match scope {
        Scope::Api => "All that you may do, votes included",
        Scope::ReadApi => "Read all that you may see",
        Scope::ReadUser => "Read your profile",
        Scope::ReadRepository => "Fetch by git",
        Scope::WriteRepository => "Fetch and push by git",
        Scope::CreateRunner => "Create runners",
        Scope::ManageRunner => "Manage runners",
        Scope::Sudo => "Act in other people’s names",
        Scope::K8sProxy => "Nothing",
        Scope::SelfRotate => "Replace itself by another",
    }
}
