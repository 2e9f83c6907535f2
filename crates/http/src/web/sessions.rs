//! Where one is signed in, and signing out there.

use super::error::{Path, WebError};
use super::flash::Flash;
use super::form::{Form, Nothing};
use super::frame::{Frame, Section, page};
use super::view::Moment;
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_app::sessions;
use countersign_domain::ids::SessionId;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_store::sessions::Session;

/// Where that is shown.
const PATH: &str = "/-/user_settings/active_sessions";

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(show)).route("/-/user_settings/active_sessions/{id}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    rows: Vec<Line>,
}

/// One session.
struct Line {
    id: SessionId,
    here: bool,
    browser: String,
    address: String,
    began: Moment,
    seen: Moment,
}

async fn show(State(app): State<AppState>, reader: Reader) -> Result<Response, WebError> {
    let now = countersign_app::now();
    let (frame, here) = (reader.frame(Section::Account), reader.session);
    let found = app.read(move |tx| sessions::list(tx, &reader.actor, now)).await?;
    let rows = found.iter().map(|session| line(session, here, now)).collect();
    page(StatusCode::OK, &SessionsPage { frame, rows })
}

async fn revoke(
    State(app): State<AppState>,
    reader: Reader,
    Path(id): Path<i64>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    app.write(reader.actor, Intent::Decide, move |tx, actor, _| sessions::revoke(tx, actor, SessionId(id))).await?;
    Ok(Flash::yes("You are signed out there.").at(PATH, &app))
}

fn line(of: &Session, here: SessionId, now: Timestamp) -> Line {
    Line {
        id: of.id,
        here: of.id == here,
        browser: browser(&of.agent),
        address: of.address.clone().unwrap_or_else(|| "unknown".into()),
        began: Moment::of(of.created_at, now),
        seen: Moment::of(of.seen_at, now),
    }
}

/// What a browser is called, as far as it can be told.
fn browser(agent: &str) -> String {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let program = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrom", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "A browser that does not say what it is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1";
        let desk = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36";
        assert_eq!((browser(phone), browser(desk)), ("Safari on iPhone".into(), "Chrome on Linux".into()));
        assert_eq!(browser("curl/8"), "A browser that does not say what it is");
    }
}
