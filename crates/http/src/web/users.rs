//! The people of the instance, for administrators: a list to search, somebody new, and one person.

mod account;
mod change;
mod create;

use super::error::WebError;
use super::frame::{Frame, Section, page};
use super::pager::{self, Pager};
use super::view::{Face, Moment};
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_app::{authorize, users};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::user::State as UserState;
use countersign_store::users::{Filter, Order, User};
use serde::Deserialize;

/// Where the list is.
const PATH: &str = "/admin/users";

/// The routes of this file and those below it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show))
        .route("/admin/users/new", get(create::ask).post(create::create))
        .route("/admin/users/{username}", get(account::show))
        .route("/admin/users/{username}/state", post(change::state))
        .route("/admin/users/{username}/admin", post(change::admin))
        .route("/admin/users/{username}/password", post(change::password))
}

/// Where a user's page is. The page for somebody new has the word `new`; names are found in any case.
fn path_of(username: &str) -> String {
    match username {
        "new" => format!("{PATH}/New"),
        name => format!("{PATH}/{name}"),
    }
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    rows: Vec<Line>,
    total: i64,
    search: String,
    kinds: Vec<Kind>,
    pager: Pager,
}

/// One user.
struct Line {
    href: String,
    face: Face,
    email: String,
    marks: Vec<Mark>,
    created: Moment,
    seen: Option<String>,
}

/// A word about a user, with its colour.
struct Mark {
    word: &'static str,
    tone: &'static str,
}

/// A kind of users to choose.
struct Kind {
    name: &'static str,
    word: &'static str,
    chosen: bool,
}

/// The kinds of users: how a query calls them, and people do.
const KINDS: [(&str, &str); 7] = [
    ("", "Everybody"),
    ("active", "Active"),
    ("admins", "Administrators"),
    ("blocked", "Blocked"),
    ("deactivated", "Deactivated"),
    ("banned", "Banned"),
    ("bots", "Bots"),
];

/// Whom the reader wants to see.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    search: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    page: String,
}

impl Wanted {
    fn filter(&self) -> Filter {
        let number = pager::number(&self.page);
        Filter {
            search: Some(self.search.trim().to_owned()).filter(|text| !text.is_empty()),
            state: UserState::parse(&self.kind).filter(|state| *state != UserState::Deleted),
            admin: (self.kind == "admins").then_some(true),
            bot: Some(self.kind == "bots"),
            order: Order::Name,
            limit: pager::SIZE,
            offset: pager::offset(number),
            ..Filter::default()
        }
    }
}

async fn show(State(app): State<AppState>, reader: Reader, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let (now, frame, filter) = (countersign_app::now(), reader.frame(Section::Users), wanted.filter());
    let found = app.scan(move |tx| {
        authorize::admin(&reader.actor)?;
        users::list(tx, &reader.actor, &filter)
    });
    let (rows, total) = found.await?;
    let kind = |(name, word): (&'static str, &'static str)| Kind { name, word, chosen: name == wanted.kind };
    let shown = UsersPage {
        frame,
        rows: rows.iter().map(|user| line(user, now)).collect(),
        total,
        kinds: KINDS.map(kind).into(),
        pager: Pager::new(
            pager::number(&wanted.page),
            total,
            PATH,
            &[("search", &wanted.search), ("kind", &wanted.kind)],
        ),
        search: wanted.search,
    };
    page(StatusCode::OK, &shown)
}

fn line(of: &User, now: Timestamp) -> Line {
    Line {
        href: path_of(&of.username),
        face: Face::of(of),
        email: of.email.clone(),
        marks: marks(of),
        created: Moment::of(of.created_at, now),
        seen: of.last_activity_on.map(Date::for_people),
    }
}

/// What is to be known of a user at a glance: nothing of one who is as most are.
fn marks(of: &User) -> Vec<Mark> {
    let state = (of.state != UserState::Active).then(|| Mark { word: of.state.as_str(), tone: "no" });
    let admin = of.admin.then_some(Mark { word: "administrator", tone: "run" });
    let external = of.settings.external.then_some(Mark { word: "external", tone: "" });
    let bot = of.bot.then_some(Mark { word: "bot", tone: "" });
    [state, admin, external, bot].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_called_new_has_a_page_too() {
        assert_eq!((path_of("ann"), path_of("new")), ("/admin/users/ann".into(), "/admin/users/New".into()));
    }

    #[test]
    fn nobody_lists_the_deleted() {
        let wanted = |kind: &str| Wanted { search: String::new(), kind: kind.into(), page: String::new() }.filter();
        assert_eq!((wanted("deleted").state, wanted("blocked").state), (None, Some(UserState::Blocked)));
        assert_eq!((wanted("bots").bot, wanted("").bot, wanted("admins").admin), (Some(true), Some(false), Some(true)));
    }
}
