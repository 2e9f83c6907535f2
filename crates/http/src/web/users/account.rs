//! One person, as administrators see them: how they stand, what they belong to, and what can be changed.

use super::{Mark, marks, path_of};
use crate::state::AppState;
use crate::web::error::{Path, WebError};
use crate::web::frame::{Frame, Section, page};
use crate::web::view::{Face, Moment, page_of};
use crate::web::visitor::Reader;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::users::{self, Account};
use countersign_domain::access::Place;
use countersign_domain::session::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::user::Change;
use countersign_store::members::{Membership, MembershipFilter};

/// The most memberships that are listed.
const MOST_MEMBERSHIPS: i64 = 50;

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    frame: Frame,
    /// Where this page is.
    here: String,
    face: Face,
    marks: Vec<Mark>,
    facts: Vec<(&'static str, String)>,
    offers: Vec<Offer>,
    /// Why they must stay an active administrator, if they must.
    bound: Option<String>,
    admin: bool,
    /// Whether they are a bot, which has neither password nor role.
    bot: bool,
    /// Whether they are the reader.
    own: bool,
    /// The shortest and the longest password.
    lengths: (usize, usize),
    memberships: Vec<Belongs>,
    /// How many more there are.
    more: i64,
}

/// A change of state.
struct Offer {
    /// How the form calls it.
    name: &'static str,
    /// The button.
    word: &'static str,
    /// What follows.
    then: &'static str,
    /// Whether it shuts them out.
    out: bool,
}

/// Something they belong to.
struct Belongs {
    href: String,
    name: String,
    kind: &'static str,
    role: &'static str,
}

/// Shows the page.
pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(username): Path<String>,
) -> Result<Response, WebError> {
    let (now, frame, own) = (countersign_app::now(), reader.frame(Section::Users), reader.actor.user());
    let found = app.scan(move |tx| {
        let account = users::account(tx, &reader.actor, &username)?;
        let filter = MembershipFilter { projects: None, limit: MOST_MEMBERSHIPS, offset: 0 };
        let memberships = users::memberships(tx, &reader.actor, account.user.id, filter, now)?;
        Ok((account, memberships))
    });
    let (account, (memberships, total)) = found.await?;
    let user = &account.user;
    let shown = UserPage {
        frame,
        here: path_of(&user.username),
        face: Face::of(user),
        marks: marks(user),
        facts: facts(&account, now),
        offers: account.changes.iter().filter_map(|change| offer(*change)).collect(),
        bound: account.bound.as_ref().map(|why| why.reason()),
        admin: user.admin,
        bot: user.bot,
        own: own == Some(user.id),
        lengths: (SHORTEST_PASSWORD, LONGEST_PASSWORD),
        more: total - i64::try_from(memberships.len()).unwrap_or(total),
        memberships: memberships.into_iter().map(belongs).collect(),
    };
    page(StatusCode::OK, &shown)
}

fn facts(of: &Account, now: Timestamp) -> Vec<(&'static str, String)> {
    let user = &of.user;
    let created = Moment::of(user.created_at, now).exact;
    let creator = of.creator.as_ref().map(|by| format!(", by {}", by.name)).unwrap_or_default();
    let mut facts = vec![
        ("Username", user.username.clone()),
        ("E-mail", user.email.clone()),
        ("Created", format!("{created}{creator}")),
        ("Last seen", user.last_activity_on.map_or_else(|| "never".to_owned(), Date::for_people)),
        ("User ID", user.id.to_string()),
    ];
    facts.extend(user.note.clone().filter(|note| !note.is_empty()).map(|note| ("Note", note)));
    facts
}

/// What is offered; banning is no more than blocking, and left to the API.
fn offer(change: Change) -> Option<Offer> {
    let (word, then, out) = match change {
        Change::Block => ("Block", "They are signed out, no token of theirs works, and no rule counts them.", true),
        Change::Deactivate => ("Deactivate", "As blocking, for somebody who is merely away.", true),
        Change::Unblock => ("Unblock", "They can sign in again, and their tokens work.", false),
        Change::Unban => ("Lift the ban", "They can sign in again, and their tokens work.", false),
        Change::Activate => ("Activate", "They can sign in again, and their tokens work.", false),
        Change::Ban => return None,
    };
    Some(Offer { name: super::change::name(change), word, then, out })
}

fn belongs(of: Membership) -> Belongs {
    let kind = match of.place {
        Place::Group(_) => "group",
        Place::Project(_) => "project",
    };
    Belongs { href: page_of(&of.path), name: of.path, kind, role: of.level.name() }
}
